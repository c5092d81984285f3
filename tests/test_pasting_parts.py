"""unmask.pasting: the map made fit, paint in the colours of its photo, and grain as it is measured and made."""

import cv2
import numpy as np
import pytest
from faces import FaceCrop
from frames import RNG, S, disc, flat

from unmask.compositing import blending_map
from unmask.pasting import colours, grain
from unmask.pasting.maps import share_of, soft_map, tidied


def test_the_map_keeps_the_mask_and_drops_specks_and_what_is_only_likely() -> None:
    mask, speck = disc(), disc(8, 8, 1.2)
    likely = 0.6 * disc(54, 12, 6)
    np.testing.assert_array_equal(tidied(mask + speck + likely), mask)


def test_likely_places_count_where_they_touch_sure_ones() -> None:
    found = np.maximum(disc(), 0.5 * disc(44, 40, 12))
    np.testing.assert_array_equal(tidied(found), found)


def test_small_holes_of_the_map_are_filled_and_large_ones_stay() -> None:
    mask = disc(radius=20)
    pierced = mask * (1 - disc(28, 40, 1.2))
    np.testing.assert_array_equal(tidied(pierced), mask)
    ring = mask * (1 - disc(radius=8))  # what an ear loop goes round is skin
    np.testing.assert_array_equal(tidied(ring), ring)


def test_nothing_found_is_an_empty_map() -> None:
    assert tidied(np.zeros((S, S), np.float32)).max() == 0 and share_of(disc()) == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("feather", [1, 2, 4])
def test_the_soft_map_is_that_of_the_training(feather: int) -> None:
    found = cv2.GaussianBlur(disc(y=32), (0, 0), 1.5)
    expected = np.asarray(blending_map(found[None, ..., None], feather))[0, ..., 0]
    np.testing.assert_allclose(soft_map(found, feather), expected, atol=1e-5)


def test_a_membrane_is_zero_where_nothing_is_known_and_never_leaves_the_range_of_what_is() -> None:
    values = RNG.uniform(-20, 30, (S, S, 3)).astype(np.float32)
    assert not colours.membrane(values, np.zeros((S, S), np.float32)).any()
    smooth = colours.membrane(values, disc())
    known = values[disc() > 0]
    assert smooth.min() >= known.min() - 1e-3 and smooth.max() <= known.max() + 1e-3
    np.testing.assert_allclose(colours.membrane(np.full_like(values, 7), disc()), 7, atol=1e-3)


def test_paint_of_another_shade_takes_the_shade_around_it() -> None:
    photo = flat(150, shape=(S, S))
    painted = np.full((S, S, 3), (140, 158, 150), np.uint8)
    matched = colours.matched(painted.astype(np.float32), photo, disc(), soft_map(disc(), 2))
    np.testing.assert_allclose(matched[disc() > 0], 150, atol=0.5)


def test_hair_and_a_rest_of_the_mask_at_the_edge_do_not_bleed_into_the_paint() -> None:
    photo = flat(150, shape=(S, S))
    photo[:, 40:] = 20  # hair beside the map
    painted = np.full((S, S, 3), 145, np.uint8)
    matched = colours.matched(painted.astype(np.float32), photo, disc(), soft_map(disc(), 2))
    assert np.abs(matched[disc() > 0] - 150).max() < 2


@pytest.mark.parametrize("tint", [(0, 0, 0), (24, 4, -20)])
def test_paint_takes_the_one_tone_of_a_grey_or_sepia_photo(tint: tuple[int, int, int]) -> None:
    grey = cv2.GaussianBlur(RNG.integers(40, 216, (S, S), dtype=np.uint8), (0, 0), 3)[..., None]
    photo = np.clip(grey.astype(int) + tint, 0, 255).astype(np.uint8)
    painted = np.clip(np.array([190, 130, 100]) + 3 * RNG.standard_normal((S, S, 3)), 0, 255).astype(np.uint8)
    found = colours.toned(painted, photo, soft_map(disc(), 2))
    luma = painted @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(
        found - found.mean(axis=2, keepdims=True), np.broadcast_to(tint - np.mean(tint), found.shape), atol=2
    )
    np.testing.assert_allclose(found @ np.array([0.299, 0.587, 0.114]), luma, atol=2)


def test_paint_keeps_its_colours_in_a_colour_photo(face: FaceCrop) -> None:
    painted = np.ascontiguousarray(face.clean[:, ::-1])
    np.testing.assert_array_equal(colours.toned(painted, face.clean, np.zeros((256, 256), np.float32)), painted)


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_the_power_of_white_noise_is_its_variance_at_every_frequency(sigma: float) -> None:
    windows = (128 + sigma * RNG.standard_normal((160, 32, 32, 3))).astype(np.float32)
    found = grain.power(windows).mean(axis=0)[2:]
    np.testing.assert_allclose(found, sigma**2, rtol=0.3)
    assert found.mean() == pytest.approx(sigma**2, rel=0.1)


def test_outlines_are_no_grain() -> None:
    stripes = np.where(np.arange(32) % 16 < 8, 90.0, 160.0)
    windows = np.broadcast_to(stripes[:, None, None], (4, 32, 32, 3)).astype(np.float32)
    assert np.sqrt(grain.power(windows)[:, 8:].mean()) < 0.1 * windows.std()


def test_a_tile_has_the_power_it_was_asked_for_and_no_seam() -> None:
    lacking = np.linspace(60, 5, len(grain.RINGS))[:, None] * [1.0, 0.3, 0.1]
    tile = grain.tile(lacking, seed=1)
    across = np.roll(tile, grain.TILE // 2, axis=(0, 1))  # the seam in the middle
    corners = [across[y : y + 32, x : x + 32] for y in range(0, 224, 16) for x in range(0, 224, 16)]
    found = grain.power(np.stack(corners)).mean(axis=0)
    np.testing.assert_allclose(found[2:-1], lacking[2:-1], rtol=0.35)
    seam = np.abs(np.diff(across[:, 127:129], axis=1)).mean()
    assert seam == pytest.approx(np.abs(np.diff(across, axis=1)).mean(), rel=0.2)
