"""Shapes of masks on the canonical face: half lattices in mm, first column on the middle line, rows from top to bottom.

Axes as in `maskify.pose`: x to the person's left, y down, z into the head; the nose tip lies at (0, 36, -34), the chin
at (0, 115, 4), the jaw beside the mouth at (67, 59, 55), the ears at about (73, 0..45, 85). Rows and columns are evenly
spaced in the art. The sides reach the jaw line, as those of a mask that fits do.
"""

from typing import Any

import numpy as np

from maskify.surface import lattice_points, whole_lattice
from tools.draw_templates.canvas import HALF, TALL

SURGICAL = [
    [[0, 14, -29], [22, 21, -11], [45, 26, 10], [66, 27, 42]],
    [[0, 36, -43], [24, 42, -26], [48, 44, 4], [69, 43, 46]],
    [[0, 62, -43], [26, 63, -27], [50, 63, 4], [69, 60, 46]],
    [[0, 93, -30], [26, 91, -18], [49, 86, 12], [67, 77, 45]],
    [[0, 126, 8], [23, 120, 13], [45, 107, 26], [63, 93, 43]],
]

KN95 = [
    [[0, 9, -29], [23, 22, -10], [46, 33, 11], [66, 41, 43]],
    [[0, 38, -51], [27, 45, -29], [50, 50, 4], [69, 53, 46]],
    [[0, 67, -54], [28, 68, -31], [51, 67, 4], [69, 62, 47]],
    [[0, 97, -37], [27, 95, -18], [48, 87, 12], [66, 74, 46]],
    [[0, 126, 2], [23, 120, 8], [44, 106, 24], [62, 87, 45]],
]

FFP2_VALVE = [
    [[0, 12, -28], [22, 21, -9], [45, 30, 11], [66, 36, 43]],
    [[0, 38, -50], [26, 44, -28], [50, 49, 5], [69, 50, 47]],
    [[0, 65, -55], [28, 66, -31], [51, 65, 5], [69, 60, 48]],
    [[0, 95, -38], [27, 94, -18], [48, 86, 13], [65, 74, 48]],
    [[0, 126, 4], [23, 121, 10], [44, 108, 24], [61, 92, 44]],
]

KF94 = [
    [[0, 11, -31], [23, 20, -13], [45, 31, 10], [65, 39, 43]],
    [[0, 39, -53], [28, 43, -34], [51, 49, 1], [69, 51, 46]],
    [[0, 66, -56], [30, 66, -37], [53, 64, 0], [69, 62, 47]],
    [[0, 93, -46], [29, 90, -29], [51, 83, 6], [68, 73, 47]],
    [[0, 126, 1], [24, 121, 7], [44, 108, 22], [62, 88, 44]],
]

DUCKBILL = [
    [[0, 11, -32], [23, 21, -14], [46, 31, 9], [66, 37, 43]],
    [[0, 40, -54], [29, 44, -37], [52, 48, 0], [69, 50, 46]],
    [[0, 69, -68], [32, 68, -52], [54, 66, -5], [69, 62, 47]],
    [[0, 97, -46], [30, 95, -29], [51, 87, 8], [67, 75, 46]],
    [[0, 126, 1], [24, 120, 7], [44, 107, 23], [61, 90, 44]],
]

N95_CUP = [
    [[0, 8, -24], [20, 14, -11], [40, 22, 5], [56, 32, 26]],
    [[0, 35, -53], [26, 39, -38], [48, 46, -6], [63, 51, 34]],
    [[0, 66, -58], [28, 66, -41], [50, 66, -8], [64, 67, 36]],
    [[0, 98, -44], [26, 96, -28], [47, 91, 2], [61, 84, 36]],
    [[0, 127, 2], [21, 124, 7], [40, 115, 18], [55, 102, 35]],
]
"""A real cup leaves the jaw free; this one is as wide as the widest, and its art rounds off the corners.

So it hides at least 90 % of the lower face even of turned heads.
"""

CLOTH = [
    [[0, 12, -28], [22, 22, -9], [46, 29, 11], [66, 33, 44]],
    [[0, 37, -45], [25, 44, -25], [49, 47, 3], [69, 46, 48]],
    [[0, 64, -45], [27, 65, -27], [50, 64, 5], [69, 60, 49]],
    [[0, 95, -28], [26, 93, -15], [47, 87, 14], [65, 76, 49]],
    [[0, 126, 9], [24, 119, 13], [44, 106, 27], [60, 91, 47]],
]

CLOTH_FILTER = [
    [[0, 9, -25], [21, 18, -9], [45, 27, 11], [66, 33, 44]],
    [[0, 36, -47], [26, 42, -26], [50, 46, 3], [69, 46, 48]],
    [[0, 65, -48], [28, 65, -29], [51, 64, 4], [69, 59, 49]],
    [[0, 98, -30], [26, 94, -16], [47, 86, 14], [65, 73, 49]],
    [[0, 128, 5], [24, 120, 11], [43, 106, 27], [60, 87, 47]],
]

