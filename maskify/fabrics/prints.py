"""Printed patterns without flowers: dots, camouflage and gradients."""

from collections.abc import Callable
from functools import cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.fabrics.tiles import Design, Float, Labels, Tile, make_tile, shares_of

Points = NDArray[np.float64]

PLAIN = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""Labels that are the colours themselves."""


def stamp(labels: Labels, outline: Points, label: int) -> None:
    """Fills a polygon [N, 2] in pixels, going on around the edges."""
    side = np.array(labels.shape[1::-1])
    low = np.floor(outline.min(axis=0) / side).astype(int)
    high = np.floor(outline.max(axis=0) / side).astype(int)
    for i in range(low[0], high[0] + 1):
        for j in range(low[1], high[1] + 1):
            points = np.rint((outline - side * [i, j]) * 8).astype(np.int32)
            cv2.fillPoly(labels, [points], label, cv2.LINE_8, 3)


@cache
def circle() -> Points:
    """A circle of radius 1; the same array each time."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.column_stack([np.cos(turn), np.sin(turn)])


def _star() -> Points:
    turn = np.arange(10) * np.pi / 5 - np.pi / 2
    return np.column_stack([np.cos(turn), np.sin(turn)]) * np.where(np.arange(10) % 2, 0.42, 1.0)[:, None] * 1.2


def _heart() -> Points:
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.column_stack([16 * np.sin(t) ** 3, -y]) / 15


