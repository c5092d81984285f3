"""KID: the squared maximum mean discrepancy of two sets of features under a polynomial kernel."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DEGREE = 3
LEAST = 3
"""Pairs below which there is no interval."""

_BLOCK = 512
"""Pairs whose features are held in memory at a time, twice."""


@dataclass(frozen=True)
class Discrepancy:
    """An estimate with the ends of its confidence interval. It is unbiased, so near zero it may well be negative."""

    value: float
    low: float
    high: float


def kernel_distance(restored: NDArray[np.floating], clean: NDArray[np.floating], level: float = 0.95) -> Discrepancy:
    """KID (Binkowski et al. 2018) of pairs: the unbiased MMD^2 under the kernel k(a, b) = (a . b / D + 1)^3.

    It is the U-statistic of Gretton et al. 2012, equation 4: with restored r and clean c, the mean over all i != j of
    k(r_i, r_j) + k(c_i, c_j) - k(r_i, c_j) - k(r_j, c_i). Programs for two sets that have nothing to do with each other
    count k(r_i, c_i) too. Here these two come from one photo, and counting them would make small sets look closer than
    they are, below zero in the end; in large sets the two agree. All pairs are used rather than the mean over subsets
    of 1,000, which has the same expectation and more noise.

    The interval is value +- z standard errors, by the jackknife that leaves out one photo at a time: a bootstrap would
    draw photos twice and compare pictures to themselves. The error is on average not too small (Efron and Stein 1981).

    Args:
      restored, clean: [N, D]; row i of both comes from one record. They may be memory maps: they are read in blocks.
      level: the interval's.

    Raises:
      ValueError: the shapes differ, or there are fewer than three pairs.
    """
    count = len(clean)
    if restored.shape != clean.shape or count < LEAST:
        raise ValueError(f"at least {LEAST} pairs are needed, not features of shape {restored.shape} and {clean.shape}")
    blocks = [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]
    sums = np.concatenate([sum(_terms(restored, clean, a, b).sum(axis=1) for b in blocks) for a in blocks])
    total = sums.sum()
    value = total / (count * (count - 1))
    without = (total - 2 * sums) / ((count - 1) * (count - 2))
    error = np.sqrt((count - 1) * np.var(without))
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Discrepancy(float(value), float(value - reach), float(value + reach))


def kernel(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """(a . b / D + 1)^3 of features [N, D] and [M, D]: float64 [N, M]."""
    return (np.asarray(a, np.float64) @ np.asarray(b, np.float64).T / a.shape[1] + 1) ** DEGREE


def _terms(restored: NDArray[np.floating], clean: NDArray[np.floating], a: slice, b: slice) -> NDArray[np.float64]:
    """The four kernels together of the pairs in block `a` with those in block `b`; 0 for a pair with itself."""
    terms = kernel(restored[a], restored[b]) + kernel(clean[a], clean[b])
    terms -= kernel(restored[a], clean[b]) + kernel(clean[a], restored[b])
    if a == b:
        np.fill_diagonal(terms, 0)
    return terms
