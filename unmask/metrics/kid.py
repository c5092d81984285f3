"""KID: the squared maximum mean discrepancy of two sets of features under a polynomial kernel."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DEGREE = 3
LEAST = 3
"""Pairs below which there is no interval."""

_ROWS = 256
"""Of the matrix of kernels, held in memory at a time."""


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
      restored, clean: [N, D]; row i of both comes from one record. N may be large: memory grows with N, not N^2, and
        either may be a memory map.
      level: the interval's.

    Raises:
      ValueError: the shapes differ, or there are fewer than three pairs.
    """
    count = len(clean)
    if restored.shape != clean.shape or count < LEAST:
        raise ValueError(f"at least {LEAST} pairs are needed, not features of shape {restored.shape} and {clean.shape}")
    sums = np.concatenate([_sums(restored, clean, start) for start in range(0, count, _ROWS)])
    total = sums.sum()
    value = total / (count * (count - 1))
    without = (total - 2 * sums) / ((count - 1) * (count - 2))
    error = np.sqrt((count - 1) * np.var(without))
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Discrepancy(float(value), float(value - reach), float(value + reach))


def kernel(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """(a . b / D + 1)^3 of features [N, D] and [M, D]: float64 [N, M]."""
    return (np.asarray(a, np.float64) @ np.asarray(b, np.float64).T / a.shape[1] + 1) ** DEGREE


def _sums(restored: NDArray[np.floating], clean: NDArray[np.floating], start: int) -> NDArray[np.float64]:
    """For pairs from `start` on, float64 [_ROWS or fewer]: the four kernels' sum over every other pair."""
    rows = slice(start, start + _ROWS)
    r, c = restored[rows], clean[rows]
    terms = kernel(r, restored) + kernel(c, clean) - kernel(r, clean) - kernel(c, restored)
    terms[np.arange(len(r)), start + np.arange(len(r))] = 0
    return terms.sum(axis=1)
