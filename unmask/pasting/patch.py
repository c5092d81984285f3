"""What replaces the masked part of a photo, in strips of the photo's own pixels."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align

Array = NDArray[np.float64]
Float = NDArray[np.float32]
Pixels = NDArray[np.uint8]

STRIP = 256
"""Rows of the photo that are worked on at a time, so that a large photo needs little memory."""

UNSEEN = 1 / 512
"""A share of paint that changes no pixel of 8 bits by itself; the map ends there."""


@dataclass(frozen=True)
class Strip:
    """Some rows of a patch.

    Attributes:
      rows, columns: where they lie in the photo.
      alpha: float32 [h, w] in [0, 1]; 0 where the photo stays as it is.
      paint: float32 [h, w, 3] RGB, grey levels of 8 bits, may leave [0, 255] a little.
      grain: float32 [h, w, 3], what is added to the blend; 0 where alpha is.
    """

    rows: slice
    columns: slice
    alpha: Float
    paint: Float
    grain: Float

    def over(self, values: Float) -> Float:
        """The strip blended over what is there, float32 [h, w, 3] in grey levels of 8 bits."""
        alpha = self.alpha[..., None]
        return np.clip((1 - alpha) * values + alpha * self.paint + self.grain, 0, 255)


@dataclass(frozen=True)
class Grain:
    """The grain that paint gets.

    Attributes:
      tile: float32 [T, T, 3], repeats without seams, in the photo's pixels.
      strength: float32 [S, S] in the frame, a factor on it.
    """

    tile: Float
    strength: Float


@dataclass(frozen=True)
class Patch:
    """A restored face as it is pasted into the photo.

    Attributes:
      to_frame: float64 [2, 3], similarity that takes the photo to the training frame.
      paint: float32 [S, S, 3] RGB in the frame.
      soft: float32 [S, S] in [0, 1], the share of the paint, in the frame.
      grain: what the paint gets; None for nothing.
      box: left, top, right, bottom: outside of it nothing of the photo changes.
    """

    to_frame: Array
    paint: Float
    soft: Float
    grain: Grain | None
    box: tuple[int, int, int, int]

    def strips(self) -> Iterator[Strip]:
        """The patch from top to bottom."""
        left, top, right, bottom = self.box
        for start in range(top, bottom, STRIP):
            area = (left, start, right, min(start + STRIP, bottom))
            alpha = np.clip(to_photo(self.soft, self.to_frame, area), 0, 1)
            alpha[alpha < UNSEEN] = 0
            paint = to_photo(self.paint, self.to_frame, area)
            yield Strip(slice(start, area[3]), slice(left, right), alpha, paint, self._grain(area, alpha))

    def _grain(self, area: tuple[int, int, int, int], alpha: Float) -> Float:
        """As much grain as keeps that of the blend the same all the way from the photo to the paint."""
        if self.grain is None:
            return np.zeros((*alpha.shape, 3), np.float32)
        left, top, right, bottom = area
        side = len(self.grain.tile)
        rows, columns = np.arange(top, bottom) % side, np.arange(left, right) % side
        strength = to_photo(self.grain.strength, self.to_frame, area) * np.sqrt(1 - (1 - alpha) ** 2)
        return self.grain.tile[rows[:, None], columns] * strength[..., None]


def paste(photo: Pixels, patch: Patch) -> None:
    """Blends a patch into a photo, uint8 [H, W, 3] RGB, in place."""
    for strip in patch.strips():
        place = photo[strip.rows, strip.columns]
        place[:] = np.rint(strip.over(place.astype(np.float32)))


def box_of(soft: Float, to_frame: Array, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """What of a photo the map in the frame reaches: left, top, right, bottom; all 0 where there is no map."""
    rows, columns = (np.flatnonzero((soft >= UNSEEN).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return (0, 0, 0, 0)
    x, y = columns[[0, -1, 0, -1]], rows[[0, 0, -1, -1]]
    beyond = 2.0 * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])  # cubic interpolation looks two pixels far
    corners = align.apply(cv2.invertAffineTransform(to_frame), np.stack([x, y], axis=1) + beyond)
    low = np.clip(np.floor(corners.min(axis=0)), 0, shape[1::-1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, shape[1::-1]).astype(int)
    return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def to_photo(image: Float, to_frame: Array, area: tuple[int, int, int, int]) -> Float:
    """An image of the frame, [S, S] or [S, S, 3], as an area (left, top, right, bottom) of the photo shows it."""
    left, top, right, bottom = area
    shifted = np.column_stack([to_frame[:, :2], align.apply(to_frame, np.array([[left, top]], np.float64))[0]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, shifted, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE)
