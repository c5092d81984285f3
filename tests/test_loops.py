"""maskify.loops: what is seen of ear loops and straps hangs on the mask, and ends where hair or the head hides it."""

import cv2
import numpy as np
import pytest
from faces import SIZE, FaceCrop, landmarks_at, packaged, params_for, with_mask

from maskify.loops import EARS, STUB, beside_body, seen_loops
from maskify.placement import Placement, place
from maskify.pose import estimate_camera
from maskify.surface import LOOP_STEPS
from maskify.templates import Template, names

HANGING = [name for name in names() if packaged(name).settings.get("loops")]
SKIN, HAIR = (190, 140, 120), (30, 24, 20)


def painted(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), colour, np.uint8)


def worn(template: Template, yaw: float) -> Placement:
    landmarks = landmarks_at(yaw)
    return place(template.mesh, template.mesh.points, template.influence, landmarks, estimate_camera(landmarks))


def shares(template: Template, yaw: float, photo: np.ndarray, over_hair: bool = False) -> np.ndarray:
    """How much is seen along each loop: [L, S]."""
    seen = seen_loops(worn(template, yaw), template.mesh, photo, over_hair)
    assert (seen[: template.mesh.body] == 1).all()
    edges = seen[template.mesh.body :].reshape(-1, 2, LOOP_STEPS + 1)
    np.testing.assert_array_equal(edges[:, 0], edges[:, 1])
    return edges[:, 0]


def strands(seed: int) -> np.ndarray:
    """Locks of hair that hang over skin."""
    locks = np.random.default_rng(seed).random(SIZE // 8) < 0.5
    return np.where(np.repeat(locks, 8)[None, :, None], np.uint8(HAIR), painted(SKIN))


def ear_painted(template: Template, yaw: float, ear: tuple[int, int, int], rest: tuple[int, int, int]) -> np.ndarray:
    """A face whose ears have one colour and whose sides, where loops run, have another."""
    placed, photo = worn(template, yaw), painted(SKIN)
    for line in template.mesh.middle_lines(placed.xy):
        cv2.polylines(photo, [np.rint(line).astype(np.int32)], False, rest, 11)
    for x, y in np.rint(placed.camera.project(EARS.reshape(-1, 3))[0]).astype(int).tolist():
        cv2.circle(photo, (x, y), 5, ear, -1)
    return photo


@pytest.mark.parametrize("name", HANGING)
@pytest.mark.parametrize("yaw", [-30.0, 0.0, 30.0])
def test_on_bare_skin_the_loops_of_a_near_side_are_seen(name: str, yaw: float) -> None:
    seen = shares(packaged(name), yaw, painted(SKIN))
    near = seen[::2] if yaw < 0 else seen[1::2] if yaw > 0 else seen[:2]
    assert (near[:, : LOOP_STEPS // 2] == 1).all()


@pytest.mark.parametrize("name", HANGING)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_of_a_loop_only_falls_from_the_mask_on(name: str, seed: int) -> None:
    for yaw in (-35.0, -10.0, 20.0):
        assert (np.diff(shares(packaged(name), yaw, strands(seed)), axis=1) <= 0).all()


@pytest.mark.parametrize("name", HANGING)
@pytest.mark.parametrize("seed", range(3))
def test_the_map_of_a_mask_with_its_loops_is_one_piece_where_locks_hang_over_it(name: str, seed: int) -> None:
    face = FaceCrop(strands(seed), landmarks_at(22.0).astype(np.float32))
    binary_map = with_mask(face, packaged(name), params_for(packaged(name))).binary_map
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary_map, connectivity=8)
    body = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    away = cv2.distanceTransform((labels != body).astype(np.uint8), cv2.DIST_L2, 5)
    assert away[binary_map > 0].max() < 3  # a last speck of a thin end at most


@pytest.mark.parametrize("name", HANGING)
def test_hair_over_an_ear_hides_the_loop_and_over_hair_it_is_drawn(name: str) -> None:
    photo = ear_painted(packaged(name), 25.0, HAIR, HAIR)
    assert shares(packaged(name), 25.0, photo)[1::2].max() == 0
    assert shares(packaged(name), 25.0, photo, over_hair=True)[1::2, :3].min() == 1


@pytest.mark.parametrize("name", ["surgical", "kn95", "cloth"])
def test_a_loop_to_an_ear_that_is_seen_runs_over_beard_and_sideburns(name: str) -> None:
    photo = ear_painted(packaged(name), 25.0, SKIN, HAIR)
    assert shares(packaged(name), 25.0, photo)[1::2, : LOOP_STEPS // 2].min() == 1


@pytest.mark.parametrize("name", HANGING)
def test_no_stub_of_a_loop_is_drawn(name: str) -> None:
    template = packaged(name)
    for seed, yaw in enumerate((-40.0, -20.0, 0.0, 15.0, 30.0)):
        seen, placed = shares(template, yaw, strands(seed)), worn(template, yaw)
        line = template.mesh.middle_lines(placed.xy)
        beside = beside_body(line.reshape(-1, 2), placed, template.mesh).reshape(seen.shape)
        shown = (seen * beside)[:, 1:] * np.linalg.norm(np.diff(line, axis=1), axis=2)
        lengths = shown.sum(axis=1) / placed.camera.pixels_per_mm
        assert ((lengths >= STUB) | (seen.max(axis=1) == 0)).all()


def test_a_template_without_loops_has_nothing_to_hide() -> None:
    assert (seen_loops(worn(packaged("gaiter"), 10.0), packaged("gaiter").mesh, painted(SKIN), False) == 1).all()


def test_ears_beyond_the_picture_are_no_trouble() -> None:
    template, landmarks = packaged("surgical"), landmarks_at(20.0) - [140, 0]
    placed = place(template.mesh, template.mesh.points, template.influence, landmarks, estimate_camera(landmarks))
    assert np.isfinite(seen_loops(placed, template.mesh, painted(SKIN), False)).all()
