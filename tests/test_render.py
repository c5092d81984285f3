"""maskify.render: a whole mask on a face, and what of the photo it must not touch."""

from dataclasses import replace

import numpy as np
import pytest
from faces import (
    NOSE_MOUTH_CHIN,
    SIZE,
    FaceCrop,
    face_crop,
    landmarks_at,
    mirrored,
    packaged,
    params_for,
    shot,
    with_mask,
)

from maskify.errors import Skipped
from maskify.landmarks import FaceFinder
from maskify.placement import count_inside
from maskify.pose import EYES
from maskify.render import grain_tile
from maskify.templates import names

SYMMETRIC = {"height": 0.0, "tilt": 0.0, "grain": 0}

HANGING = [name for name in names() if packaged(name).settings.get("loops")]

each_template = pytest.mark.parametrize("name", names())


def canonical(yaw: float = 0.0, grey: int = 128, size: int = SIZE) -> FaceCrop:
    """The canonical face's landmarks on a plain grey picture."""
    return FaceCrop(np.full((size, size, 3), grey, np.uint8), landmarks_at(yaw, size=size).astype(np.float32))


def loop_sides(name: str, yaw: float) -> tuple[int, int]:
    """How many pixels loops and straps add to the map: left of the middle of the face, and right."""
    face, template = canonical(yaw), packaged(name)
    bare = replace(template, mesh=template.mesh.without_loops)
    params = params_for(template, **SYMMETRIC)
    whole, body = (with_mask(face, mask, params).binary_map > 0 for mask in (template, bare))
    middle = round(float(face.landmarks[[27, 8], 0].mean()))
    return int((whole & ~body)[:, :middle].sum()), int((whole & ~body)[:, middle:].sum())


def chroma(pixels: np.ndarray) -> np.ndarray:
    return np.ptp(pixels.astype(int), axis=-1)


@each_template
@pytest.mark.parametrize("yaw", [-35.0, -15.0, 0.0, 15.0, 35.0])
def test_a_mask_covers_nose_tip_mouth_and_chin_and_no_eye(name: str, yaw: float) -> None:
    face = canonical(yaw)
    worn = with_mask(face, packaged(name), params_for(packaged(name), height=0.0, tilt=0.0))
    assert count_inside(worn.binary_map, face.landmarks[NOSE_MOUTH_CHIN]) == len(NOSE_MOUTH_CHIN)
    assert count_inside(worn.binary_map, face.landmarks[EYES]) == 0
    assert worn.pose.yaw == pytest.approx(yaw, abs=0.5)


@each_template
@pytest.mark.parametrize("yaw", [-25.0, 0.0, 25.0])
def test_a_mask_below_the_nose_shows_the_nose_and_one_at_the_chin_the_mouth(name: str, yaw: float) -> None:
    face, template = canonical(yaw), packaged(name)
    for wear, nose, mouth in (("nose-out", 0, 20), ("chin", 0, 0)):
        covered = with_mask(face, template, params_for(template, wear=wear, height=0.0, tilt=0.0)).binary_map
        assert count_inside(covered, face.landmarks[30:31]) == nose
        assert count_inside(covered, face.landmarks[48:68]) == mouth
        assert count_inside(covered, face.landmarks[8:9]) == 1 and count_inside(covered, face.landmarks[EYES]) == 0


@pytest.mark.parametrize("name", HANGING)
def test_from_the_front_both_loops_show_alike(name: str) -> None:
    left, right = loop_sides(name, 0.0)
    assert min(left, right) > 40 and abs(left - right) < 0.2 * max(left, right)


@pytest.mark.parametrize("name", HANGING)
@pytest.mark.parametrize("yaw", [-40.0, 40.0])
def test_the_loop_on_the_far_side_is_hidden_by_the_head(name: str, yaw: float) -> None:
    left, right = loop_sides(name, yaw)
    near, far = (left, right) if yaw > 0 else (right, left)
    assert near > 100 and far <= 0.03 * near


@each_template
def test_without_shadow_nothing_changes_beyond_the_map(name: str, face: FaceCrop) -> None:
    before = face.clean.copy()
    worn = with_mask(face, packaged(name))
    changed = (worn.photo != face.clean).any(axis=2)
    assert worn.photo.shape == face.clean.shape and worn.photo.dtype == np.uint8
    assert set(np.unique(worn.binary_map)) == {0, 255}
    assert not changed[worn.binary_map == 0].any() and changed[worn.binary_map == 255].mean() > 0.9
    np.testing.assert_array_equal(face.clean, before)


@each_template
def test_a_shadow_darkens_the_face_beside_the_mask_and_leaves_the_map_as_it_is(name: str, face: FaceCrop) -> None:
    bare, shaded = with_mask(face, packaged(name), shadow=0.0), with_mask(face, packaged(name), shadow=0.8)
    np.testing.assert_array_equal(bare.binary_map, shaded.binary_map)
    difference = shaded.photo.astype(int) - bare.photo
    assert difference[bare.binary_map == 0].min() < -20 and difference.max() <= 1


