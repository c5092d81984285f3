"""A photo at full size, half, a quarter and so on: what is cut out small costs little and shows no aliasing."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align

Array = NDArray[np.float64]
Grey = NDArray[np.uint8]

SMALLEST_LEVEL = 160
"""Pixels of the long side below which no further level is made."""


@dataclass(frozen=True)
class Pyramid:
    """Levels of a photo.

    Attributes:
      levels: uint8 [H, W] each; the first has the photo's size, each further one half the size of that before.
    """

    levels: tuple[Grey, ...]

    @property
    def longest(self) -> int:
        """Pixels of the photo's long side."""
        return max(self.levels[0].shape)

    def cut(self, transform: Array, size: tuple[int, int]) -> Grey:
        """A part of the photo.

        Args:
          transform: float64 [2, 3], similarity from the photo to the part; pixel centres lie at whole numbers.
          size: width and height of the part.

        Returns:
          uint8 [height, width]; beyond the photo's edge the edge pixels go on.
        """
        scale, level = align.scale_of(transform), 0
        while scale * 2 ** (level + 1) <= 1 and level + 1 < len(self.levels):
            level += 1
        factor = 2.0**level
        back = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
        kinds = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
        return np.asarray(cv2.warpAffine(self.levels[level], transform @ back, size, **kinds), np.uint8)


def pyramid(photo: NDArray[np.uint8]) -> Pyramid:
    """The levels of a photo, uint8 [H, W, 3] RGB or [H, W]."""
    levels = [cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) if photo.ndim == 3 else photo]
    while max(levels[-1].shape) >= 2 * SMALLEST_LEVEL and min(levels[-1].shape) >= 2:
        height, width = (side // 2 for side in levels[-1].shape)
        halved = cv2.resize(levels[-1][: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        levels.append(halved)
    return Pyramid(tuple(levels))
