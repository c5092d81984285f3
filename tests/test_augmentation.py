"""unmask.augmentation: what is drawn, and what becomes of a photo by it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from unmask.augmentation import STILL, Batch, Draws, apply, draw

NOTHING = np.zeros((1, 8, 8, 1), np.float32)


def still_draws() -> Draws:
    return draw(np.random.default_rng(0), 1, 8, STILL)


def light_of(batch: Batch, drawn: Draws, name: str = "masked") -> Any:
    """A photo of the changed batch, in [0, 1]."""
    chosen = (drawn.affine, drawn.gain, drawn.contrast, drawn.gamma, drawn.slope, drawn.grey, drawn.blur)
    return (np.asarray(apply(batch, *chosen)[name]) + 1) / 2


def test_gamma_keeps_black_and_white_and_darkens_or_lightens_what_lies_between() -> None:
    grey = np.linspace(-1, 1, 64, dtype=np.float32).reshape(1, 8, 8, 1).repeat(3, axis=3)
    batch = {"masked": grey, "binary_map": NOTHING}
    drawn = still_draws()
    for gamma in (0.5, 2.0):
        still = replace(drawn, gamma=np.full((1, 1, 1, 1), gamma, np.float32))
        np.testing.assert_allclose(light_of(batch, still), ((grey + 1) / 2) ** gamma, atol=1e-5)


def test_draws_stay_within_what_was_asked_for() -> None:
    drawn = draw(
        np.random.default_rng(0),
        4000,
        64,
        replace(STILL, brightness=0.2, contrast=0.1, gamma=0.5, slope=0.3, grey=0.1, blur=0.25, jpeg=0.5),
    )
    assert 0.8 <= drawn.gain.min() < 0.81 and 1.19 < drawn.gain.max() <= 1.2
    assert drawn.contrast.min() >= 0.9 and drawn.contrast.max() <= 1.1
    assert np.exp(-0.5) <= drawn.gamma.min() < 0.61 and 1.64 < drawn.gamma.max() <= np.exp(0.5)
    assert np.abs(drawn.slope).max() <= 0.3 and drawn.slope.min() < -0.29 and drawn.slope.max() > 0.29
    assert set(np.unique(drawn.grey)) == {0.0, 1.0} and drawn.grey.mean() == pytest.approx(0.1, abs=0.02)
    assert (drawn.blur > 0).mean() == pytest.approx(0.25, abs=0.03)
    assert (drawn.jpeg < 100).mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(drawn.affine, np.tile([1, 0, 0, 0, 1, 0, 0, 0], (4000, 1)), atol=1e-6)


def test_zoom_shift_and_turn_are_drawn_to_their_ends() -> None:
    size, how = 64, replace(STILL, zoom=0.25, shift=0.1, turn=12.0)
    a, b, c, d, e, f, *_ = draw(np.random.default_rng(0), 4000, size, how).affine.T.astype(np.float64)
    scales, angles = 1 / np.hypot(a, d), np.degrees(np.arctan2(d, a))
    assert 0.75 <= scales.min() < 0.76 and 1.24 < scales.max() <= 1.25
    assert -12 <= angles.min() < -11.9 and 11.9 < angles.max() <= 12
    np.testing.assert_allclose([a, b], [e, -d], atol=1e-6)
    middle = (size - 1) / 2  # where the output's middle comes from
    for shifted in (a * middle + b * middle + c - middle, d * middle + e * middle + f - middle):
        assert -6.4 <= shifted.min() < -6.3 and 6.3 < shifted.max() <= 6.4


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ([2, 0, -31.5, 0, 2, -31.5, 0, 0], (36, 24)),  # half the size
        ([1, 0, -4, 0, 1, 8, 0, 0], (44.5, 8.5)),  # 4 to the right, 8 up
        ([0, 1, 0, -1, 0, 63, 0, 0], (46.5, 40.5)),  # a quarter of a turn
    ],
)  # fmt: skip
def test_a_dot_lands_where_the_draw_says(row: list[float], place: tuple[float, float]) -> None:
    photo = np.full((1, 64, 64, 3), -1, np.float32)
    photo[0, 16:18, 40:42] = 1
    drawn = replace(still_draws(), affine=np.array([row], np.float32))
    light = light_of({"masked": photo, "binary_map": np.zeros((1, 64, 64, 1), np.float32)}, drawn)[0, ..., 0]
    down, across = np.argwhere(light > 0.2).mean(axis=0)
    assert (across, down) == pytest.approx(place, abs=0.3)


def test_a_slope_lights_one_side_and_darkens_the_other_of_both_photos() -> None:
    photo = np.zeros((1, 8, 8, 3), np.float32)
    drawn = replace(still_draws(), slope=np.array([0.3, -0.1], np.float32).reshape(1, 1, 1, 2))
    for name in ("masked", "clean"):
        lit = light_of({"masked": photo, "clean": photo, "binary_map": NOTHING}, drawn, name)[0, ..., 0]
        np.testing.assert_allclose(lit[[0, 0, -1, -1], [0, -1, 0, -1]], [0.4, 0.7, 0.3, 0.6], atol=1e-5)
        np.testing.assert_allclose(lit.mean(), 0.5, atol=1e-5)


def test_a_photo_made_black_and_white_keeps_its_luma() -> None:
    photo = np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)).astype(np.float32)
    lit = light_of({"masked": photo, "binary_map": NOTHING}, replace(still_draws(), grey=np.ones((1, 1, 1, 1), "f4")))
    grey, gain = np.ones((1, 1, 1, 1), np.float32), np.array([1.1, 1, 0.8], np.float32).reshape(1, 1, 1, 3)
    lit_unevenly = light_of({"masked": photo, "binary_map": NOTHING}, replace(still_draws(), grey=grey, gain=gain))
    np.testing.assert_allclose(lit_unevenly, lit_unevenly[..., :1].repeat(3, axis=3), atol=1e-6)
    luma = ((photo + 1) / 2) @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(lit, luma[..., None].repeat(3, axis=3), atol=1e-5)
