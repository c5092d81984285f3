"""Where faces may be: detectors of several views run over the photo at one scale; guesses for one that fills it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from unmask.finding import boxes, frame
from unmask.finding.pyramid import Pyramid

Array = NDArray[np.float64]

WINDOW = 80
"""Side in pixels of the smallest face box that the detectors find."""

THRESHOLD, MOST = -0.7, 12
"""Least score of a detector, far below its own threshold of 0; and how many places of a picture are looked at. Most are
no faces: that is decided later, when the face would be upright and its points are known."""


@dataclass(frozen=True)
class View:
    """What one of the detectors has learnt to find.

    Attributes:
      name: also of its file.
      yaw, roll: least and largest of the heads it was trained on in degrees, as `maskify.pose.HeadPose` has them.
    """

    name: str
    yaw: tuple[float, float]
    roll: tuple[float, float]


VIEWS = (
    View("frontal", (-22, 22), (-14, 14)),
    View("left", (14, 60), (-14, 14)),
    View("right", (-60, -14), (-14, 14)),
    View("tilted_right", (-35, 35), (10, 34)),
    View("tilted_left", (-35, 35), (-34, -10)),
)


@dataclass(frozen=True)
class Scale:
    """A size at which a photo is searched.

    Attributes:
      longest: pixels of the photo's long side.
      margin: by how much the picture goes on beyond the photo on each side, as a share of the long side; the detectors
        find no face whose box leaves the picture.
    """

    longest: float
    margin: float


COARSE = Scale(640, 0.06)
FINE = Scale(1280, 0.0)
"""For faces wider than an eighth and a sixteenth of the photo's long side."""

TURNED = Scale(400, 0.06)
"""For turned photos: faces wider than a fifth of the long side."""

CLOSE_SIDES = (0.5, 0.65, 0.85, 1.1)
CLOSE_SHIFTS = (-0.2, 0.0, 0.2)
"""Face boxes that are tried where a face may fill the photo: their sides, in its long side; and how far they lie from
its middle each way, in their sides. From the nearest of them the shape predictors still reach the face."""


@dataclass(frozen=True)
class Place:
    """A place where a face may be.

    Attributes:
      box: left, top, right, bottom in pixels of the searched picture, float64 [4].
      score: of the detector.
      guess: float64 [2, 3], similarity that takes the photo to CelebA's 178 x 218 photo, roughly.
    """

    box: Array
    score: float
    guess: Array


def places(
    photo: Pyramid, detectors: Sequence[dlib.fhog_object_detector], scale: Scale, turn: float = 0.0
) -> list[Place]:
    """Where the detectors see a face, best first.

    Args:
      photo: to search.
      detectors: one for each of `VIEWS`.
      scale: at which it is searched.
      turn: degrees by which the photo is turned for it, anticlockwise.
    """
    transform, size = _searched(photo, scale, turn)
    picture = photo.cut(transform, size)
    rows = zip(*dlib.fhog_object_detector.run_multiple(list(detectors), picture, 0, THRESHOLD), strict=True)
    found = []
    for rectangle, score, view in rows:
        box = boxes.edges(rectangle)
        guess = frame.guess_of_face(box, sum(VIEWS[view].roll) / 2)
        found.append(Place(box, float(score), frame.after(transform, guess)))
    return _distinct(found)[:MOST]


def close_guesses(photo: Pyramid) -> list[Array]:
    """Guesses, float64 [2, 3] each, for an upright face that fills the photo or leaves it.

    The detectors seldom see such a face, as its outline is cut off.
    """
    height, width = photo.levels[0].shape
    middle, guesses = np.array([(width - 1) / 2, (height - 1) / 2]), []
    for side, x, y in product((share * photo.longest for share in CLOSE_SIDES), CLOSE_SHIFTS, CLOSE_SHIFTS):
        centre = middle + side * np.array([x, y])
        guesses.append(frame.guess_of_face(np.r_[centre - side / 2, centre + side / 2], 0.0))
    return guesses


def _searched(photo: Pyramid, scale: Scale, turn: float) -> tuple[Array, tuple[int, int]]:
    """The transform, float64 [2, 3], from the photo to the searched picture, and that picture's width and height."""
    height, width = photo.levels[0].shape
    transform = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, scale.longest / photo.longest)
    cos, sin = np.abs(transform[0, :2])
    around = 2 * scale.margin * scale.longest
    size = max(1, round(width * cos + height * sin + around)), max(1, round(width * sin + height * cos + around))
    transform[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    return np.asarray(transform, np.float64), size


def _distinct(found: Sequence[Place]) -> list[Place]:
    """Those that no better one overlaps by more than half, best first."""
    kept: list[Place] = []
    for one in sorted(found, key=lambda place: -place.score):
        if all(boxes.overlap(one.box, other.box) <= 0.5 for other in kept):
            kept.append(one)
    return kept
