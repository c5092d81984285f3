"""unmask.metrics.bootstrap: the intervals hold what they promise, as often as they promise it."""

import numpy as np
import pytest

from unmask.metrics import bootstrap
from unmask.metrics.bootstrap import Interval, difference_interval, mean_interval

RNG_SEEDS = range(400)


def test_95_of_100_intervals_hold_the_true_mean() -> None:
    hits = 0
    for seed in RNG_SEEDS:
        interval = mean_interval(np.random.default_rng(seed).gamma(2.0, size=60), seed, resamples=400)
        hits += interval.low <= 2.0 <= interval.high
    assert 0.90 < hits / len(RNG_SEEDS) < 0.975  # 60 values of a skewed kind: a little below 0.95


def test_an_interval_is_as_wide_as_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(5, 2, 900)
    interval = mean_interval(values, seed=0, resamples=4000)
    error = values.std() / 30
    assert (interval.mean, interval.count) == (values.mean(), 900)
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)
    narrow = mean_interval(values, seed=0, resamples=4000, level=0.5)
    assert narrow.high - narrow.low == pytest.approx(2 * 0.674 * error, rel=0.1)


def test_pairs_are_drawn_as_pairs() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(0, 10, 300)
    b = a + rng.normal(0.5, 1, 300)
    paired = difference_interval(a, b, seed=0)
    assert 0 < paired.low < paired.mean < paired.high < 1
    apart = mean_interval(a, seed=0)
    assert paired.high - paired.low < 0.2 * (apart.high - apart.low)


def test_the_seed_decides_and_the_blocks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=50)
    whole = mean_interval(values, seed=1)
    assert whole == mean_interval(values, seed=1) != mean_interval(values, seed=2)
    monkeypatch.setattr(bootstrap, "_BLOCK", 170)
    assert mean_interval(values, seed=1) == whole


def test_one_value_has_no_width() -> None:
    assert mean_interval([0.25], seed=0) == Interval(0.25, 0.25, 0.25, 1)


def test_what_cannot_be_resampled_is_refused() -> None:
    with pytest.raises(ValueError, match="0 values"):
        mean_interval([], seed=0)
    with pytest.raises(ValueError, match="3 values, 1 of them not finite"):
        mean_interval([1, np.nan, 2], seed=0)
    with pytest.raises(ValueError, match="pairs"):
        difference_interval([1, 2], [1], seed=0)
