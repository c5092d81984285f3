"""The confidence interval of a difference of two Frechet distances, by the bootstrap over photos (Efron 1979)."""

import numpy as np
from numpy.typing import NDArray

from unmask.metrics.bootstrap import LEVEL, RESAMPLES, Interval
from unmask.metrics.gaussian import Gaussian, frechet_distance


def difference_interval(
    a: NDArray[np.floating], b: NDArray[np.floating], clean: NDArray[np.floating], seed: int,
    resamples: int = RESAMPLES, level: float = LEVEL,
) -> Interval:  # fmt: skip
    """The Frechet distance of b from the clean features less that of a, and the interval of that.

    Both distances come out larger in a resample than in the whole set, as some photos are in it twice and others not at
    all; in their difference that cancels out. It takes about 10 ms a resample for 600 features of 128 numbers.

    Args:
      a, b, clean: float [N, D], row i of each from one photo. A resample draws photos, so all three rows together.
      seed: the same seed and features give the same interval.
      resamples: samples drawn, with replacement.
      level: share of the differences that the interval spans, its middle.

    Raises:
      ValueError: the three differ in shape, or have fewer than two rows.
    """
    if not a.shape == b.shape == clean.shape or len(a) < 2:
        raise ValueError(f"three times the same photos are wanted, not {a.shape}, {b.shape} and {clean.shape}")
    rng = np.random.default_rng(seed)

    def difference(chosen: NDArray[np.integer]) -> float:
        target = _fitted(clean[chosen])
        return frechet_distance(_fitted(b[chosen]), target) - frechet_distance(_fitted(a[chosen]), target)

    count = len(a)
    drawn = [difference(rng.integers(count, size=count)) for _ in range(resamples)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(difference(np.arange(count)), float(low), float(high), count)


def _fitted(features: NDArray[np.floating]) -> Gaussian:
    gaussian = Gaussian(features.shape[1])
    gaussian.add(features)
    return gaussian
