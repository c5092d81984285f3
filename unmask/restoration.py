"""A photo of any size restored: each face brought into the training frame, restored there, and pasted back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align
from unmask.errors import UnmaskError
from unmask.framing import Painter, everything, framed
from unmask.pasting.fitting import fit
from unmask.pasting.maps import share_of, tidied
from unmask.pasting.patch import Patch, paste

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]

LEAST_SHARE = 0.02
"""Share of the training frame that a mask covers at least: properly worn 0.10 to 0.17, on the chin 0.035 to 0.075."""

FACE_MIDDLE = (88.5, 142.0)
"""Between nose and mouth in CelebA's 178 x 218 photo, in the middle of what masks cover."""


@dataclass(frozen=True)
class Place:
    """Where a face is.

    Attributes:
      to_celeba: float64 [2, 3], similarity that takes the photo to CelebA's aligned 178 x 218 photo.
      box: left, top, right, bottom of the head in pixels of the photo: the upright square as large as the training
        frame. It may reach beyond the photo.
      score: log-odds that there is a face; None where that was not asked.
      fixed: the photo is in the training frame, and is not looked at in a wider one.
    """

    to_celeba: Array
    box: tuple[float, ...]
    score: float | None = None
    fixed: bool = False

    @property
    def is_face(self) -> bool:
        """Whether it looks like a face; where that was not asked, it is taken to be one."""
        if self.score is None:
            return True
        from unmask.finding.finder import THRESHOLD  # it gave the score, so dlib is loaded

        return self.score > THRESHOLD


def place_of(points: Array, box: Array, score: float | None = None) -> Place:
    """The place of a face by eyes, nose tip and mouth corners [5, 2], left and right as in the picture."""
    return Place(align.similarity(points, align.MEAN_POINTS), tuple(box.tolist()), score)


@dataclass(frozen=True)
class RestoredFace:
    """One face of a photo, and what became of it.

    Attributes:
      place: where it is.
      share: of the frame that its mask covers.
      patch: what replaces the mask; None where there is no mask.
    """

    place: Place
    share: float
    patch: Patch | None


@dataclass(frozen=True)
class Restoration:
    """A photo and what becomes of it.

    Attributes:
      photo: uint8 [H, W, 3] RGB, as it was.
      faces: those that were looked at, largest first.
    """

    photo: Pixels
    faces: tuple[RestoredFace, ...]

    @property
    def patches(self) -> list[Patch]:
        """What is pasted into the photo, in this order: the largest face comes last, in front of the others."""
        return [face.patch for face in reversed(self.faces) if face.patch]

    @cached_property
    def image(self) -> Pixels:
        """The restored photo, uint8 [H, W, 3] RGB. Where `map` is 0 it is the photo, bit for bit."""
        image = self.photo.copy()
        for patch in self.patches:
            paste(image, patch)
        return image

    @cached_property
    def map(self) -> Pixels:
        """Share of the paint in each pixel, uint8 [H, W]: 255 where the photo was replaced, 0 where nothing changed."""
        whole = np.zeros(self.photo.shape[:2], np.uint8)
        for patch in self.patches:
            for strip in patch.strips():
                place = whole[strip.rows, strip.columns]
                np.maximum(place, np.ceil(strip.alpha * 255).astype(np.uint8), out=place)
        return whole


Restore = Callable[[Pixels], Restoration]
"""Restores a photo, uint8 [H, W, 3] RGB."""


def restore_places(photo: Pixels, places: Sequence[Place], count: int, painter: Painter) -> Restoration:
    """Restores the faces of a photo.

    Args:
      photo: uint8 [H, W, 3] RGB.
      places: of all its faces, largest first.
      count: how many of them to restore; the others keep what is theirs.
      painter: finds and paints.
    """
    return Restoration(photo, tuple(_restored(photo, places, number, painter) for number in range(count)))


def aligned_place(photo: Pixels) -> Place:
    """The face of a photo that is in the training frame already: a square crop, or CelebA's aligned photo.

    Raises:
      UnmaskError: the photo has another shape.
    """
    height, width = photo.shape[:2]
    to_photo = align.aligned_transform(width)
    if width * align.CELEBA_SIZE[1] == height * align.CELEBA_SIZE[0]:
        to_photo[1, 2] = to_photo[0, 2]  # nothing is cut off at the top
    elif width != height:
        raise UnmaskError(
            f"--aligned is for photos in the training frame, which are square (or 178 x 218, as CelebA's); this one "
            f"has {width} x {height} pixels. Leave --aligned out, and the face is searched for."
        )
    return Place(cv2.invertAffineTransform(to_photo), (0.0, 0.0, float(width), float(height)), fixed=True)


def head_square(photo: Pixels, box: Sequence[float]) -> Array:
    """The square about the middle of a head's box that holds all of it: left, top, right, bottom, float64 [4].

    Args:
      photo: uint8 [H, W, 3] RGB.
      box: x, y, width and height in pixels.

    Raises:
      UnmaskError: the box is empty, or its middle is not in the photo.
    """
    x, y, width, height = box
    middle = np.array([x + width / 2, y + height / 2])
    if not (width > 0 and height > 0 and (middle >= 0).all() and (middle < photo.shape[1::-1]).all()):
        raise UnmaskError(
            f"The middle of the box x={x:g}, y={y:g}, {width:g} x {height:g} is not in the photo of "
            f"{photo.shape[1]} x {photo.shape[0]} pixels. Give the box of a head that is."
        )
    reach = max(width, height) / 2
    return np.concatenate([middle - reach, middle + reach])


def check_place(photo: Pixels, box: Sequence[float] | None, aligned: bool) -> None:
    """Raises UnmaskError where a photo has no such place for a face; arguments as of `Restorer.restore`."""
    if aligned:
        aligned_place(photo)
    elif box is not None:
        head_square(photo, box)


def _restored(photo: Pixels, places: Sequence[Place], number: int, painter: Painter) -> RestoredFace:
    place = places[number]
    mine = everything if len(places) == 1 else partial(_mine, places, number, painter.size)
    seen = framed(photo, place.to_celeba, painter, mine, place.fixed)
    probability = tidied(seen.probability)
    share = share_of(probability)
    if share < LEAST_SHARE * seen.scale**2:
        return RestoredFace(place, share, None)
    patch = fit(photo, seen.to_frame, seen.crop, probability, seen.painted, painter.feather)
    return RestoredFace(place, share, patch)


def _mine(places: Sequence[Place], number: int, size: int, to_celeba: Array) -> NDArray[np.float32]:
    """1 where a frame of this `to_celeba` shows the face rather than another of the photo, else 0: float32 [S, S].

    A pixel belongs to the face whose middle is nearest, as measured by the size of that face.
    """
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float64)
    to_photo = cv2.invertAffineTransform(align.aligned_transform(size, to_celeba))
    here = align.apply(to_photo, np.stack([columns.ravel(), rows.ravel()], axis=1))
    away = [np.linalg.norm(align.apply(place.to_celeba, here) - FACE_MIDDLE, axis=1) for place in places]
    return (np.argmin(away, axis=0) == number).reshape(size, size).astype(np.float32)
