"""Confidence intervals of means by the percentile bootstrap (Efron 1979)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES, LEVEL = 1000, 0.95
_BLOCK = 1 << 20
"""Draws held in memory at a time."""


@dataclass(frozen=True)
class Interval:
    """A mean, the ends of its confidence interval, and how many values it is of."""

    mean: float
    low: float
    high: float
    count: int


def mean_interval(values: ArrayLike, seed: int, resamples: int = RESAMPLES, level: float = LEVEL) -> Interval:
    """The mean of values and its interval: the percentiles of the means of `resamples` samples with replacement.

    Args:
      values: [N], finite, N at least 1.
      seed: the same seed and values give the same interval.
      resamples: samples drawn.
      level: share of the means that the interval spans, its middle.

    Raises:
      ValueError: there are no values, or not all of them are finite.
    """
    sample = np.asarray(values, np.float64)
    if not sample.size or not np.isfinite(sample).all():
        raise ValueError(f"{sample.size} values, {np.count_nonzero(~np.isfinite(sample))} of them not finite")
    means = _resampled_means(sample, seed, resamples)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sample.mean()), float(low), float(high), sample.size)


def difference_interval(
    a: ArrayLike, b: ArrayLike, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> Interval:
    """The mean of b - a over pairs, and its interval; pairs are drawn as pairs.

    Args:
      a, b: [N], the same images in the same order.

    Raises:
      ValueError: the two differ in length, or as in mean_interval.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape:
        raise ValueError(f"pairs are wanted, not {first.shape} and {second.shape} values")
    return mean_interval(second - first, seed, resamples, level)


def _resampled_means(values: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    rows = max(_BLOCK // values.size, 1)
    blocks = (min(rows, resamples - start) for start in range(0, resamples, rows))
    return np.concatenate([values[rng.integers(values.size, size=(n, values.size))].mean(axis=1) for n in blocks])
