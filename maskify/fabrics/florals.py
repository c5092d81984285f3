"""Printed flowers: blossoms, leaves and stems drawn as outlines, four times as large as they are kept."""

from collections.abc import Callable
from functools import partial

import numpy as np

from maskify.fabrics.prints import Points, circle, scatter, stamp
from maskify.fabrics.tiles import Design, Labels, Tile, make_tile, shares_of

SIDE, SHRINK = 2048, 4

GROUND, PETAL, LEAF, HEART, PALE, DEEP, FROND, BLUSH = range(8)
MIXES = (
    (0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 0.0, 1.0),
    (0.55, 0.0, 0.0),  # petal printed as a half-tone on the ground
    (0.75, 0.25, 0.0),  # petal in the shade
    (0.0, 0.6, 0.0),
    (0.6, 0.0, 0.4),  # petal towards the heart
)
"""Shares of the colours 1 to 3 (petals, leaves, hearts) that each label is printed with."""

STEPS = np.linspace(0, 1, 24)
"""From the stem to the tip of a petal or leaf."""

Motif = Callable[[Labels, Points, float, float, np.random.Generator], None]
"""Draws at a point [2], of a radius in pixels, turned by radians."""


def _blade(length: float, width: float, fullness: float, bend: float = 0.0) -> Points:
    """A petal or leaf along x from 0: `fullness` below 1 puts its widest part near the tip, above 1 near the stem."""
    t = STEPS
    half = width / 2 * np.sin(np.pi * t ** (1 / fullness))
    x, y = t * length, bend * length * t * (1 - t) * 4
    return np.vstack([np.column_stack([x, y + half]), np.column_stack([x, y - half])[::-1]])


def _turned(outline: Points, turn: float, at: Points) -> Points:
    cos, sin = np.cos(turn), np.sin(turn)
    return outline @ np.array([[cos, sin], [-sin, cos]]) + at


