"""KID: the squared maximum mean discrepancy of two sets of features under a polynomial kernel."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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
    """KID (Binkowski et al. 2018): the unbiased MMD^2 under the kernel k(a, b) = (a . b / D + 1)^3.

    With restored r and clean c it is the mean of k(r_i, r_j) and of k(c_i, c_j) over all i != j, less twice the mean of
    k(r_i, c_j) over all i and j. All pictures are used rather than the mean over subsets of 1,000, which has the same
    expectation and more noise.

    The interval is value +- z standard errors, by the jackknife that leaves out one photo at a time, restored and clean
    together: a bootstrap would draw photos twice and compare pictures to themselves. The error is on average not too
    small (Efron and Stein 1981).

    Args:
      restored, clean: [N, D]; row i of both comes from one record. They may be memory maps: they are read in blocks.
      level: the interval's.

    Raises:
      ValueError: the shapes differ, or there are fewer than three pairs.
    """
    count = len(clean)
    if restored.shape != clean.shape or count < LEAST:
        raise ValueError(f"at least {LEAST} pairs are needed, not features of shape {restored.shape} and {clean.shape}")
    within, across, own = _sums(restored, clean)
    value = within.sum() / (count * (count - 1)) - across.sum() / count**2
    without = (within.sum() - 2 * within) / ((count - 1) * (count - 2))
    without -= (across.sum() - 2 * across + 2 * own) / (count - 1) ** 2
    error = np.sqrt((count - 1) * np.var(without))
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Discrepancy(float(value), float(value - reach), float(value + reach))


def kernel(a: NDArray[np.floating], b: NDArray[np.floating]) -> Floats:
    """(a . b / D + 1)^3 of features [N, D] and [M, D]: float64 [N, M]."""
    return (np.asarray(a, np.float64) @ np.asarray(b, np.float64).T / a.shape[1] + 1) ** DEGREE


def _sums(restored: NDArray[np.floating], clean: NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
    """Sums of kernels of each of N pairs, float64 [N] each.

    Returns:
      Over the others of its own kind, restored and clean; over all of the other kind; and of the two of the pair.
    """
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(clean), _BLOCK)]
    within, across, own = np.zeros((3, len(clean)))
    for a in blocks:
        own[a] = np.diag(kernel(restored[a], clean[a]))
        for b in blocks:
            same = kernel(restored[a], restored[b]) + kernel(clean[a], clean[b])
            if a == b:
                np.fill_diagonal(same, 0)
            within[a] += same.sum(axis=1)
            across[a] += (kernel(restored[a], clean[b]) + kernel(clean[a], restored[b])).sum(axis=1)
    return within, across, own
