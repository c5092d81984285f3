"""Tiles: the repeat of a printed or woven pattern as shares of its colours, and laying it over a piece of fabric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Float = NDArray[np.float32]
Labels = NDArray[np.uint8]

MOST_STEP = 1.5
"""Texels of a level that may fall on one of the fabric; beyond, the next coarser level is taken (bilinear needs <
2)."""


@dataclass(frozen=True, eq=False)
class Tile:
    """What the fabric repeats.

    Attributes:
      levels: uint8 or uint16 [H, W, 4], each half as large as the one before: the shares of the colours 1, 2 and 3
        in the first three channels, of the type's largest value; colour 0 has the rest. The fourth channel is empty:
        OpenCV warps four channels twice as fast as three.
      repeats: whether it goes on around its edges; otherwise it lies there once, and its edge pixels go on.
    """

    levels: tuple[NDArray[Any], ...]
    repeats: bool

    @property
    def full(self) -> int:
        """The value that stands for the whole of a colour."""
        return int(np.iinfo(self.levels[0].dtype).max)


@dataclass(frozen=True)
class Design:
    """One variant of a kind of pattern.

    Attributes:
      make: makes the tile; always the same one.
      colours: how many colours it has.
      repeat: least and largest width of the tile in mm, as seen on masks.
      angles: degrees, one of which it is turned by.
      weight: how often it is drawn among those of its kind.
    """

    make: Callable[[], Tile]
    colours: int
    repeat: tuple[float, float]
    angles: tuple[float, ...] = (0.0,)
    weight: float = 1.0


def make_tile(shares: Float, repeats: bool = True, dtype: type = np.uint8) -> Tile:
    """A tile of shares of the colours 1 to 3, float32 [H, W, 3] in [0, 1], that sum up to 1 at most."""
    full = np.iinfo(dtype).max
    level = np.zeros((*shares.shape[:2], 4), np.float32)
    level[..., :3] = shares
    levels = [level]
    while max(level.shape[:2]) > 1:
        half = (max(level.shape[1] // 2, 1), max(level.shape[0] // 2, 1))
        level = cv2.resize(level, half, interpolation=cv2.INTER_AREA)
        levels.append(level)
    # Rounded down: shares that sum up to more than the whole would make colour 0 negative.
    return Tile(tuple(np.floor(level * full + np.float32(0.01)).astype(dtype) for level in levels), repeats)


def shares_of(labels: Labels, mixes: Sequence[Sequence[float]], shrink: int) -> Float:
    """Shares of the colours 1 to 3 of a picture of labels, made smaller by averaging: float32 [H, W, 3].

    Args:
      labels: uint8 [shrink * H, shrink * W].
      mixes: for each label, its shares of the colours 1 to 3.
      shrink: how many labels average into one pixel along each axis.
    """
    size = (labels.shape[1] // shrink, labels.shape[0] // shrink)
    table = np.zeros((256, 3), np.float32)
    table[: len(mixes)] = mixes
    planes = [cv2.resize(cv2.LUT(labels, table[:, i].copy()), size, interpolation=cv2.INTER_AREA) for i in range(3)]
    return np.dstack(planes)


def lay(
    tile: Tile,
    size: tuple[int, int],
    span: tuple[float, float],
    repeat: float,
    angle: float,
    shift: tuple[float, float],
) -> NDArray[Any]:
    """The tile over a whole piece of fabric: shares as in `Tile.levels`, [height, width, 4].

    Args:
      tile: the tile.
      size: width and height of the result in texels.
      span: width and height of the fabric in mm.
      repeat: width of the tile in mm.
      angle: degrees that it is turned, clockwise.
      shift: how far its middle lies off the fabric's middle, in widths and heights of the tile along its own axes.
    """
    texel = np.array([span[0] / size[0], span[1] / size[1]])
    step = np.sqrt(texel.prod()) * tile.levels[0].shape[1] / repeat
    level = int(np.ceil(np.log2(max(step / MOST_STEP, 1e-6))))
    picture = tile.levels[min(max(level, 0), len(tile.levels) - 1)]
    shape = np.array(picture.shape[1::-1])
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cos, sin], [-sin, cos]]) * texel * (picture.shape[1] / repeat)
    middle = (np.array(size) - 1) / 2
    offset = (shape - 1) / 2 - np.array(shift) * shape - turn @ middle
    picture, offset = _extended(picture, turn, offset, size, tile.repeats)
    matrix = np.column_stack([turn, offset])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _extended(
    picture: NDArray[Any], turn: Array, offset: Array, size: tuple[int, int], repeats: bool
) -> tuple[NDArray[Any], Array]:
    """The tile going on as far as the fabric reaches, and the new offset. OpenCV's own borders are ten times slower."""
    corners = turn @ (np.array([[0, 1, 0, 1], [0, 0, 1, 1]]) * (np.array(size)[:, None] - 1)) + offset[:, None]
    low = np.floor(corners.min(axis=1)).astype(int) - 1
    high = np.ceil(corners.max(axis=1)).astype(int) + 2
    shape = np.array(picture.shape[1::-1])
    before = -low % shape if repeats else np.maximum(-low, 0)
    start = low if repeats else np.minimum(low, 0)
    left, top = (int(i) for i in before)
    right, bottom = (int(i) for i in np.maximum(high - start - before - shape, 0))
    border = cv2.BORDER_WRAP if repeats else cv2.BORDER_REPLICATE
    return cv2.copyMakeBorder(picture, top, bottom, left, right, border), offset - start
