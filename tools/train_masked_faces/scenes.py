"""Training pictures: people with masks, glasses and caps put on, framed, lit and photographed at random."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.config import SynthesisConfig
from maskify.decode import read_photo
from maskify.errors import Skipped
from maskify.pose import MIRROR, estimate_camera
from maskify.synthesis import Synthesizer
from tools.train_masked_faces import accessories
from tools.train_masked_faces.camera import taken
from tools.train_masked_faces.people import Person
from unmask.finding import boxes, frame
from unmask.finding.pyramid import pyramid

Array = NDArray[np.float64]

WEARS = (("correct", 0.85), ("nose-out", 0.1), ("chin", 0.05))

EYES_APART = 90.0
"""Larger photos are reduced until the eyes of the largest face are this many pixels apart."""

LOOSE, DRAWN = 0.3, 6
"""Share of crops from photos that show more than the face; people of whom the one nearest to a wanted yaw is taken."""

NEAR = (-0.2, 0.4)
"""Least and largest distance of a close-up's edges from the face box, in its sides."""


@dataclass(frozen=True)
class Clothing:
    """How many of the faces get a mask, glasses, and something on the head."""

    masks: float = 0.85
    glasses: float = 0.25
    headgear: float = 0.2


@dataclass(frozen=True)
class Scene:
    """A picture and its faces.

    Attributes:
      grey: uint8 [H, W].
      landmarks: float64 [68, 2] of each face, largest first.
    """

    grey: NDArray[np.uint8]
    landmarks: tuple[Array, ...]

    @property
    def face_boxes(self) -> list[Array]:
        """Left, top, right, bottom of each face."""
        return [boxes.face_box(to_celeba(points)) for points in self.landmarks]


@dataclass(frozen=True)
class Framing:
    """What a crop shows.

    Attributes:
      yaw, roll: least and largest in degrees.
      side: least and largest of the face box in pixels.
      size: side of the crop, in sides of the face box.
      shift: largest of the face box from the crop's middle, in its sides.
    """

    yaw: tuple[float, float]
    roll: tuple[float, float]
    side: tuple[float, float]
    size: float = 2.1
    shift: float = 0.0


def to_celeba(landmarks: NDArray[np.floating]) -> Array:
    """Photo -> CelebA's 178 x 218 photo, float64 [2, 3]."""
    return frame.to_celeba(align.five_points(landmarks))


def eye_error(points: Array, landmarks: NDArray[np.floating]) -> float:
    """Mean distance of the eyes among five points from those of 68 landmarks, in eye distances."""
    eyes = align.five_points(landmarks)[:2]
    away = np.linalg.norm(points[:2] - eyes, axis=1).mean()
    return float(away / np.linalg.norm(eyes[1] - eyes[0]))


@lru_cache(maxsize=1)
def _synthesizer() -> Synthesizer:
    return Synthesizer(SynthesisConfig(wear=WEARS))


def dressed(
    person: Person, rng: np.random.Generator, clothing: Clothing
) -> tuple[NDArray[np.uint8], tuple[Array, ...]]:
    """A person's photo with masks and more put on: uint8 [H, W, 3] RGB, and the landmarks in it."""
    photo, landmarks = read_photo(person.photo), [points.astype(np.float64) for points in person.landmarks]
    apart = float(np.linalg.norm(np.diff(align.five_points(landmarks[0])[:2], axis=0)))
    if apart > EYES_APART:
        factor = EYES_APART / apart
        photo = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        landmarks = [(points + 0.5) * factor - 0.5 for points in landmarks]
    for points in reversed(landmarks):
        seed, (glasses, mask, headgear) = int(rng.integers(1 << 62)), rng.random(3)
        if glasses < clothing.glasses:
            photo = accessories.with_glasses(photo, points, rng)
        if mask < clothing.masks:
            with suppress(Skipped):
                photo = _synthesizer().put_on(photo, points.astype(np.float32), estimate_camera(points), seed)[0].photo
        if headgear < clothing.headgear:
            photo = accessories.with_headgear(photo, points, rng)
    return photo, tuple(landmarks)


