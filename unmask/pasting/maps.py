"""The map that Mask G finds, made fit for pasting: in whole pieces, without specks and holes, with a soft edge."""

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

SURE, LIKELY = 0.7, 0.3
"""Hysteresis (Canny 1986): what is likely mask counts where it hangs together with what surely is."""

SPECK = 0.002
"""Pieces and holes below this share of the frame are errors: 1.4 % of what a surgical mask covers."""


def tidied(probability: Float) -> Float:
    """The probabilities without specks, and with small holes filled: float32 [S, S] in [0, 1].

    Args:
      probability: float32 [S, S] in [0, 1], as Mask G finds it.
    """
    least = SPECK * probability.size
    likely = probability > LIKELY
    labels, areas = _pieces(likely)
    sure = np.bincount(labels[probability > SURE], minlength=len(areas)) > 0
    is_mask = likely & (sure & (areas >= least))[labels]
    labels, areas = _pieces(~is_mask)
    is_hole = ~is_mask & (areas < least)[labels]
    near = cv2.dilate(is_mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # the slope down to zero stays
    return np.where(is_hole, 1, np.where(near, probability, 0)).astype(np.float32)


def share_of(probability: Float) -> float:
    """The share of the frame that the mask covers."""
    return float((probability > 0.5).mean())


def soft_map(probability: Float, feather: int) -> Float:
    """The map by which a face is blended: grown by `feather` pixels, then softened over as many to either side.

    The same as `unmask.compositing.blending_map`, which is for batches on any backend.

    Args:
      probability: float32 [S, S] in [0, 1].
      feather: pixels of the frame.

    Returns:
      float32 [S, S] in [0, 1].
    """
    side = 2 * feather + 1
    grown = cv2.dilate(probability, np.ones((side, side), np.uint8))
    return cv2.blur(grown, (side, side), borderType=cv2.BORDER_REPLICATE)


def _pieces(inside: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which connected piece each pixel belongs to, and each piece's pixels; number 0 is all that is not inside."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=4)
    return labels, stats[:, cv2.CC_STAT_AREA]
