"""How many bits a photo has of each colour, by its header alone."""

import re
from typing import Any

from PIL import Image

_PPM_HEAD = re.compile(rb"P[36]" + 3 * rb"(?:\s|#[^\n]*\n)+(\d+)")
"""Netpbm's ppm(5): width, height and the largest value, with comments between them."""

_JPEG2000_START, _JPEG2000_DEPTH = b"\xff\x4f\xff\x51", 42
"""ISO/IEC 15444-1, A.5.1: the markers SOC and SIZ, and how far from their first byte the first channel's depth lies."""


def depth_of(data: bytes, image: Image.Image) -> int:
    """Bits of each colour of a photo that Pillow opens with 8 of them.

    Args:
      data: the file.
      image: Pillow's of it.
    """
    if image.format == "PNG":
        return data[24]  # PNG 1.2, 11.2.2
    if image.format == "TIFF":
        tags: Any = image.tag_v2  # type: ignore[attr-defined]
        return int(max(tags.get(258, (8,))))  # TIFF 6.0: BitsPerSample
    if image.format == "PPM" and (head := _PPM_HEAD.match(data)):
        return int(head[3]).bit_length()
    start = data.find(_JPEG2000_START) if image.format == "JPEG2000" else -1
    return 8 if start < 0 else (data[start + _JPEG2000_DEPTH] & 0x7F) + 1
