"""maskify.composite: what is pasted, what stays bit for bit, and where the shadow falls."""

import numpy as np
import pytest

from maskify.composite import contact_shadow, paste, smooth_edge, soften, trim
from maskify.light import SRGB_TO_LINEAR, Optics

SIDE = 48
OVERHEAD = np.zeros(3)
NO_SHADOW = np.ones((SIDE, SIDE), np.float32)
NO_GRAIN = np.zeros((SIDE, SIDE), np.float32)


def noise_photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def garment_of(colour: tuple[float, float, float], alpha: np.ndarray) -> np.ndarray:
    """Linear, premultiplied: float32 [H, W, 4]."""
    return np.dstack([np.multiply.outer(alpha, colour), alpha]).astype(np.float32)


def square(low: int = 16, high: int = 32) -> np.ndarray:
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[low:high, low:high] = 1
    return alpha


def shadow_of(alpha: np.ndarray, strength: float = 0.6, direction: np.ndarray = OVERHEAD) -> np.ndarray:
    return contact_shadow(alpha, 40.0, strength, direction)


def test_alpha_zero_keeps_the_face_bit_for_bit() -> None:
    clean = noise_photo()
    grain = np.full((SIDE, SIDE), 9, np.float32)
    np.testing.assert_array_equal(paste(clean, garment_of((0, 0, 0), 0 * square()), NO_SHADOW, grain), clean)


def test_alpha_one_shows_the_garment_alone() -> None:
    shown = tuple(float(SRGB_TO_LINEAR[value]) for value in (200, 30, 128))
    out = paste(noise_photo(), garment_of(shown, square(0, SIDE)), 0.5 * NO_SHADOW, NO_GRAIN)
    assert np.abs(out.astype(int) - (200, 30, 128)).max() <= 1


def test_half_alpha_mixes_light_and_not_grey_levels() -> None:
    white = garment_of((1, 1, 1), 0.5 * square(0, SIDE))
    out = paste(np.zeros((SIDE, SIDE, 3), np.uint8), white, NO_SHADOW, NO_GRAIN)
    assert (np.abs(out.astype(int) - 188) <= 1).all()  # half the light of white, not grey level 128


def test_shadow_takes_its_share_of_the_light() -> None:
    clean = np.full((SIDE, SIDE, 3), 188, np.uint8)
    out = paste(clean, garment_of((0, 0, 0), 0 * square()), 0.5 * NO_SHADOW, NO_GRAIN)
    wanted = SRGB_TO_LINEAR[188] / 2
    assert np.abs(SRGB_TO_LINEAR[out] - wanted).max() < 0.004


def test_grain_falls_on_the_garment_and_not_on_the_face() -> None:
    clean = noise_photo()
    grain = np.full((SIDE, SIDE), 10, np.float32)
    garment = garment_of((0.2, 0.2, 0.2), square())
    with_grain, without = paste(clean, garment, NO_SHADOW, grain), paste(clean, garment, NO_SHADOW, NO_GRAIN)
    difference = with_grain.astype(int) - without
    assert (np.abs(difference[square() == 1] - 10) <= 1).all() and (difference[square() == 0] == 0).all()


@pytest.mark.parametrize("grain", [-300.0, 300.0])
def test_grey_levels_are_clipped_and_never_wrap_around(grain: float) -> None:
    garment = garment_of((5.0, 0.0, 0.5), square(0, SIDE))
    out = paste(noise_photo(), garment, NO_SHADOW, np.full((SIDE, SIDE), grain, np.float32))
    assert (out == (0 if grain < 0 else 255)).all()


def test_the_clean_photo_is_left_alone() -> None:
    clean = noise_photo()
    before = clean.copy()
    paste(clean, garment_of((0.5, 0.5, 0.5), square()), shadow_of(square()), NO_GRAIN)
    np.testing.assert_array_equal(clean, before)


def test_a_smooth_edge_has_no_stairs_and_stays_within_what_is_covered() -> None:
    y, x = np.mgrid[0:64, 0:64]
    covered = (x > 20 + 0.3 * y).astype(np.float32)
    smooth = smooth_edge(covered)
    distance = (x - 20 - 0.3 * y) / np.hypot(1, 0.3)
    assert (smooth[distance > 2.5] > 0.99).all() and (smooth[distance < -0.5] < 0.01).all()
    edge = (distance > 0.2) & (distance < 1)
    assert (np.abs(np.diff(smooth, axis=0)).max() < 0.6 < np.abs(np.diff(covered, axis=0)).max()) and smooth[
        edge
    ].min() > 0
    np.testing.assert_array_equal(smooth_edge(np.ones((9, 9), np.float32)), 1)


def test_softening_keeps_the_premultiplied_colour() -> None:
    colour = (0.8, 0.3, 0.1)
    soft = soften(garment_of(colour, square()), Optics(blur=1.5, noise=0.0))
    np.testing.assert_allclose(soft[..., :3], np.multiply.outer(soft[..., 3], colour), atol=1e-5)
    assert soft[..., 3].sum() == pytest.approx(square().sum(), rel=1e-3)
    assert 0.05 < soft[15, 24, 3] < 0.5


def test_a_blurred_photo_gets_a_softer_mask() -> None:
    rising = [
        np.count_nonzero(
            (soft := soften(garment_of((1, 1, 1), square()), Optics(blur, 0.0))[24, :, 3]) * (1 - soft) > 0.02
        )
        for blur in (0.3, 1.0, 2.0)
    ]
    assert rising[0] < rising[1] < rising[2]


def test_trimming_cuts_the_faint_tail_and_nothing_else() -> None:
    alpha = np.linspace(0, 1, 101, dtype=np.float32)[None]
    out = trim(garment_of((0.8, 0.3, 0.1), alpha))
    assert out[0, 0, 3] == 0 and out[0, 1, 3] == 0 and out[0, 100, 3] == 1
    assert (np.diff(out[0, :, 3]) > -1e-6).all() and np.abs(out[..., 3] - alpha).max() < 0.1
    np.testing.assert_allclose(out[..., :3], np.multiply.outer(out[..., 3], (0.8, 0.3, 0.1)), atol=1e-5)


def test_no_strength_is_no_shadow_at_all() -> None:
    np.testing.assert_array_equal(shadow_of(square(), strength=0.0), NO_SHADOW)


def test_the_shadow_lies_at_the_edge_of_the_mask_and_ends() -> None:
    shadow = shadow_of(square())
    assert shadow.min() >= 0.4 - 1e-6 and shadow.max() == 1
    assert shadow[33, 24] < 0.97 and (shadow[:4] == 1).all() and (shadow[:, -4:] == 1).all()


def test_a_stronger_shadow_is_darker() -> None:
    weak, strong = shadow_of(square(), 0.3), shadow_of(square(), 0.9)
    assert (strong <= weak).all() and strong.sum() < weak.sum()


def test_the_shadow_falls_away_from_the_light() -> None:
    from_left = shadow_of(square(), direction=np.array([-0.8, 0.3, 0.0]))
    assert from_left[24, 33:].sum() < from_left[24, :15].sum() - 0.3


def test_overhead_light_casts_the_shadow_down() -> None:
    shadow = shadow_of(square())
    assert shadow[33:, 24].sum() < shadow[:15, 24].sum()
    assert shadow[24, 33:].sum() == pytest.approx(shadow[24, 14::-1].sum(), abs=0.2)
