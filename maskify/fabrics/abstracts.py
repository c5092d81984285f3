"""Printed patterns of no particular thing: patchwork, shards, splashes, scales and wax prints."""

from functools import partial

import numpy as np

from maskify.fabrics.prints import PLAIN, circle, scatter, stamp
from maskify.fabrics.tiles import Design, Labels, Tile, make_tile, shares_of

SIDE, SHRINK = 1024, 4
"""Side of the tiles' labels in pixels, and how many of them average into one."""


def _patchwork(seed: int, cells: int) -> Tile:
    """Patches with straight seams, each nearer to its own centre than to any other (Voronoi), in colours at random."""
    rng = np.random.default_rng(seed)
    centres, colours = rng.random((cells, 2)), rng.permutation(np.arange(cells) % 4)
    place = (np.arange(SIDE) + 0.5) / SIDE
    nearest = np.full((SIDE, SIDE), np.inf)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for (x, y), colour in zip(centres, colours, strict=True):
        across, down = np.abs(place - x), np.abs(place - y)
        away = np.minimum(across, 1 - across)[None] ** 2 + np.minimum(down, 1 - down)[:, None] ** 2
        labels[away < nearest] = colour
        nearest = np.minimum(nearest, away)
    return make_tile(shares_of(labels, PLAIN, SHRINK))


def _shards(seed: int, count: int) -> Tile:
    """Triangles of all sizes, thrown over each other."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for number in range(count):
        middle, turn, radius = rng.random(2) * SIDE, rng.uniform(0, 2 * np.pi), SIDE * rng.uniform(0.04, 0.16)
        angles = turn + np.array([0.0, 2.0, 4.2]) + rng.uniform(-0.5, 0.5, 3)
        stamp(labels, middle + radius * np.column_stack([np.cos(angles), np.sin(angles)]), number % 4)
    return make_tile(shares_of(labels, PLAIN, SHRINK))


def _splashes(seed: int, count: int) -> Tile:
    """Ragged blots of all sizes, thrown over each other."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    for number in range(count):
        waves = np.cos(np.outer(turn, (2, 3, 5, 8)) + rng.uniform(0, 2 * np.pi, 4)) @ rng.uniform(-0.25, 0.25, 4)
        radius = SIDE * rng.uniform(0.02, 0.12) * (1 + waves)
        outline = np.column_stack([np.cos(turn), np.sin(turn)]) * radius[:, None]
        stamp(labels, rng.random(2) * SIDE + outline, number % 4)
    return make_tile(shares_of(labels, PLAIN, SHRINK))


def _rings(labels: Labels, middle: tuple[float, float], radius: float, first: int) -> None:
    for ring, share in enumerate((1.0, 0.72, 0.46, 0.2)):
        stamp(labels, np.array(middle) * SIDE + circle() * radius * share * SIDE, (first + ring) % 4)


def _wax() -> Tile:
    """Rings within rings of three sizes, as on wax prints."""
    rng = np.random.default_rng(8)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for number, (x, y, radius) in enumerate(scatter(rng, (330, 200, 110), 1.02)):
        _rings(labels, (x, y), radius / 2048, 1 + number % 3)
    return make_tile(shares_of(labels, PLAIN, SHRINK))


def _scales() -> Tile:
    """Rows of overlapping scales, each of rings."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for row in range(9):  # the last row lies over the first again, so that the repeat closes
        for column in range(4):
            _rings(labels, ((column + 0.5 * (row % 2)) / 4, row / 8), 0.15, row % 4)
    return make_tile(shares_of(labels, PLAIN, SHRINK))


ABSTRACTS = (
    Design(partial(_patchwork, 1, 16), 4, (110, 190), (0, 45, 90), 2),
    Design(partial(_patchwork, 2, 40), 4, (90, 160), (0, 45)),
    Design(partial(_shards, 3, 90), 4, (70, 150), (0, 90), 1.5),
    Design(partial(_splashes, 4, 120), 4, (70, 160), (0, 90), 2),
    Design(_wax, 4, (50, 110), (0, 45), 1.5),
    Design(_scales, 4, (40, 90), (0, 180), 1.5),
)
