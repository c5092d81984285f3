"""How a mask is worn: correctly, under the nose or under the chin, and a little differently by each person."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maskify.draw import MaskParams
from maskify.surface import COLUMNS, ROWS, Mesh, lattice_points, whole_lattice

Array = NDArray[np.float64]

PIVOT = np.array([0.0, 20.0, -30.0])
"""Tilt turns the mask about the nose bridge (mm on the canonical face)."""

MIDDLE = np.array([0.0, 65.0, 0.0])
"""A larger mask grows about this point."""

WORN_WRONG = {
    "nose-out": [
        [[0, 50, -22], [20, 50, -14], [44, 44, 8], [66, 40, 44]],
        [[0, 62, -26], [24, 62, -14], [47, 58, 9], [68, 52, 47]],
        [[0, 78, -22], [26, 78, -10], [48, 72, 12], [67, 64, 48]],
        [[0, 100, -13], [26, 98, -3], [47, 90, 18], [64, 78, 48]],
        [[0, 124, 9], [24, 118, 14], [44, 107, 28], [60, 91, 47]],
    ],
    "chin": [
        [[0, 90, -14], [22, 88, -5], [43, 80, 18], [63, 68, 48]],
        [[0, 103, -11], [24, 100, 1], [44, 91, 24], [62, 77, 50]],
        [[0, 115, -2], [25, 110, 11], [43, 100, 31], [60, 85, 52]],
        [[0, 126, 8], [24, 120, 18], [42, 109, 36], [58, 94, 54]],
        [[0, 136, 22], [22, 130, 28], [40, 118, 44], [55, 103, 58]],
    ],
}
"""Half lattices in mm, as in the templates, of where the whole body goes when it is pulled down."""


@lru_cache(maxsize=4)
def _worn_wrong(wear: str) -> Array:
    lattice = whole_lattice(np.array(WORN_WRONG[wear], np.float64))
    return lattice_points(lattice, np.linspace(0, 1, COLUMNS), np.linspace(0, 1, ROWS)).reshape(-1, 3)


def worn_points(mesh: Mesh, params: MaskParams) -> Array:
    """The mesh's points as this person wears the mask: float64 [V, 3] mm.

    The body shifts, tilts and stands off; loops follow at the end that is sewn to it and stay put at the ear.
    """
    drawn = mesh.points[: mesh.body]
    body = drawn if params.wear == "correct" else _worn_wrong(params.wear)
    angle = np.radians(params.tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    sized = MIDDLE + (body - MIDDLE) * [params.size, params.size, 1.0]
    moved = (sized - PIVOT) @ turn.T + PIVOT + [0.0, params.height, 0.0]
    moved[:, 2] -= params.slack * np.clip(1 - np.abs(body[:, 0]) / 60, 0, 1)
    out: Array = mesh.points + mesh.follow[:, None] * (moved - drawn)[mesh.anchor]
    return out
