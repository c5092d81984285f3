"""From a rough guess of where a face lies to the five points that fix the training frame, in a few steps.

A guess is a similarity that takes the photo to CelebA's 178 x 218 photo. Each step looks at the face as the guess shows
it, upright and at one size, lets a shape predictor correct eyes, nose and mouth corners, and makes the next guess of
them. What lies under a mask is guessed from what is seen around it: the predictors were trained on masked faces.
"""

import math
from collections.abc import Sequence

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from maskify import align
from unmask.finding import boxes
from unmask.finding.pyramid import Pyramid

Array = NDArray[np.float64]

VIEW_SIZE = 240
"""Side in pixels of the picture that a predictor sees: dlib answers in whole pixels, so it should not be small."""

VIEW_SCALE = VIEW_SIZE / 178
"""Its pixels for one of CelebA's photo."""

VIEW_MIDDLE = (88.5, 120.0)
"""What lies in its middle, in CelebA's photo."""

_SHIFT = (VIEW_SIZE - 1) / 2 - VIEW_SCALE * np.array(VIEW_MIDDLE)
TO_VIEW = np.array([[VIEW_SCALE, 0, _SHIFT[0]], [0, VIEW_SCALE, _SHIFT[1]]])
"""CelebA's photo -> the picture that a predictor sees, float64 [2, 3]."""


def view_box() -> dlib.rectangle:
    """Where the face box lies in that picture, if the guess is right."""
    return boxes.rectangle(boxes.face_box(inverse(TO_VIEW)))


def guess_of_face(box: Array, roll: float) -> Array:
    """The similarity, float64 [2, 3], that takes a face box of the photo to where one lies in CelebA's.

    Args:
      box: left, top, right, bottom in pixels of the photo.
      roll: degrees by which the head is tilted clockwise.
    """
    return _guess(box, roll, boxes.FACE_MIDDLE, boxes.FACE_SIDE)


def guess_of_head(box: Array, roll: float) -> Array:
    """The same for the box of a whole head."""
    return _guess(box, roll, boxes.HEAD_MIDDLE, boxes.HEAD_SIDE)


def _guess(box: Array, roll: float, middle: tuple[float, float], side: float) -> Array:
    scale, angle = side / float(box[2] - box[0]), math.radians(-roll)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, np.array(middle) - linear @ ((box[:2] + box[2:]) / 2)])


def view(photo: Pyramid, guess: Array) -> NDArray[np.uint8]:
    """The face as the guess shows it: uint8 [VIEW_SIZE, VIEW_SIZE] grey."""
    return photo.cut(after(guess, TO_VIEW), (VIEW_SIZE, VIEW_SIZE))


def corrected(photo: Pyramid, guess: Array, predictor: dlib.shape_predictor) -> Array:
    """One step: eyes, nose tip and mouth corners in pixels of the photo, float64 [5, 2]."""
    shape = predictor(view(photo, guess), view_box())
    points = np.array([(part.x, part.y) for part in shape.parts()], np.float64)
    return align.apply(inverse(after(guess, TO_VIEW)), points)


def five_points(photo: Pyramid, guess: Array, predictors: Sequence[dlib.shape_predictor]) -> Array:
    """Eyes, nose tip and mouth corners after a step with each of the predictors: float64 [5, 2]."""
    points = align.MEAN_POINTS
    for predictor in predictors:
        points = corrected(photo, guess, predictor)
        guess = to_celeba(points)
    return points


def to_celeba(points: Array) -> Array:
    """The similarity, float64 [2, 3], that takes five points of a photo to CelebA's mean points."""
    return align.similarity(points, align.MEAN_POINTS)


def nudge(degrees: float, scale: float, x: float, y: float) -> Array:
    """A similarity, float64 [2, 3], within CelebA's photo about the middle of its mean points; x, y in its pixels."""
    middle = align.MEAN_POINTS.mean(axis=0)
    moved = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), degrees, scale)
    return np.asarray(moved + [[0, 0, x], [0, 0, y]], np.float64)


def after(first: Array, second: Array) -> Array:
    """The similarity that does `first`, then `second`; float64 [2, 3] all."""
    return np.asarray(second @ np.vstack([first, [0, 0, 1]]), np.float64)


def inverse(transform: Array) -> Array:
    """The similarity that undoes one, float64 [2, 3]."""
    return np.asarray(cv2.invertAffineTransform(transform), np.float64)
