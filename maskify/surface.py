"""Masks as surfaces: a lattice of control points in millimetres on the canonical face becomes a triangle mesh."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLUMNS, ROWS = 27, 19
"""Vertices of a mask body across and down."""

EMPTY = (0.5, 2.0)
"""A place u and v beyond every texture, where nothing is."""

LOOP_STEPS = 10
"""Segments of an ear loop or strap."""


THICKNESS = 2.5
"""Millimetres of a flat band seen edge-on, with the empty margins of its texture."""


@dataclass(frozen=True)
class Mesh:
    """Triangles on the canonical face.

    Attributes:
      points: float64 [V, 3], mm, axes as in `maskify.pose`.
      uv: float32 [V, 2], place in the texture, 0 to 1.
      triangles: int32 [T, 3].
      body: how many of the vertices, first in the list, are the body; the others are loops and straps.
      follow: float64 [V]: 1 where a vertex moves with the mask, 0 where it stays at the ear.
      anchor: int64 [V]: the body's vertex that it moves with; a loop's is where it is sewn on.
      half_widths: float64 [L], mm, of the loops and straps, the person's left and right in turn; their vertices come
        after the body's.
    """

    points: Array
    uv: NDArray[np.float32]
    triangles: NDArray[np.int32]
    body: int
    follow: Array
    anchor: NDArray[np.int64]
    half_widths: Array

    @cached_property
    def without_loops(self) -> "Mesh":
        """The body alone."""
        n = self.body
        return Mesh(self.points[:n], self.uv[:n], self.body_triangles, n, self.follow[:n], self.anchor[:n], np.empty(0))

    @cached_property
    def body_triangles(self) -> NDArray[np.int32]:
        """The triangles of the body alone."""
        return self.triangles[(self.triangles < self.body).all(axis=1)]

    @cached_property
    def loop_normals(self) -> Array:
        """Outward unit normals of the head along the loops' middle lines: float64 [L, S, 3]."""
        lines = self.middle_lines(self.points)
        return head_normals(lines.reshape(-1, 3)).reshape(lines.shape)

    def middle_lines(self, values: Array) -> Array:
        """Values at the vertices, [V, K], along the middle lines of loops and straps: float64 [L, S, K]."""
        edges = values[self.body :].reshape(len(self.half_widths), 2, LOOP_STEPS + 1, values.shape[1])
        return (edges[:, 0] + edges[:, 1]) / 2


def spline_matrix(knots: int, samples: NDArray[np.floating]) -> Array:
    """Natural cubic spline through values at 0 .. knots-1, as a matrix float64 [len(samples), knots]."""
    identity = np.eye(knots)
    system = np.diag(np.full(knots, 4.0)) + np.diag(np.ones(knots - 1), 1) + np.diag(np.ones(knots - 1), -1)
    system[0, :2] = system[-1, -2:] = [1, 0]
    system[-1, -2:] = [0, 1]
    right = np.zeros((knots, knots))
    right[1:-1] = 6 * (identity[:-2] - 2 * identity[1:-1] + identity[2:])
    bend = np.linalg.solve(system, right)
    cell = np.clip(np.floor(samples).astype(int), 0, knots - 2)
    b = (samples - cell)[:, None]
    a = 1 - b
    return a * identity[cell] + b * identity[cell + 1] + ((a**3 - a) * bend[cell] + (b**3 - b) * bend[cell + 1]) / 6


def whole_lattice(half: Array) -> Array:
    """Mirrors a half lattice [R, C, 3] (first column on the middle line, x = 0) to the full one [R, 2C-1, 3]."""
    return np.concatenate([half[:, :0:-1] * [-1, 1, 1], half], axis=1)


def lattice_points(lattice: Array, u: NDArray[np.floating], v: NDArray[np.floating]) -> Array:
    """Points of the surface on the grid of u (across) and v (down), each 0 to 1: float64 [len(v), len(u), 3]."""
    rows, columns = lattice.shape[:2]
    down, across = spline_matrix(rows, v * (rows - 1)), spline_matrix(columns, u * (columns - 1))
    return np.einsum("vr,rcx,uc->vux", down, lattice, across)


def grid_triangles(columns: int, rows: int) -> NDArray[np.int32]:
    """Two triangles per cell of a grid whose vertices run row by row."""
    index = np.arange(columns * rows, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])


def ribbon_triangles(steps: int) -> NDArray[np.int32]:
    """Triangles of a ribbon, each once for either side: only what faces the camera is drawn."""
    triangles = grid_triangles(steps, 2)
    return np.concatenate([triangles, triangles[:, ::-1]])


def body_mesh(lattice: Array, height: float) -> Mesh:
    """The body: the lattice's surface with the texture's upper part (v from 0 to height) on it."""
    u, v = np.linspace(0, 1, COLUMNS), np.linspace(0, 1, ROWS)
    points = lattice_points(lattice, u, v).reshape(-1, 3)
    uv = np.stack(np.meshgrid(u, v * height), -1).reshape(-1, 2).astype(np.float32)
    return Mesh(
        points,
        uv,
        grid_triangles(COLUMNS, ROWS),
        len(points),
        np.ones(len(points)),
        np.arange(len(points)),
        np.empty(0),
    )