def crop(people: Sequence[Person], framing: Framing, rng: np.random.Generator) -> Scene:
    """A square crop around the largest face of one of the people."""
    loose = [person for person in people if person.is_loose]
    pool = loose if loose and rng.random() < LOOSE else people
    yaw, mirrored = rng.uniform(*framing.yaw), bool(rng.random() < 0.5)
    wanted = -yaw if mirrored else yaw
    some = [pool[index] for index in rng.integers(len(pool), size=DRAWN)]
    person = min(some, key=lambda one: abs(one.pose.yaw - wanted))
    side = float(np.exp(rng.uniform(*np.log(framing.side))))
    roll = rng.uniform(*framing.roll) * (-1 if mirrored else 1) - person.pose.roll
    shift = rng.uniform(-framing.shift, framing.shift, 2)
    photo, landmarks = dressed(person, rng, Clothing())
    left, top, right, bottom = boxes.face_box(to_celeba(landmarks[0]))
    turn = cv2.getRotationMatrix2D(((left + right) / 2, (top + bottom) / 2), -roll, side / (right - left))
    turned = boxes.face_box(to_celeba(align.apply(turn, landmarks[0])))
    size = round(framing.size * side)
    turn[:, 2] += size / 2 + side * shift - (turned[:2] + turned[2:]) / 2
    return shot(photo, landmarks, turn, (size, size), mirrored, rng)


def close_up(scene: Scene, rng: np.random.Generator) -> Scene:
    """The scene as if the photo ended near its first face, or within."""
    left, top, right, bottom = scene.face_boxes[0]
    near = rng.uniform(*NEAR, 4) * (right - left)
    height, width = scene.grey.shape
    x0, y0 = (max(int(edge), 0) for edge in (left - near[0], top - near[1]))
    x1, y1 = min(int(right + near[2]), width), min(int(bottom + near[3]), height)
    grey = np.ascontiguousarray(scene.grey[y0:y1, x0:x1])
    return Scene(grey, tuple(points - [x0, y0] for points in scene.landmarks[:1]))


def whole(person: Person, longest: float, clothing: Clothing, rng: np.random.Generator, quarters: int = 0) -> Scene:
    """The whole photo, tilted a little, with its long side at `longest` pixels or twice what it has.

    Args:
      person: whose photo.
      longest: pixels.
      clothing: what is put on.
      rng: for all that is drawn.
      quarters: quarter turns of the photo, clockwise.
    """
    photo, landmarks = dressed(person, rng, clothing)
    height, width = photo.shape[:2]
    scale, mirrored = min(longest / max(height, width), 2.0), bool(rng.random() < 0.5)
    size = (round(width * scale), round(height * scale))
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.normal(0, 10), scale)
    turn[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    for _ in range(quarters):
        turn = np.array([[0, -1, size[1] - 1], [1, 0, 0]]) @ np.vstack([turn, [0, 0, 1]])
        size = size[::-1]
    return shot(photo, landmarks, turn, size, mirrored, rng)


def shot(
    photo: NDArray[np.uint8],
    landmarks: Sequence[Array],
    transform: Array,
    size: tuple[int, int],
    mirrored: bool,
    rng: np.random.Generator,
) -> Scene:
    """The photo, uint8 [H, W, 3], moved by a [2, 3] transform onto `size`, mirrored or not, by another camera."""
    grey = pyramid(photo).cut(transform, size)
    moved = [align.apply(transform, points) for points in landmarks]
    if mirrored:
        grey = np.ascontiguousarray(grey[:, ::-1])
        moved = [(points * [-1, 1] + [size[0] - 1, 0])[MIRROR] for points in moved]
    return Scene(taken(grey, rng), tuple(moved))
