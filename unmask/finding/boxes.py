"""Boxes around faces: where a box sits in the training frame, and which of several boxes show one face."""

import dlib
import numpy as np
from numpy.typing import NDArray

from maskify import align

Array = NDArray[np.float64]

FACE_MIDDLE = (88.5, 130.0)
"""Middle of the box that the detectors look for, in CelebA's 178 x 218 photo: between the eyes and the nose tip."""

FACE_SIDE = 110.0
"""Its side there in pixels: from the forehead to the chin, and from ear to ear."""

HEAD_MIDDLE, HEAD_SIDE = (88.5, 108.5), 178.0
"""The training frame's own square there, which holds the head."""


def face_box(to_celeba: Array) -> Array:
    """The box of a face as the detectors see it: left, top, right, bottom in pixels of the photo, float64 [4].

    Args:
      to_celeba: float64 [2, 3], similarity that takes the photo to CelebA's 178 x 218 photo.
    """
    return _square(to_celeba, FACE_MIDDLE, FACE_SIDE)


def head_box(to_celeba: Array) -> Array:
    """The same of the whole head."""
    return _square(to_celeba, HEAD_MIDDLE, HEAD_SIDE)


def _square(to_celeba: Array, middle: tuple[float, float], side: float) -> Array:
    """The upright square of the photo that stands for one of CelebA's photo."""
    x, y = np.linalg.solve(to_celeba[:, :2], np.array(middle) - to_celeba[:, 2])
    half = side / align.scale_of(to_celeba) / 2
    return np.array([x - half, y - half, x + half, y + half])


def overlap(one: Array, other: Array) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    shared = _shared(one, other)
    return shared / max(_area(one) + _area(other) - shared, 1e-9)


def nested(one: Array, other: Array) -> float:
    """Share of the smaller of two boxes that lies in the larger."""
    return _shared(one, other) / max(min(_area(one), _area(other)), 1e-9)


def _shared(one: Array, other: Array) -> float:
    width, height = (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).tolist()
    return max(width, 0.0) * max(height, 0.0)


def _area(box: Array) -> float:
    return float(np.prod(box[2:] - box[:2]))


def rectangle(box: Array) -> dlib.rectangle:
    """A box as dlib has it: the outermost whole pixels inside."""
    return dlib.rectangle(*(round(float(edge)) for edge in box + [0.5, 0.5, -0.5, -0.5]))


def edges(rectangle: dlib.rectangle) -> Array:
    """dlib's rectangle as a box: the outer edges of its pixels, whose centres lie at whole numbers."""
    corners = rectangle.left(), rectangle.top(), rectangle.right(), rectangle.bottom()
    return np.array(corners, np.float64) + [-0.5, -0.5, 0.5, 0.5]