def _line(labels: Labels, path: Points, width: float, label: int) -> None:
    """A stroke of the given width, tapering to half."""
    along = np.gradient(path, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    half = normal * np.linspace(width / 2, width / 4, len(path))[:, None]
    stamp(labels, np.vstack([path + half, (path - half)[::-1]]), label)


def _ring(labels: Labels, at: Points, radius: float, turn: float, petals: int, width: float, fill: int) -> None:
    """One round of petals, each with an edge of ground and, where large, a fold along its middle."""
    for number in range(petals):
        angle = turn + number * 2 * np.pi / petals
        stamp(labels, _turned(_blade(radius * 1.05, width * radius * 1.12, 0.62), angle, at), GROUND)
        stamp(labels, _turned(_blade(radius, width * radius, 0.62), angle, at), fill)
        if radius > 90:
            inner = _turned(_blade(radius * 0.62, width * radius * 0.34, 0.8), angle, at)
            stamp(labels, inner, DEEP if fill == PETAL else PETAL)


def _blossom(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    """Five or six round petals and a heart with stamens."""
    petals = int(rng.integers(5, 7))
    fill = PETAL if rng.random() < 0.75 else PALE
    _ring(labels, at, radius, turn, petals, 5.0 / petals, fill)
    stamp(labels, at + circle() * radius * 0.22, HEART)
    if radius > 70:
        for number in range(petals * 2):
            angle = turn + number * np.pi / petals
            out = at + np.array([np.cos(angle), np.sin(angle)]) * radius * 0.36
            stamp(labels, out + circle() * radius * 0.045, HEART)


def _daisy(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    petals = int(rng.integers(11, 15))
    for number in range(petals):
        blade = _blade(radius * rng.uniform(0.92, 1.04), radius * 0.34, 0.7)
        stamp(labels, _turned(blade, turn + number * 2 * np.pi / petals, at), PETAL)
    stamp(labels, at + circle() * radius * 0.29, HEART)


def _rose(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    """Rounds of petals that get smaller, each round darker or lighter than the one around it."""
    fills = (PETAL, DEEP, PETAL, BLUSH, HEART)
    for number, fill in enumerate(fills):
        size = radius * (1 - 0.19 * number)
        _ring_of_discs(labels, at, size, turn + number * 0.7 + rng.uniform(-0.1, 0.1), 7 - number, fill)


def _ring_of_discs(labels: Labels, at: Points, radius: float, turn: float, petals: int, fill: int) -> None:
    for number in range(petals):
        angle = turn + number * 2 * np.pi / petals
        middle = at + np.array([np.cos(angle), np.sin(angle)]) * radius * 0.52
        stamp(labels, middle + circle() * radius * 0.5, GROUND if fill == PETAL else PETAL)
        stamp(labels, middle + circle() * radius * 0.45, fill)


def _leaf(labels: Labels, at: Points, length: float, turn: float, bend: float = 0.1, fill: int = LEAF) -> None:
    stamp(labels, _turned(_blade(length, length * 0.42, 1.0, bend), turn, at), fill)
    if length > 70:
        vein = _turned(np.column_stack([np.linspace(0.1, 0.85, 8) * length, np.zeros(8)]), turn, at)
        vein += _turned(np.column_stack([np.zeros(8), bend * length * 0.8 * np.ones(8)]), turn, np.zeros(2))
        _line(labels, vein, max(length * 0.045, 4), GROUND)


def _flower_with_leaves(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    """A blossom on a bent stem, with two to four leaves that show around it."""
    stem = _curve(at, radius * 2.1, turn, rng.uniform(-0.8, 0.8))
    _line(labels, stem, max(radius * 0.09, 7), LEAF)
    for number, side in enumerate((-1, 1, -1, 1)[: int(rng.integers(2, 5))]):
        length, heading = radius * rng.uniform(0.7, 0.95), turn + side * rng.uniform(0.5, 1.0)
        _leaf(labels, stem[9 + 3 * number], length, heading, 0.1 * side)
    if radius > 60:
        _leaf(labels, at, radius * 1.55, turn + rng.uniform(2.2, 3.0), 0.1, FROND)
        _leaf(labels, at, radius * 1.5, turn - rng.uniform(2.2, 3.0), -0.1, LEAF)
    _blossom(labels, at, radius, turn, rng)


def _rose_with_leaves(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    for number in range(int(rng.integers(3, 6))):
        angle = turn + number * 1.35 + rng.uniform(-0.2, 0.2)
        _leaf(labels, at, radius * rng.uniform(1.5, 1.75), angle, 0.12, LEAF if number % 2 else FROND)
    _rose(labels, at, radius, turn, rng)


def _sprig(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    """A stem with pairs of leaves that get smaller towards its end."""
    stem = _curve(at - _turned(np.array([[radius, 0]]), turn, np.zeros(2))[0], 2 * radius, turn, rng.uniform(-0.5, 0.5))
    _line(labels, stem, max(radius * 0.06, 7), LEAF)
    for number in range(3, 21, 3):
        size = radius * (0.72 - 0.022 * number)
        heading = np.arctan2(*(stem[number + 1] - stem[number])[::-1])
        for side in (-1, 1):
            _leaf(labels, stem[number], size, heading + side * 0.85, 0.08 * side)
    _leaf(labels, stem[-2], radius * 0.35, np.arctan2(*(stem[-1] - stem[-2])[::-1]))


def _curve(start: Points, length: float, turn: float, bend: float) -> Points:
    """A path of 24 points that sets out in a direction and turns by `bend` radians."""
    heading = turn + bend * np.linspace(0, 1, 24)
    steps = np.column_stack([np.cos(heading), np.sin(heading)]) * length / 23
    return start + np.cumsum(steps, axis=0)


def _paisley(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    """The bandana's drop with a bent tail: rims, a blossom within, and a rim of dots."""
    side = 1 if rng.random() < 0.5 else -1
    spine = _curve(at - _turned(np.array([[0.35 * radius, 0]]), turn, np.zeros(2))[0], 1.7 * radius, turn, 0.0)
    t = np.linspace(0, 1, 24)
    spine = spine + _turned(np.column_stack([0 * t, side * 0.75 * radius * t**2.5]), turn, np.zeros(2))
    thick = 0.6 * radius * (1 - t) ** 0.62
    for inset, label in ((0.0, PETAL), (0.09, GROUND), (0.16, HEART), (0.3, GROUND)):
        for point, width in zip(spine, thick, strict=True):
            if width > inset * radius:
                stamp(labels, point + circle() * (width - inset * radius), label)
    _ring(labels, spine[0], radius * 0.27, turn, 6, 0.8, PETAL)
    along = np.gradient(spine, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    for hand in (-1, 1):
        for point in (spine + hand * normal * (thick + 0.12 * radius)[:, None])[1:22:2]:
            stamp(labels, point + circle() * radius * 0.045, PETAL)


def _dot(labels: Labels, at: Points, radius: float, turn: float, rng: np.random.Generator) -> None:
    stamp(labels, at + circle() * radius * 0.6, HEART if rng.random() < 0.5 else PETAL)


def _print(seed: int, apart: float, motifs: tuple[tuple[float, Motif], ...]) -> Tile:
    """Motifs of the given radii (in pixels of 2048), thrown so that they keep apart, the largest on top."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    discs = scatter(rng, tuple(radius for radius, _ in motifs), apart)
    draw = dict(motifs)
    for x, y, radius in reversed(discs):
        draw[radius](labels, np.array([x, y]) * SIDE, radius, rng.uniform(0, 2 * np.pi), rng)
    return make_tile(shares_of(labels, MIXES, SHRINK))


DITSY = ((110.0, _flower_with_leaves), (60.0, _blossom), (42.0, _sprig), (20.0, _dot))
LIBERTY = (
    (190.0, _flower_with_leaves),
    (125.0, _blossom),
    (85.0, _daisy),
    (62.0, _sprig),
    (34.0, _blossom),
    (16.0, _dot),
)
ROSES = ((270.0, _rose_with_leaves), (150.0, _rose_with_leaves), (80.0, _sprig), (40.0, _blossom))
FERNS = ((240.0, _sprig), (130.0, _sprig), (30.0, _dot))
DAISIES = ((170.0, _daisy), (115.0, _daisy), (105.0, _sprig), (16.0, _dot))
BANDANA = ((270.0, _paisley), (130.0, _paisley), (75.0, _blossom), (26.0, _dot))

FLORALS = (
    Design(partial(_print, 11, 1.15, DITSY), 4, (55, 85), weight=2),
    Design(partial(_print, 12, 0.84, LIBERTY), 4, (60, 95), weight=3),
    Design(partial(_print, 13, 0.95, ROSES), 4, (80, 130), weight=2),
    Design(partial(_print, 14, 0.8, FERNS), 4, (70, 120)),
    Design(partial(_print, 15, 1.02, DAISIES), 4, (60, 110)),
    Design(partial(_print, 16, 0.98, BANDANA), 2, (80, 130), weight=2),
)
