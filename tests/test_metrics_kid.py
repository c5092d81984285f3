"""unmask.metrics.kid: against a double sum and against the true discrepancy of known distributions."""

from math import comb
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from unmask.metrics import kid
from unmask.metrics.kid import kernel_distance

Floats = NDArray[np.float64]


def pairs(count: int, seed: int) -> tuple[Floats, Floats]:
    """Restored and clean in one dimension, dependent: uniform over [0.2, 1.2] and over [0, 1]."""
    rng = np.random.default_rng(seed)
    clean = rng.random((count, 1))
    return (clean + 0.3 * rng.random((count, 1))) % 1 + 0.2, clean


def true_distance() -> float:
    """MMD^2 under (a b + 1)^3 is the sum over p of (3 over p) times the squared difference of the p-th moments."""
    return sum(comb(3, p) * ((1.2 ** (p + 1) - 0.2 ** (p + 1) - 1) / (p + 1)) ** 2 for p in (1, 2, 3))


def k(a: Floats, b: Floats) -> float:
    return (float(a @ b) / len(a) + 1) ** 3


def double_sum(r: Floats, c: Floats) -> float:
    """The definition, term by term."""
    count = range(len(r))
    same = [k(r[i], r[j]) + k(c[i], c[j]) for i in count for j in count if i != j]
    return float(np.mean(same) - 2 * np.mean([k(a, b) for a in r for b in c]))


@pytest.mark.parametrize("count", [3, 20])
def test_it_is_the_double_sum(count: int) -> None:
    rng = np.random.default_rng(count)
    r, c = rng.random((count, 7)), rng.random((count, 7))
    assert kernel_distance(r, c).value == pytest.approx(double_sum(r, c), abs=1e-12)


def test_its_interval_is_that_of_the_jackknife_done_by_hand() -> None:
    r, c = np.random.default_rng(0).random((2, 12, 5))
    without = [double_sum(np.delete(r, i, axis=0), np.delete(c, i, axis=0)) for i in range(12)]
    reach = 1.959964 * np.sqrt(11 / 12 * np.sum((np.array(without) - np.mean(without)) ** 2))
    found = kernel_distance(r, c)
    assert (found.high - found.value, found.value - found.low) == pytest.approx((reach, reach), rel=1e-6)


def test_it_is_unbiased_and_its_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = [kernel_distance(*pairs(150, seed)) for seed in range(600)]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(true_distance(), abs=3 * values.std() / np.sqrt(600))
    hits = np.mean([one.low <= true_distance() <= one.high for one in found])
    assert 0.92 < hits < 0.98


def test_the_interval_narrows_with_photos() -> None:
    few, many = (kernel_distance(*pairs(count, 0)) for count in (100, 1600))
    assert 0.15 < (many.high - many.low) / (few.high - few.low) < 0.4  # sqrt(100 / 1600) = 0.25
    wide, narrow = (kernel_distance(*pairs(100, 0), level=level) for level in (0.95, 0.6827))
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(1.96, abs=0.01)


def test_the_same_pictures_are_nearer_than_chance_would_have_it() -> None:
    features = np.random.default_rng(0).random((200, 6))
    assert -0.05 < kernel_distance(features, features).value < 0  # the estimate for equal distributions is about zero


def test_memory_maps_and_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(0).random((2, 50, 6)).astype(np.float32)
    np.save(tmp_path / "features.npy", features)
    whole = kernel_distance(*features)
    monkeypatch.setattr(kid, "_BLOCK", 7)
    assert vars(kernel_distance(*np.load(tmp_path / "features.npy", mmap_mode="r"))) == pytest.approx(vars(whole))


def test_what_has_no_pairs_is_refused() -> None:
    for restored, clean in ((np.ones((5, 2)), np.ones((4, 2))), (np.ones((2, 2)), np.ones((2, 2)))):
        with pytest.raises(ValueError, match="at least 3 pairs"):
            kernel_distance(restored, clean)