def ribbon(path: Array, width: float, v: tuple[float, float], flat: bool = False) -> Mesh:
    """An ear loop or strap along a smooth path [N, 3].

    A round cord is a line that gets its width in mm in the picture; a flat band lies on the head, has its width there,
    and in the picture gets its thickness alone. Its texture is the strip of the texture between the two v.
    """
    steps = np.linspace(0, len(path) - 1, LOOP_STEPS + 1)
    line = spline_matrix(len(path), steps) @ path
    aside = np.cross(np.gradient(line, axis=0), head_normals(line))
    aside *= (width - THICKNESS) / 2 / np.linalg.norm(aside, axis=1, keepdims=True) if flat else 0
    points = np.concatenate([line - aside, line + aside])
    u = np.tile(np.linspace(0.02, 0.98, LOOP_STEPS + 1), 2)
    uv = np.column_stack([u, np.repeat(v, LOOP_STEPS + 1)]).astype(np.float32)
    follow = np.tile(np.linspace(1, 0, LOOP_STEPS + 1), 2)
    triangles = ribbon_triangles(LOOP_STEPS + 1)
    half = (THICKNESS if flat else width) / 2
    return Mesh(points, uv, triangles, 0, follow, np.zeros(len(points), np.int64), np.array([half]))


def widened(xy: Array, mesh: Mesh, pixels_per_mm: float) -> Array:
    """Gives loops and straps, which are lines so far, their width across the line, in the picture.

    Args:
      xy: float64 [V, 2] pixels, the mesh in the picture.
      mesh: whose ribbons follow the body, one after the other.
      pixels_per_mm: scale of the picture.
    """
    count = len(mesh.half_widths)
    if count == 0:
        return xy
    ribbons = slice(mesh.body, mesh.body + count * 2 * (LOOP_STEPS + 1))
    lines = xy[ribbons].reshape(count, 2, LOOP_STEPS + 1, 2)
    line = mesh.middle_lines(xy)[:, None]
    along = np.empty_like(line)  # the direction; its length does not matter
    along[:, :, 1:-1] = line[:, :, 2:] - line[:, :, :-2]
    along[:, :, 0], along[:, :, -1] = line[:, :, 1] - line[:, :, 0], line[:, :, -1] - line[:, :, -2]
    across = along[..., ::-1] * [-1.0, 1.0]
    across /= np.maximum(np.hypot(across[..., 0], across[..., 1]), 1e-9)[..., None]
    half = mesh.half_widths[:, None, None, None] * np.array([-1.0, 1.0])[None, :, None, None] * pixels_per_mm
    out = xy.copy()
    out[ribbons] = (lines + half * across).reshape(-1, 2)
    return out


def joined(meshes: list[Mesh]) -> Mesh:
    """One mesh of several; the first is the body, to whose nearest vertex the others are sewn by their first one."""
    body = meshes[0].points
    starts = np.cumsum([0, *(len(mesh.points) for mesh in meshes)])
    anchors = [meshes[0].anchor]
    for mesh in meshes[1:]:
        nearest = np.argmin(((body - mesh.points[0]) ** 2).sum(axis=1))
        anchors.append(np.full(len(mesh.points), nearest))
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate([mesh.triangles + np.int32(start) for mesh, start in zip(meshes, starts, strict=False)]),
        meshes[0].body,
        np.concatenate([mesh.follow for mesh in meshes]),
        np.concatenate(anchors),
        np.concatenate([mesh.half_widths for mesh in meshes]),
    )


HEAD_CENTRE = np.array([0.0, 35.0, 80.0])
HEAD_RADII = np.array([69.0, 118.0, 82.0])
"""An ellipsoid near the canonical face (mm), for smooth normals."""


def head_normals(points: Array) -> Array:
    """Outward unit normals of the head near the points: float64 [N, 3]."""
    normals = (points - HEAD_CENTRE) / HEAD_RADII**2
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def grid_normals(points: Array, columns: int, rows: int) -> Array:
    """Unit normals that point out of the face (towards -z) on a grid of points [rows * columns, 3], row by row."""
    grid = points.reshape(rows, columns, 3)
    down, across = np.empty_like(grid), np.empty_like(grid)
    down[1:-1], down[0], down[-1] = grid[2:] - grid[:-2], grid[1] - grid[0], grid[-1] - grid[-2]
    across[:, 1:-1] = grid[:, 2:] - grid[:, :-2]
    across[:, 0], across[:, -1] = grid[:, 1] - grid[:, 0], grid[:, -1] - grid[:, -2]
    a, b = down.reshape(-1, 3).T, across.reshape(-1, 3).T
    normals = np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], axis=1)
    return normals / np.maximum(np.sqrt((normals**2).sum(axis=1, keepdims=True)), 1e-9)
