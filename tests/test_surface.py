"""maskify.surface: splines, lattices and meshes; SciPy's spline is the reference."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from maskify import surface
from maskify.refine import refined

Array = np.ndarray


def half_lattice() -> Array:
    """A bowl over the lower face, 3 rows and 4 columns, bent in every direction."""
    x, y = np.meshgrid([0.0, 20.0, 45.0, 65.0], [20.0, 60.0, 110.0])
    return np.stack([x, y + x / 10, x**2 / 100 + (y - 60) ** 2 / 200 - 30], axis=2)


def areas(points: Array, triangles: Array) -> Array:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


@pytest.mark.parametrize("knots", [2, 3, 4, 7])
def test_the_spline_is_the_natural_cubic_one(knots: int) -> None:
    values = np.random.default_rng(knots).normal(0, 10, knots)
    samples = np.linspace(0, knots - 1, 50)
    wanted = CubicSpline(np.arange(knots), values, bc_type="natural")(samples)
    np.testing.assert_allclose(surface.spline_matrix(knots, samples) @ values, wanted, atol=1e-9)


def test_a_spline_through_points_of_a_line_is_that_line() -> None:
    samples = np.linspace(0, 5, 21)
    matrix = surface.spline_matrix(6, samples)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(matrix @ np.arange(6.0), samples, atol=1e-12)


def test_the_whole_lattice_is_its_own_mirror_image_and_has_one_middle_column() -> None:
    half = half_lattice()
    whole = surface.whole_lattice(half)
    assert whole.shape == (3, 7, 3)
    np.testing.assert_array_equal(whole[:, 3:], half)
    np.testing.assert_array_equal(whole[:, ::-1] * [-1, 1, 1], whole)


def test_the_surface_passes_through_every_point_of_its_lattice() -> None:
    lattice = surface.whole_lattice(half_lattice())
    points = surface.lattice_points(lattice, np.linspace(0, 1, 7), np.linspace(0, 1, 3))
    np.testing.assert_allclose(points, lattice, atol=1e-9)


def test_triangles_of_a_grid_cover_it_once_and_all_turn_the_same_way() -> None:
    columns, rows = 5, 4
    points = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2).astype(float)
    triangles = surface.grid_triangles(columns, rows)
    np.testing.assert_array_equal(areas(points, triangles), np.ones(2 * (columns - 1) * (rows - 1)))
    assert len({frozenset(triangle) for triangle in triangles.tolist()}) == len(triangles)
    assert set(triangles.ravel()) == set(range(columns * rows))


def test_a_body_shows_the_upper_part_of_the_texture_and_moves_as_a_whole() -> None:
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    assert body.body == len(body.points) == len(body.uv) == len(body.follow)
    np.testing.assert_allclose([body.uv.min(axis=0), body.uv.max(axis=0)], [[0, 0], [1, 0.8]], atol=1e-6)
    corners = body.points[np.lexsort(body.uv.T)][[0, -1]]  # smallest and largest u and v
    np.testing.assert_allclose(corners, surface.whole_lattice(half_lattice())[[0, -1], [0, -1]], atol=1e-9)
    assert (body.follow == 1).all()


def test_the_outer_side_of_a_body_faces_the_camera() -> None:
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    assert (areas(body.points, body.triangles) > 0).all()
    assert (surface.grid_normals(body.points, surface.COLUMNS, surface.ROWS)[:, 2] < 0).all()


def loop() -> surface.Mesh:
    path = np.array([[60.0, 30, 40], [68, 22, 55], [72, 10, 70], [74, 4, 82]])
    return surface.ribbon(path, 3.0, (0.9, 0.98))


def test_a_ribbon_runs_through_its_path() -> None:
    one, other = np.split(loop().points, 2)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(one[[0, -1]], [[60, 30, 40], [74, 4, 82]], atol=1e-9)
    assert np.linalg.norm(one - [68, 22, 55], axis=1).min() < 3
    np.testing.assert_allclose(np.unique(loop().uv[:, 1]), [0.9, 0.98], atol=1e-6)


def test_ribbons_get_their_width_in_the_picture_across_their_path() -> None:
    mesh = surface.joined([surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8), loop()])
    xy = 2.0 * mesh.points[:, :2]
    wide = surface.widened(xy, mesh, 2.0)
    np.testing.assert_array_equal(wide[: mesh.body], xy[: mesh.body])
    one, other = np.split(wide[mesh.body :], 2)
    path = xy[mesh.body :][: len(one)]
    np.testing.assert_allclose((one + other) / 2, path, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(one - other, axis=1), 2.0 * 3.0, atol=1e-9)
    np.testing.assert_allclose(((one - other) * np.gradient(path, axis=0)).sum(axis=1), 0, atol=1e-6)


def test_a_ribbon_goes_with_the_mask_at_its_start_and_stays_at_the_ear() -> None:
    for half in np.split(loop().follow, 2):
        assert half[0] == 1 and half[-1] == 0 and (np.diff(half) < 0).all()


def test_a_ribbon_is_sewn_to_the_nearest_point_of_the_body() -> None:
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    mesh = surface.joined([body, loop()])
    nearest = np.linalg.norm(body.points - [60, 30, 40], axis=1).argmin()
    assert (mesh.anchor[mesh.body :] == nearest).all()
    np.testing.assert_array_equal(mesh.anchor[: mesh.body], np.arange(mesh.body))


def test_a_flat_band_has_its_width_on_the_head() -> None:
    path = np.array([[60.0, 30, 40], [68, 22, 55], [72, 10, 70], [74, 4, 82]])
    one, other = np.split(surface.ribbon(path, 8.0, (0.9, 0.98), flat=True).points, 2)
    middle = surface.ribbon(path, 8.0, (0.9, 0.98)).points[: len(one)]
    np.testing.assert_allclose((one + other) / 2, middle, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(other - one, axis=1), 8.0 - surface.THICKNESS, atol=1e-9)
    assert np.abs(((other - one) * surface.head_normals(middle)).sum(axis=1)).max() < 1e-9


def test_a_band_seen_from_its_broad_side_is_wide_and_edge_on_thin() -> None:
    path = np.array([[69.0, 45, 70], [69, 40, 76], [69, 35, 82], [69, 30, 88]])
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    mesh = surface.joined([body, surface.ribbon(path, 8.0, (0.9, 0.98), flat=True)])
    for axes, least, most in (([2, 1], 7.9, 8.1), ([0, 1], 2.4, 3.0)):  # from the side, from the front
        one, other = np.split(surface.widened(mesh.points[:, axes], mesh, 1.0)[mesh.body :], 2)
        along = np.gradient((one + other) / 2, axis=0)
        across = along[:, ::-1] * [-1, 1] / np.linalg.norm(along, axis=1, keepdims=True)
        widths = np.abs((across * (other - one)).sum(axis=1))
        assert least < np.median(widths) < most


def test_a_finer_mesh_passes_through_the_coarse_one_and_turns_the_same_way() -> None:
    mesh = surface.joined([surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8), loop()])
    values, triangles = refined(mesh, mesh.points, 3)
    fine = values[: (3 * (surface.ROWS - 1) + 1) * (3 * (surface.COLUMNS - 1) + 1)]
    grid = fine.reshape(3 * (surface.ROWS - 1) + 1, -1, 3)[::3, ::3].reshape(-1, 3)
    np.testing.assert_allclose(grid, mesh.points[: mesh.body], atol=1e-9)
    edges = values[len(fine) :].reshape(2, -1, 3)[:, ::3].reshape(-1, 3)
    np.testing.assert_allclose(edges, mesh.points[mesh.body :], atol=1e-9)
    on_body = (triangles < len(fine)).all(axis=1)
    assert on_body.sum() == 9 * len(mesh.body_triangles) and (areas(values, triangles[on_body]) > 0).all()
    assert triangles.max() == len(values) - 1


def test_a_mesh_without_loops_is_its_body() -> None:
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    bare = surface.joined([body, loop()]).without_loops
    np.testing.assert_array_equal(bare.points, body.points)
    np.testing.assert_array_equal(bare.triangles, body.triangles)
    assert len(bare.half_widths) == 0


def test_joined_meshes_keep_their_triangles_and_the_first_is_the_body() -> None:
    body = surface.body_mesh(surface.whole_lattice(half_lattice()), 0.8)
    cord = loop()
    both = surface.joined([body, cord])
    assert both.body == len(body.points)
    np.testing.assert_array_equal(both.body_triangles, body.triangles)
    np.testing.assert_array_equal(both.points[both.triangles[len(body.triangles) :]], cord.points[cord.triangles])


def test_normals_of_the_head_point_away_from_it() -> None:
    centre = surface.HEAD_CENTRE
    directions = np.random.default_rng(0).normal(0, 1, (50, 3))
    normals = surface.head_normals(centre + 70 * directions)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    assert ((normals * directions).sum(axis=1) > 0).all()


def test_normals_of_a_dome_are_those_of_its_sphere() -> None:
    x, y = np.meshgrid(np.linspace(-50, 50, 41), np.linspace(-50, 50, 41))
    points = np.stack([x, y, -np.sqrt(100.0**2 - x**2 - y**2)], -1).reshape(-1, 3)
    normals = surface.grid_normals(points, 41, 41)
    inner = (np.abs(points[:, :2]) < 49).all(axis=1)
    assert np.abs(normals - points / 100)[inner].max() < 0.01
