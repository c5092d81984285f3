"""How well a binary map is found: IoU, F1, precision, recall, and F1 of its outline."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

TOLERANCE = 2
"""Pixels by which an outline may be off and still count as found."""


@dataclass(frozen=True)
class MaskScores:
    """What one map scores, each in [0, 1].

    Attributes:
      iou: intersection over union, also called the Jaccard index.
      f1: harmonic mean of precision and recall, also called the Dice coefficient.
      precision: share of what was found that is true.
      recall: share of what is true that was found.
      boundary_f1: F1 of the outlines (Csurka et al. 2013).
    """

    iou: float
    f1: float
    precision: float
    recall: float
    boundary_f1: float


def scores(predicted: NDArray[np.bool_], truth: NDArray[np.bool_], tolerance: int = TOLERANCE) -> MaskScores:
    """Scores of a map against the true one.

    Where both maps are empty every score is 1; otherwise a ratio of nothing to nothing is 0: an empty map that should
    not be empty has no precision.

    Args:
      predicted, truth: bool [H, W].
      tolerance: for boundary_f1, in pixels of Euclidean distance.
    """
    both, found, true = (int(np.count_nonzero(pixels)) for pixels in (predicted & truth, predicted, truth))
    otherwise = float(found == true == 0)
    return MaskScores(
        iou=_ratio(both, found + true - both, otherwise),
        f1=_ratio(2 * both, found + true, otherwise),
        precision=_ratio(both, found, otherwise),
        recall=_ratio(both, true, otherwise),
        boundary_f1=boundary_f1(predicted, truth, tolerance),
    )


def boundary_f1(predicted: NDArray[np.bool_], truth: NDArray[np.bool_], tolerance: int = TOLERANCE) -> float:
    """F1 of the outlines: a pixel of one is found if the other passes within `tolerance` pixels of it.

    Precision is the share of the predicted outline that lies close to the true one, recall the share of the true
    outline that lies close to the predicted one. Where one has no outline it is 1 if the maps are equal, otherwise 0.
    """
    found, true = outline(predicted), outline(truth)
    if not (found.any() and true.any()):
        return float(np.array_equal(predicted, truth))
    precision, recall = _near(true, tolerance)[found].mean(), _near(found, tolerance)[true].mean()
    return _ratio(2 * float(precision * recall), float(precision + recall))


def outline(binary_map: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a map that touch, by an edge, one outside of it. The image's own border is no outline."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(binary_map.astype(np.uint8), cross, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return binary_map & (inner == 0)


def _near(pixels: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Every pixel no further than `radius` from one of those."""
    offsets = np.arange(-radius, radius + 1)
    disc = (offsets**2 + offsets[:, None] ** 2 <= radius**2).astype(np.uint8)
    return cv2.dilate(pixels.astype(np.uint8), disc) > 0


def _ratio(part: float, whole: float, otherwise: float = 0.0) -> float:
    return part / whole if whole else otherwise
