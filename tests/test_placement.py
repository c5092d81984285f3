"""maskify.placement: where a mask lands, what hides what, and when it does not sit."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from faces import SIZE, camera_at, landmarks_at, mirrored, packaged, placed_on, texture_places

from maskify import align
from maskify.errors import Skipped
from maskify.placement import (
    LOWER_FACE,
    Fit,
    Placement,
    check_fit,
    check_folds,
    count_inside,
    measure_fit,
    rasterise,
    signed_areas,
    visible_region,
)
from maskify.pose import HeadPose
from maskify.surface import COLUMNS, EMPTY, Mesh, grid_triangles, joined
from maskify.templates import names

WHOLE = (0, 0, SIZE, SIZE)
GOOD = Fit(coverage=0.95, spill=0.02, eyes_covered=0)


def quad(points: np.ndarray, uv: np.ndarray) -> Mesh:
    """Two triangles between four points."""
    anchor = np.zeros(4, np.int64)
    return Mesh(points, uv.astype(np.float32), grid_triangles(2, 2), 0, np.zeros(4), anchor, np.empty(0))


def sheet(z: float, u: float) -> Mesh:
    """A flat square of 100 mm at depth z whose u is the given number and whose v is 0.25 everywhere."""
    return quad(np.array([[-50.0, -50, z], [50, -50, z], [-50, 50, z], [50, 50, z]]), np.tile([u, 0.25], (4, 1)))


def seen(mesh: Mesh, pose: HeadPose) -> Placement:
    """The mesh as the camera sees it, not bent."""
    camera = camera_at(pose)
    xy, depth = camera.project(mesh.points)
    return Placement(xy.copy(), xy, depth, camera)


@pytest.mark.parametrize("name", names())
def test_on_the_canonical_face_a_mask_lies_where_its_template_says(name: str) -> None:
    template = packaged(name)
    placed = placed_on(landmarks_at(20, 5, -10), template)
    wanted = camera_at(HeadPose(20, 5, -10)).project(template.mesh.points)[0]
    assert np.abs(placed.xy - wanted)[: template.mesh.body].max() < 0.5


def test_a_mask_moves_turns_and_scales_with_the_face() -> None:
    template = packaged(names()[0])
    landmarks = landmarks_at(15, 5) + np.random.default_rng(0).normal(0, 2, (68, 2))
    moved = align.aligned_transform(700, np.array([[0.8, -0.6, 40.0], [0.6, 0.8, -70.0]]))
    here = placed_on(landmarks, template)
    there = placed_on(align.apply(moved, landmarks), template)
    assert np.abs(align.apply(moved, here.xy) - there.xy).max() < 0.05
    np.testing.assert_allclose(there.depth, here.depth, rtol=1e-3)


@pytest.mark.parametrize("name", names())
def test_a_mirrored_face_wears_the_mirrored_mask(name: str) -> None:
    template = packaged(name)
    flipped = replace(template, mesh=replace(template.mesh, points=template.mesh.points * [-1, 1, 1]))
    landmarks = landmarks_at(25, 5, 8) + np.random.default_rng(1).normal(0, 2, (68, 2))
    here, there = placed_on(landmarks, template), placed_on(mirrored(landmarks), flipped)
    difference = here.xy * [-1, 1] + [SIZE - 1, 0] - there.xy
    assert np.abs(difference[: template.mesh.body]).max() < 0.01


def test_a_mask_follows_a_longer_chin() -> None:
    template = packaged(names()[0])
    landmarks = landmarks_at()
    lowest = placed_on(landmarks, template).xy[: template.mesh.body, 1].max()
    landmarks[3:14, 1] += 5 * np.sin(np.linspace(0, np.pi, 11))
    longer = placed_on(landmarks, template).xy[: template.mesh.body, 1].max()
    assert 2 < longer - lowest < 7


@pytest.mark.parametrize("yaw", [-45.0, 0.0, 45.0])
def test_a_head_pose_alone_is_no_fold(yaw: float) -> None:
    mesh = packaged(names()[0]).mesh
    check_folds(mesh, seen(mesh, HeadPose(yaw, 0, 0)))


def test_a_mask_that_is_turned_over_somewhere_is_folded() -> None:
    mesh = packaged(names()[0]).mesh
    placed = seen(mesh, HeadPose(0, 0, 0))
    first, second = mesh.body_triangles[len(mesh.body_triangles) // 2][:2]
    placed.xy[[first, second]] = placed.xy[[second, first]]
    with pytest.raises(Skipped) as skipped:
        check_folds(mesh, placed)
    assert skipped.value.reason == "mask_folded"


def test_rasterising_gives_each_pixel_its_place_in_the_texture() -> None:
    points = np.array([[-40.0, -30, 0], [40, -30, 0], [-40, 30, 0], [40, 30, 0]])
    mesh = quad(points, np.array([[0, 0], [1, 0], [0, 1], [1, 1]]))
    placed = seen(mesh, HeadPose(0, 0, 0))
    out = texture_places(placed, mesh, WHOLE)
    (left, top), (right, bottom) = placed.xy[0], placed.xy[3]
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    wanted = np.dstack([(x - left) / (right - left), (y - top) / (bottom - top)])
    inside = ((wanted > 0.02) & (wanted < 0.98)).all(axis=2)
    off = (out - wanted)[inside] * [right - left, bottom - top]  # in pixels
    assert len(off) > 1000 and np.abs(off).max() < 0.5 and np.abs(off.mean(axis=0)).max() < 0.1
    outside = ((wanted < -0.02) | (wanted > 1.02)).any(axis=2)
    assert (out[outside] == EMPTY).all()


def test_a_part_of_the_picture_is_rasterised_as_in_the_whole() -> None:
    mesh = packaged(names()[0]).mesh
    placed = seen(mesh, HeadPose(10, 0, 0))
    part = texture_places(placed, mesh, (60, 90, 200, 230))
    whole = texture_places(placed, mesh, WHOLE)[90:230, 60:200]
    assert (np.abs(part - whole).max(axis=2) > 0.01).mean() < 0.005


@pytest.mark.parametrize("nearest_last", [False, True])
def test_the_nearer_surface_hides_the_farther(nearest_last: bool) -> None:
    near, far = sheet(-20.0, 0.1), sheet(20.0, 0.9)
    both = joined([far, near] if nearest_last else [near, far])
    out = texture_places(seen(both, HeadPose(0, 0, 0)), both, WHOLE)
    painted = out[out[..., 1] < 0.5][:, 0]
    assert len(painted) > 1000 and (np.abs(painted - 0.1) < 0.01).all()


def test_what_is_not_seen_hides_nothing() -> None:
    near, far = sheet(-20.0, 0.1), sheet(20.0, 0.9)
    both = joined([near, far])
    seen_of = np.repeat(np.float32([0, 1]), 4)
    u, v, shown = rasterise(seen(both, HeadPose(0, 0, 0)), both, seen_of, WHOLE)
    middle = np.s_[SIZE // 2 - 20 : SIZE // 2 + 20, SIZE // 2 - 20 : SIZE // 2 + 20]
    assert (np.abs(u[middle] - 0.9) < 0.01).all() and (shown[middle] > 0.999).all() and (v[middle] < 0.5).all()


@pytest.mark.parametrize("yaw", [170.0, 180.0])
def test_a_mask_is_not_seen_from_its_inner_side(yaw: float) -> None:
    mesh = packaged("cloth").mesh.without_loops
    assert (texture_places(seen(mesh, HeadPose(yaw, 0, 0)), mesh, WHOLE)[..., 1] == EMPTY[1]).all()


def test_a_large_picture_shows_the_same_mask_in_finer_steps() -> None:
    mesh = packaged("surgical").mesh
    coarse = seen(mesh, HeadPose(20, 0, 0))
    scale = 8
    camera = camera_at(HeadPose(20, 0, 0), scale * SIZE)
    xy, depth = camera.project(mesh.points)
    fine = texture_places(Placement(xy.copy(), xy, depth, camera), mesh, (0, 0, scale * SIZE, scale * SIZE))
    small = cv2.resize((fine[..., 1] < EMPTY[1]).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA) > 0.5
    assert ((texture_places(coarse, mesh, WHOLE)[..., 1] < EMPTY[1]) != small).mean() < 0.01


@pytest.mark.parametrize("yaw", [-35.0, -20.0, 0.0, 20.0, 35.0])
def test_the_sides_of_a_gaiter_lie_out_of_sight_behind_the_neck(yaw: float) -> None:
    mesh, camera = packaged("gaiter").mesh, camera_at(HeadPose(yaw, 0, 0))
    triangles = mesh.body_triangles
    at_side = np.isin(triangles % COLUMNS, [0, COLUMNS - 1]).any(axis=1)
    assert (signed_areas(camera.project(mesh.points)[0], triangles[at_side]) < 0).all()


def test_the_visible_region_holds_all_that_is_painted_and_stays_in_the_picture() -> None:
    mesh = packaged(names()[0]).mesh
    placed = seen(mesh, HeadPose(30, 0, 10))
    x0, y0, x1, y1 = visible_region(placed.xy, (SIZE, SIZE, 3), margin=2)
    out = texture_places(placed, mesh, WHOLE)
    y, x = np.nonzero(out[..., 1] < EMPTY[1] - 0.001)
    assert 0 <= x0 <= x.min() and x.max() < x1 <= SIZE and 0 <= y0 <= y.min() and y.max() < y1 <= SIZE
    assert (x1 - x0) * (y1 - y0) < 0.8 * SIZE**2


def test_a_map_of_the_lower_face_covers_it_and_spills_nothing() -> None:
    landmarks = landmarks_at()
    binary_map = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(binary_map, [np.rint(landmarks[LOWER_FACE]).astype(np.int32)], 255)
    fit = measure_fit(binary_map, landmarks)
    assert fit.coverage > 0.97 and fit.spill == 0 and fit.eyes_covered == 0
    rows = np.flatnonzero(binary_map.any(axis=1))
    half = binary_map.copy()
    half[: rows[len(rows) // 2]] = 0
    kept = cv2.countNonZero(half) / cv2.countNonZero(binary_map)
    assert measure_fit(half, landmarks).coverage == pytest.approx(kept, abs=0.03)


def test_a_full_map_spills_and_covers_both_eyes() -> None:
    fit = measure_fit(np.full((SIZE, SIZE), 255, np.uint8), landmarks_at())
    assert fit.coverage == 1 and fit.spill > 0.5 and fit.eyes_covered == 12


def test_an_empty_map_covers_nothing() -> None:
    assert measure_fit(np.zeros((SIZE, SIZE), np.uint8), landmarks_at()) == Fit(0.0, 0.0, 0)


def test_points_beyond_the_picture_are_not_inside_its_map() -> None:
    binary_map = np.full((10, 20), 255, np.uint8)
    points = np.array([[0, 0], [19.4, 9.4], [-1, 5], [20, 5], [5, -3], [5, 10]])
    assert count_inside(binary_map, points) == 2
    binary_map[0, 0] = 0
    assert count_inside(binary_map, points) == 1


@pytest.mark.parametrize(
    ("reason", "fit"),
    [
        ("mask_covers_eye", replace(GOOD, eyes_covered=1)),
        ("mask_misses_face", replace(GOOD, coverage=0.4)),
        ("mask_spills", replace(GOOD, spill=0.5)),
    ],
)
def test_a_bad_fit_is_skipped_for_what_is_bad_about_it(reason: str, fit: Fit) -> None:
    check_fit(GOOD)
    with pytest.raises(Skipped) as skipped:
        check_fit(fit)
    assert skipped.value.reason == reason
