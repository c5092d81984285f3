"""How much the server takes on."""

from dataclasses import dataclass

MEGABYTE = 1 << 20
"""Bytes. A page of Gradio counts like this too."""


@dataclass(frozen=True)
class Limits:
    """What the server takes on at most; beyond it answers, with a reason, and goes on.

    Attributes:
      upload: bytes of a file.
      pixels: of a photo; 8,000 x 6,000 fits.
      waiting: photos in the queue. The largest takes some nine seconds, so that the last one is still kept.
      stored: bytes of all files that are kept at a time.
      kept: seconds for which an upload and its results are kept.
    """

    upload: int = 20 * MEGABYTE
    pixels: int = 50_000_000
    waiting: int = 60
    stored: int = 1000 * MEGABYTE
    kept: float = 600.0
