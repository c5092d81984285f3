"""Features of pytorch-fid's Inception network, from which FID, KID, P-IDS and U-IDS are computed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIM = 2048


class NotAvailable(Exception):
    """The features cannot be had here; the message says why and what to do about it."""


class InceptionFeatures:
    """The final average pooling of Inception v3, as FID is defined on it.

    Args:
      weights: pytorch-fid's file of weights; None: what the package itself downloads, and keeps.

    Raises:
      NotAvailable: pytorch-fid is not installed, or there are no weights.
    """

    def __init__(self, weights: Path | None = None):
        raise NotAvailable("pytorch-fid is not installed. Run `pip install maskify[fid]`.")

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [B, H, W, 3] RGB, of any size -> float32 [B, 2048]."""
        raise NotImplementedError
