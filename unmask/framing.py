"""The frame in which a face is restored: that of the training, or a wider one where a mask reaches beyond it.

What lies beyond the frame is not painted, so that a part of the mask would stay. In the training it is 3 masks of 100
that reach the frame's edge, most of them gaiters. On photos of the street it is 18 of 91: what a mask hides of a face
is guessed, and a turned head comes out too large, as its eyes and nose are near each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]

SCALES = (1.0, 0.85, 0.72)
"""Of the face in the frame, tried in this order. Mask G was trained on 0.75 to 1.25, Face G on 0.9 to 1.1."""

MOST_CUT = 1 / 32
"""Share of an edge of the frame that a mask covers at most while all of it counts as inside; ear loops reach it too."""

BEYOND = 2.0
"""Pixels of the frame by which the photo must go on beyond its edge for a wider frame to show more."""

EYES = align.MEAN_POINTS[:2].mean(axis=0)
"""Between the eyes in CelebA's photo: stays where it is, as the eyes are what the networks go by."""


class Painter(Protocol):
    """Finds and paints masks in the training frame, as the networks of a run do.

    Attributes:
      size: side S of the frame in pixels.
      feather: pixels of the frame by which a map is grown and softened.
    """

    size: int
    feather: int

    def paint(self, crop: Pixels) -> tuple[NDArray[np.float32], Pixels]:
        """Probability of the mask, float32 [S, S], and the face painted, uint8 [S, S, 3], of a photo in the frame."""
        ...


Mine = Callable[[Array], NDArray[np.float32] | float]
"""to_celeba of a frame, float64 [2, 3] -> 1 where that frame shows the face in question, else 0, float32 [S, S]."""


def everything(_to_celeba: Array) -> float:
    """For a photo with one face."""
    return 1.0


@dataclass(frozen=True)
class Framed:
    """A face in a frame, and what the networks make of it.

    Attributes:
      scale: of the face, 1 in the training frame.
      to_frame: float64 [2, 3], takes the photo to the frame.
      crop: uint8 [S, S, 3], the photo in the frame.
      probability: float32 [S, S], of this face's mask.
      painted: uint8 [S, S, 3], the face painted.
    """

    scale: float
    to_frame: Array
    crop: Pixels
    probability: NDArray[np.float32]
    painted: Pixels


def framed(photo: Pixels, to_celeba: Array, painter: Painter, mine: Mine = everything, fixed: bool = False) -> Framed:
    """Looks at a face in the narrowest frame that holds all of its mask, or in the one that cuts off least of it.

    Args:
      photo: uint8 [H, W, 3] RGB.
      to_celeba: float64 [2, 3], the face's place: takes the photo to CelebA's aligned photo.
      painter: finds and paints.
      mine: what of a frame is this face's; masks of others have no part in it.
      fixed: look in the training frame alone.
    """
    if fixed:
        return _seen(photo, to_celeba, SCALES[0], painter, mine)
    looks: list[tuple[float, Framed]] = []
    for scale in SCALES:
        seen = _seen(photo, to_celeba, scale, painter, mine)
        looks.append((cut_off(seen.probability, seen.to_frame, photo.shape[:2]), seen))
        if looks[-1][0] <= MOST_CUT:
            break
    return min(looks, key=lambda look: look[0])[1]


def cut_off(probability: NDArray[np.float32], to_frame: Array, shape: tuple[int, ...]) -> float:
    """Share of the frame's edge that a mask covers, where the photo of this shape goes on beyond: the largest of four.

    Args:
      probability: float32 [S, S], of the mask.
      to_frame: float64 [2, 3], takes the photo to the frame.
      shape: height and width of the photo.
    """
    size = len(probability)
    along, low, high = np.arange(size, dtype=np.float64), -BEYOND, size - 1 + BEYOND
    edges = (  # and the x and y of the pixels beyond them
        (probability[0], along, np.full(size, low)), (probability[-1], along, np.full(size, high)),
        (probability[:, 0], np.full(size, low), along), (probability[:, -1], np.full(size, high), along),
    )  # fmt: skip
    to_photo, most = cv2.invertAffineTransform(to_frame), np.array(shape[1::-1]) - 1
    shares = []
    for edge, x, y in edges:
        there = align.apply(to_photo, np.column_stack([x, y]))
        goes_on = ((there >= 0) & (there <= most)).all(axis=1)
        shares.append(float(((edge > 0.5) & goes_on).mean()))
    return max(shares)


def _seen(photo: Pixels, place: Array, scale: float, painter: Painter, mine: Mine) -> Framed:
    to_celeba = np.column_stack([place[:, :2] * scale, place[:, 2] * scale + EYES * (1 - scale)])
    to_frame = align.aligned_transform(painter.size, to_celeba)
    crop = _crop(photo, to_frame, painter.size)
    probability, painted = painter.paint(crop)
    return Framed(scale, to_frame, crop, probability * mine(to_celeba), painted)


def _crop(photo: Pixels, to_frame: Array, size: int) -> Pixels:
    """The photo in the frame, uint8 [S, S, 3]; what lies far from it is not touched, as the photo may be large."""
    corners = np.array([[-1, -1], [size, -1], [-1, size], [size, size]], np.float64)
    corners = align.apply(cv2.invertAffineTransform(to_frame), corners)
    margin = 2 + 2 / align.scale_of(to_frame)
    low = np.clip(np.floor(corners.min(axis=0) - margin), 0, np.array(photo.shape[1::-1]) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + margin), low + 1, photo.shape[1::-1]).astype(int)
    shifted = np.column_stack([to_frame[:, :2], align.apply(to_frame, low[None].astype(np.float64))[0]])
    return align.crop(photo[low[1] : high[1], low[0] : high[0]], shifted, size)