def _rows(shape: Callable[[], Points], radius: float, cells: int, colours: int, size: int) -> Tile:
    """Offset rows: in each of cells x cells squares one motif at a corner's quarter and one at the opposite.

    `radius` is in squares; the colours 1 to `colours` - 1 take turns.
    """
    shrink = 4
    labels = np.zeros((size * shrink, size * shrink), np.uint8)
    square = size * shrink / cells
    for row in range(2 * cells):
        for column in range(cells):
            middle = np.array([column + 0.25 + 0.5 * (row % 2), row / 2 + 0.25]) * square
            label = 1 + (column + 2 * (row // 2) + row % 2) % (colours - 1)
            stamp(labels, middle + shape() * radius * square, label)
    return make_tile(shares_of(labels, PLAIN, shrink))


def _confetti(colours: int) -> Tile:
    """Dots of three sizes, thrown so that none touch."""
    rng = np.random.default_rng(colours)
    labels = np.zeros((2048, 2048), np.uint8)
    for number, (x, y, radius) in enumerate(scatter(rng, (150, 95, 55), 1.15)):
        stamp(labels, np.array([x, y]) * 2048 + circle() * radius * 0.9, 1 + number % (colours - 1))
    return make_tile(shares_of(labels, PLAIN, 8))


def scatter(rng: np.random.Generator, radii: tuple[float, ...], apart: float) -> list[tuple[float, float, float]]:
    """Throws discs onto a torus, largest first, as long as they find room.

    Args:
      rng: of the tile, the same for each.
      radii: in 1/2048 of the tile.
      apart: least distance of two discs in sums of their radii.

    Returns:
      (x, y, radius), x and y in [0, 1).
    """
    discs = np.zeros((0, 3))
    for radius in radii:
        for x, y in rng.random((250, 2)):
            gap = np.abs(discs[:, :2] - [x, y])
            gap = np.hypot(*np.minimum(gap, 1 - gap).T) * 2048
            if (gap > apart * (discs[:, 2] + radius)).all():
                discs = np.vstack([discs, [x, y, radius]])
    return [(float(x), float(y), float(radius)) for x, y, radius in discs]


def _noise(rng: np.random.Generator, size: int, blur: tuple[float, float], side: int) -> Float:
    """Smooth noise of standard deviation 1 that goes on around its edges: float32 [side, side]."""
    pad = int(3 * max(blur)) + 8
    noise = np.pad(rng.standard_normal((size, size)).astype(np.float32), pad, mode="wrap")
    noise = cv2.GaussianBlur(noise, (0, 0), blur[0], sigmaY=blur[1])
    factor = side // size
    noise = cv2.resize(noise, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    noise = noise[pad * factor :][:side, pad * factor :][:, :side]
    return (noise / noise.std()).astype(np.float32)


def _camouflage(seed: int, blur: tuple[float, float], shares: tuple[float, ...]) -> Tile:
    """Layers of smooth blobs with ragged edges, each colour over those before. `shares` of the colours 1 to 3."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((1024, 1024), np.uint8)
    for label, share in enumerate(shares, start=1):
        field = _noise(rng, 256, blur, 1024) + 0.22 * _noise(rng, 256, (blur[0] / 4, blur[1] / 4), 1024)
        if label == 3:  # the last one is drawn as branches
            field = -np.abs(field) + 0.5 * _noise(rng, 256, blur, 1024)
        labels[field > np.quantile(field, 1 - share)] = label
    return make_tile(shares_of(labels, PLAIN, 2))


def _digital(seed: int) -> Tile:
    """Camouflage of square pixels."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((128, 128), np.uint8)
    for label, share in enumerate((0.36, 0.26, 0.14), start=1):
        field = _noise(rng, 128, (5.0, 3.0), 128) + 0.5 * _noise(rng, 128, (1.2, 0.9), 128)
        labels[field > np.quantile(field, 1 - share)] = label
    return make_tile(shares_of(labels.repeat(2, axis=0).repeat(2, axis=1), PLAIN, 1))


def _gradient(stops: tuple[float, ...], radial: bool) -> Tile:
    """From colour to colour. `stops`: where the ground ends and each next colour is reached, by height or radius."""
    y, x = (np.mgrid[0:128, 0:128].astype(np.float32) + 0.5) / 128
    place = np.hypot(x - 0.5, y - 0.5) * 2 if radial else y
    shares = np.zeros((128, 128, 3), np.float32)
    rest = np.ones_like(place)
    for number in range(len(stops) - 1, 0, -1):
        t = np.clip((place - stops[number - 1]) / (stops[number] - stops[number - 1]), 0, 1)
        step = t * t * (3 - 2 * t)
        shares[..., number - 1] = rest * step
        rest *= 1 - step
    return make_tile(shares, repeats=False, dtype=np.uint16)


def _tie_dye() -> Tile:
    """Rings of dye that ran, around one knot."""
    rng = np.random.default_rng(5)
    y, x = (np.mgrid[0:256, 0:256].astype(np.float32) + 0.5) / 128 - 1
    turn = np.arctan2(y, x)
    pleats = 0.035 * np.sin(17 * turn) + 0.02 * np.sin(41 * turn + 1)
    ring = np.hypot(x, y) * 3.4 + pleats * 4 * np.hypot(x, y) + 0.16 * _noise(rng, 256, (5.0, 5.0), 256)
    shares = np.zeros((256, 256, 3), np.float32)
    for number in range(3):
        away = np.abs((ring - number - 1 + 2) % 4 - 2)
        shares[..., number] = np.clip(1.05 - away, 0, 1) ** 0.7
    shares *= 1 / np.maximum(shares.sum(axis=2, keepdims=True), 1)
    return make_tile(shares, repeats=False, dtype=np.uint16)


POLKA = (
    Design(partial(_rows, circle, 0.09, 1, 2, 128), 2, (5, 9), (0, 0, 45), 2),
    Design(partial(_rows, circle, 0.17, 1, 2, 128), 2, (7, 18), (0, 0, 45), 3),
    Design(partial(_rows, circle, 0.25, 1, 2, 128), 2, (14, 36), weight=2),
    Design(partial(_rows, circle, 0.2, 3, 4, 256), 4, (25, 50)),
    Design(partial(_rows, _star, 0.19, 2, 3, 256), 3, (20, 45)),
    Design(partial(_rows, _heart, 0.18, 2, 3, 256), 3, (20, 45)),
    Design(partial(_confetti, 4), 4, (50, 90)),
)

CAMOUFLAGE = (
    Design(partial(_camouflage, 1, (13.0, 8.0), (0.38, 0.27, 0.13)), 4, (90, 150), weight=3),
    Design(partial(_camouflage, 2, (8.0, 5.0), (0.4, 0.3, 0.12)), 4, (90, 140), weight=2),
    Design(partial(_camouflage, 3, (16.0, 16.0), (0.4, 0.3)), 3, (100, 160)),
    Design(partial(_camouflage, 4, (7.0, 15.0), (0.36, 0.24, 0.1)), 4, (100, 150)),
    Design(partial(_digital, 5), 4, (110, 170), weight=2),
)

GRADIENTS = (
    Design(partial(_gradient, (0.15, 0.85), False), 2, (90, 130), (0, 0, 180, 90, 45, -45), 3),
    Design(partial(_gradient, (0.1, 0.5, 0.9), False), 3, (90, 140), (0, 180, 90), 2),
    Design(partial(_gradient, (0.1, 0.8), True), 2, (110, 170), weight=1.5),
    Design(partial(_gradient, (0.44, 0.56), False), 2, (90, 130), (0, 180, 45, 90)),
    Design(partial(_gradient, (0.05, 0.45, 0.85), True), 3, (110, 160)),
    Design(_tie_dye, 4, (120, 180)),
)