def test_the_same_mask_on_the_same_face_gives_the_same_pixels(face: FaceCrop) -> None:
    first, second = (with_mask(face, packaged(names()[0]), shadow=0.6) for _ in range(2))
    np.testing.assert_array_equal(first.photo, second.photo)


def on_a_grey_photo(name: str, finder: FaceFinder) -> np.ndarray:
    """What a coloured mask shows on a photo without any colour: uint8 [N, 3], the pixels of its map."""
    photo = face_crop(finder, shot("black and white"))
    grey = replace(photo, clean=np.repeat(photo.clean[..., 1:2], 3, axis=2))
    template = packaged(name)
    params = params_for(template, colour="#e04040", loop_colour="#2040d0", pattern=None)
    worn = with_mask(grey, template, params)
    return worn.photo[worn.binary_map == 255]


@each_template
def test_a_grey_photo_gets_a_grey_mask(name: str, finder: FaceFinder) -> None:
    assert np.percentile(chroma(on_a_grey_photo(name, finder)), 90) <= 6


def test_a_grey_photo_shows_no_colour_of_valves_and_prints_either(finder: FaceFinder) -> None:
    assert {name for name in names() if chroma(on_a_grey_photo(name, finder)).max() > 3} == set()


@each_template
def test_a_colour_photo_shows_the_colour_of_the_fabric(name: str, face: FaceCrop) -> None:
    template = packaged(name)
    means = {}
    for colour in ("#c03030", "#3030c0"):
        worn = with_mask(face, template, params_for(template, colour=colour, pattern=None))
        means[colour] = worn.photo[worn.binary_map == 255].mean(axis=0)
    assert means["#c03030"][0] > means["#3030c0"][0] + 15 and means["#c03030"][2] < means["#3030c0"][2] - 15


def test_a_mask_in_a_dark_photo_is_darker(finder: FaceFinder) -> None:
    template = packaged(names()[0])
    params = params_for(template, colour="#c0c0c0")
    means = []
    for look in ("night", "overcast", "studio"):
        worn = with_mask(face_crop(finder, shot(look)), template, params)
        means.append(worn.photo[worn.binary_map == 255].mean())
    assert means[0] < means[1] - 20 and means[1] < means[2] - 5


@each_template
def test_the_mirrored_face_wears_the_mirrored_map(name: str, face: FaceCrop) -> None:
    template = packaged(name)
    flipped = FaceCrop(np.ascontiguousarray(face.clean[:, ::-1]), mirrored(face.landmarks).astype(np.float32))
    here, there = (with_mask(photo, template, params_for(template, **SYMMETRIC)) for photo in (face, flipped))
    differs = here.binary_map[:, ::-1] != there.binary_map
    assert differs.sum() < 0.03 * (here.binary_map > 0).sum()
    assert there.pose.yaw == pytest.approx(-here.pose.yaw, abs=0.05)


@pytest.mark.parametrize("size", [64, 96, 512])
def test_a_mask_is_the_same_at_every_size(size: int) -> None:
    template = packaged(names()[0])
    params = params_for(template, **SYMMETRIC)
    usual = with_mask(canonical(10.0), template, params).fit
    other = with_mask(canonical(10.0, size=size), template, params).fit
    assert other.coverage == pytest.approx(usual.coverage, abs=0.03)


def test_a_mask_that_covers_an_eye_is_refused() -> None:
    template = packaged(names()[0])
    with pytest.raises(Skipped) as skipped:
        with_mask(canonical(), template, params_for(template, height=-30.0))
    assert skipped.value.reason == "mask_covers_eye"


def test_a_mask_on_a_face_that_leaves_the_picture_is_cut_off() -> None:
    whole = canonical()
    cut = FaceCrop(whole.clean[:190].copy(), whole.landmarks)
    template = packaged(names()[0])
    params = params_for(template, **SYMMETRIC)
    kept = with_mask(whole, template, params).binary_map[:190]
    assert (with_mask(cut, template, params).binary_map != kept).mean() < 0.003


def test_grain_has_no_mean_and_unit_strength_and_moves_with_its_offset() -> None:
    tile = grain_tile((256, 256), 12345)
    assert abs(tile.mean()) < 0.05 and tile.std() == pytest.approx(1, abs=0.05)
    np.testing.assert_array_equal(grain_tile((256, 256), 12345), tile)
    np.testing.assert_array_equal(grain_tile((256, 255), 12346), tile[:, 1:])


def test_grain_fills_pictures_larger_than_its_field() -> None:
    tile = grain_tile((30, 2500), 1_000_000)
    assert tile.shape == (30, 2500) and tile[:, 2000:].std() > 0.9
