"""Finer meshes for large photos, in which the corners of a coarse one would show."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maskify.surface import COLUMNS, LOOP_STEPS, ROWS, Mesh, grid_triangles, ribbon_triangles, spline_matrix

Array = NDArray[np.float64]


def refined(mesh: Mesh, values: Array, factor: int) -> tuple[Array, NDArray[np.int32]]:
    """Values at the vertices of a mesh that is `factor` times as fine, by splines, and its triangles.

    Args:
      mesh: a body with its loops and straps.
      values: float64 [V, K] at its vertices.
      factor: cells of the fine mesh along a cell's side.

    Returns:
      float64 [V', K] and int32 [T', 3].
    """
    count = values.shape[1]
    rows, columns, steps = (_finer(cells, factor) for cells in (ROWS - 1, COLUMNS - 1, LOOP_STEPS))
    grid = values[: mesh.body].reshape(ROWS, COLUMNS, count)
    out = [np.einsum("ab,bcx,dc->adx", rows, grid, columns, optimize=True).reshape(-1, count)]
    triangles = [grid_triangles(len(columns), len(rows))]
    for start in range(mesh.body, len(values), 2 * (LOOP_STEPS + 1)):
        edges = values[start : start + 2 * (LOOP_STEPS + 1)].reshape(2, LOOP_STEPS + 1, count)
        triangles.append(ribbon_triangles(len(steps)) + np.int32(sum(map(len, out))))
        out.append(np.einsum("ab,ebx->eax", steps, edges).reshape(-1, count))
    return np.concatenate(out), np.concatenate(triangles)


@lru_cache(maxsize=32)
def _finer(cells: int, factor: int) -> Array:
    return spline_matrix(cells + 1, np.linspace(0, cells, cells * factor + 1))
