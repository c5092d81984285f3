"""maskify.light: the tables of sRGB, and what is read off a photo: its light, its colours, its blur and its noise."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from faces import FaceCrop, face_crop, mirrored, shot

from maskify.landmarks import FaceFinder
from maskify.light import LINEAR_TO_SRGB, LUMINANCE, SRGB_TO_LINEAR, Light, Optics, estimate_light, estimate_optics
from maskify.pose import estimate_camera


def light_of(face: FaceCrop) -> Light:
    return estimate_light(face.clean, face.landmarks, estimate_camera(face.landmarks))


def relit(face: FaceCrop, gain: np.ndarray | float) -> FaceCrop:
    """The photo with this factor, [S, S], on its linear light."""
    linear = SRGB_TO_LINEAR[face.clean] * np.broadcast_to(gain, face.clean.shape[:2])[..., None]
    steps = len(LINEAR_TO_SRGB) - 1
    grey = LINEAR_TO_SRGB[np.rint(np.clip(linear, 0, 1) * steps).astype(int)] / LINEAR_TO_SRGB[-1] * 255
    return replace(face, clean=np.rint(grey).astype(np.uint8))


def grey_photo(values: np.ndarray) -> np.ndarray:
    return np.repeat(np.clip(np.rint(values), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def edges(blur: float) -> np.ndarray:
    """A patchwork with sharp edges, seen through a point spread of this standard deviation."""
    patches = np.random.default_rng(0).integers(30, 220, (16, 16)).astype(np.float32)
    large = cv2.resize(patches, (256, 256), interpolation=cv2.INTER_NEAREST)
    return grey_photo(cv2.GaussianBlur(large, (0, 0), blur))


def test_the_two_tables_of_srgb_are_inverses() -> None:
    steps = len(LINEAR_TO_SRGB) - 1
    back = LINEAR_TO_SRGB[np.rint(SRGB_TO_LINEAR * steps).astype(int)] / LINEAR_TO_SRGB[-1] * 255
    np.testing.assert_array_equal(np.rint(back), np.arange(256))


def test_the_table_of_srgb_is_the_standard() -> None:
    """IEC 61966-2-1: its ends, its linear toe, and middle grey (188 reflects half the light of white)."""
    assert SRGB_TO_LINEAR[0] == 0 and SRGB_TO_LINEAR[255] == 1
    assert SRGB_TO_LINEAR[10] == pytest.approx(10 / 255 / 12.92, rel=1e-6)
    assert SRGB_TO_LINEAR[188] == pytest.approx(0.5029, abs=1e-4)
    assert (np.diff(SRGB_TO_LINEAR) > 0).all() and (np.diff(LINEAR_TO_SRGB) >= 0).all()


def test_white_has_a_luminance_of_one() -> None:
    assert LUMINANCE.sum() == pytest.approx(1)


def test_even_light_shades_all_sides_alike(face: FaceCrop) -> None:
    even = replace(light_of(face), ambient=1.0, direction=np.zeros(3))
    assert (even.shading(np.random.default_rng(0).normal(0, 1, (20, 3))) == 1).all()


def test_what_faces_the_light_is_brighter_and_nothing_is_black_or_dazzling(face: FaceCrop) -> None:
    light = replace(light_of(face), ambient=1.0, direction=np.array([3.0, 0.0, 0.0]))
    away, across, towards = light.shading(np.array([[-1.0, 0, 0], [0, 0, -1], [1, 0, 0]]))
    assert 0 < away < across < towards < 4


def test_a_brighter_photo_has_more_light(face: FaceCrop) -> None:
    levels = [light_of(relit(face, gain)).level for gain in (0.2, 0.5, 0.8, 1.0)]
    assert (np.diff(levels) > 0).all() and levels[1] == pytest.approx(levels[3] / 2, rel=0.2)


@pytest.mark.parametrize("brighter_side", [-1, 1])
def test_light_comes_from_the_brighter_side(face: FaceCrop, brighter_side: int) -> None:
    ramp = 1 + 0.5 * brighter_side * np.linspace(-1, 1, face.clean.shape[1])
    turned = light_of(relit(face, ramp[None])).direction[0] - light_of(face).direction[0]
    assert turned * brighter_side > 0.03


def test_a_mirrored_photo_has_the_mirrored_light(face: FaceCrop) -> None:
    flipped = FaceCrop(np.ascontiguousarray(face.clean[:, ::-1]), mirrored(face.landmarks).astype(np.float32))
    here, there = light_of(face), light_of(flipped)
    np.testing.assert_allclose(there.direction, here.direction * [-1, 1, 1], atol=0.02)
    assert there.level == pytest.approx(here.level, rel=0.02)
    assert abs(here.direction[0]) > 0.04


def test_only_a_black_and_white_photo_has_no_colours(finder: FaceFinder) -> None:
    assert light_of(face_crop(finder, shot("black and white"))).monochrome == 1
    assert light_of(face_crop(finder, shot("studio"))).monochrome == 0


def test_the_colour_of_the_light_is_that_of_the_photo_and_does_not_count_as_brightness(finder: FaceFinder) -> None:
    sun, overcast = (light_of(face_crop(finder, shot(look))).colour for look in ("evening sun", "overcast"))
    assert sun[0] / sun[2] > 1.15 * overcast[0] / overcast[2]
    assert sun @ LUMINANCE == pytest.approx(1) and overcast @ LUMINANCE == pytest.approx(1)


@pytest.mark.parametrize("value", [0, 255])
def test_a_face_in_a_black_or_white_picture_still_has_finite_light(face: FaceCrop, value: int) -> None:
    light = light_of(replace(face, clean=np.full_like(face.clean, value)))
    assert np.isfinite([light.level, light.ambient, *light.colour, *light.direction]).all() and light.level >= 0


def test_a_face_that_the_picture_cuts_off_has_the_light_of_what_is_left(face: FaceCrop) -> None:
    cut = light_of(FaceCrop(face.clean[:150].copy(), face.landmarks))
    assert (face.landmarks[:, 1] > 155).any()
    assert np.isfinite([cut.level, cut.ambient, *cut.colour, *cut.direction]).all() and cut.level > 0.1


@pytest.mark.parametrize("blur", [0.7, 1.0, 1.5, 2.0])
def test_blur_of_edges_is_measured(blur: float) -> None:
    assert estimate_optics(edges(blur)).blur == pytest.approx(blur, rel=0.25)


@pytest.mark.parametrize("noise", [1.0, 3.0, 8.0])
def test_noise_is_measured(noise: float) -> None:
    values = 128 + np.random.default_rng(1).normal(0, noise, (256, 256))
    assert estimate_optics(grey_photo(values)).noise == pytest.approx(noise, rel=0.2)


def test_a_flat_picture_has_no_noise_and_a_finite_blur() -> None:
    optics = estimate_optics(np.full((64, 64, 3), 90, np.uint8))
    assert isinstance(optics, Optics) and optics.noise == 0 and 0 < optics.blur < 10