PLEATED_CLOTH = [
    [[0, 15, -30], [22, 20, -13], [46, 24, 9], [67, 27, 43]],
    [[0, 36, -46], [25, 41, -29], [50, 44, 2], [70, 43, 48]],
    [[0, 63, -46], [28, 64, -30], [52, 64, 3], [70, 60, 49]],
    [[0, 94, -31], [27, 93, -19], [50, 87, 12], [67, 77, 49]],
    [[0, 126, 7], [25, 120, 12], [46, 108, 25], [61, 93, 47]],
]

WINDOW = [
    [[0, 13, -28], [22, 21, -10], [46, 28, 10], [67, 32, 44]],
    [[0, 38, -46], [26, 43, -30], [50, 46, 2], [70, 45, 48]],
    [[0, 65, -46], [29, 65, -31], [52, 64, 4], [70, 60, 49]],
    [[0, 95, -32], [27, 93, -19], [48, 87, 13], [66, 76, 49]],
    [[0, 126, 8], [24, 119, 12], [44, 106, 26], [60, 91, 47]],
]

FASHION = [
    [[0, 11, -27], [24, 19, -8], [46, 24, 12], [64, 21, 40], [71, 13, 64]],
    [[0, 37, -45], [27, 42, -26], [50, 43, 6], [68, 38, 45], [74, 27, 65]],
    [[0, 66, -46], [29, 64, -27], [51, 61, 6], [69, 55, 47], [74, 41, 66]],
    [[0, 98, -29], [28, 93, -14], [49, 83, 14], [66, 71, 47], [73, 54, 66]],
    [[0, 125, 5], [24, 118, 11], [45, 104, 27], [62, 85, 46], [71, 67, 64]],
]
"""Between the last two columns the cut-out for the ear begins; the straps go on as loops."""

GAITER = [
    [[0, 17, -31], [24, 24, -12], [48, 30, 11], [67, 36, 46], [71, 50, 91], [40, 74, 146]],
    [[0, 40, -43], [29, 46, -23], [53, 50, 8], [69, 55, 50], [70, 65, 96], [38, 85, 148]],
    [[0, 69, -42], [31, 69, -22], [53, 69, 11], [67, 71, 53], [66, 80, 98], [36, 96, 148]],
    [[0, 103, -21], [29, 100, -5], [48, 96, 24], [60, 94, 57], [62, 99, 99], [35, 109, 147]],
    [[0, 138, 9], [27, 135, 17], [44, 130, 38], [56, 124, 67], [60, 123, 100], [34, 126, 146]],
]
"""Around the head and out of sight; the lower end, 22 mm below the chin, is as far as the label may reach."""

EAR_LOOPS = [[69, 22, 54], [73, 10, 70], [74, 4, 82]], [[66, 68, 58], [71, 46, 72], [73, 34, 84]]
"""Where ear loops run from the fabric: to the upper and to the lower root of the ear."""

EAR_BANDS = [[73, 11, 70], [75, 5, 79], [75, 2, 87]], [[73, 55, 70], [74, 45, 79], [74, 37, 87]]
"""The same for a mask that itself reaches almost to the ears."""

HEAD_STRAPS = (
    [[68, 35, 48], [74, 9, 66], [75, -15, 84], [70, -34, 108], [52, -50, 134], [24, -60, 154]],
    [[64, 75, 52], [67, 65, 72], [65, 61, 92], [57, 60, 114], [40, 61, 136], [18, 62, 148]],
)
"""One strap runs above the ear to the back of the head, the other below it around the neck."""

Points = list[list[int]]
Places = tuple[tuple[float, float], tuple[float, float]]


def loops(
    lattice: list[Points], places: Places, paths: tuple[Points, Points], width: float, flat: bool = False
) -> list[dict[str, Any]]:
    """Two loops or straps sewn to the fabric.

    Args:
      lattice: the mask's shape.
      places: on the canvas where they are sewn on, as mm from the middle line and from the top.
      paths: of both, from there on.
      width: in mm.
      flat: whether they are bands that lie on the head, not cords.
    """
    kind = {"width_mm": width, "flat": True} if flat else {"width_mm": width}
    return [{"path_mm": [_sewn(lattice, *at), *path]} | kind for at, path in zip(places, paths, strict=True)]


def _sewn(lattice: list[Points], out: float, top: float) -> list[float]:
    """The point of the surface under a point of the canvas."""
    u, v = np.array([0.5 + out / (2 * HALF)]), np.array([top / TALL])
    return [round(float(x), 1) for x in lattice_points(whole_lattice(np.array(lattice, float)), u, v)[0, 0]]
