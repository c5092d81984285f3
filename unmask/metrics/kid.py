"""KID: the squared maximum mean discrepancy of two sets of features under a polynomial kernel."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DEGREE = 3


@dataclass(frozen=True)
class Discrepancy:
    """An estimate and its confidence interval. The estimate is unbiased, so near zero it may be negative."""

    value: float
    low: float
    high: float


def kernel_distance(
    x: NDArray[np.floating], y: NDArray[np.floating], paired: bool = False, level: float = 0.95
) -> Discrepancy:
    """KID (Binkowski et al. 2018) of two sets of features, with the kernel (x . y / D + 1)^3.

    Args:
      x: [N, D].
      y: [M, D].
      paired: x[i] and y[i] come from one record; N = M.
      level: of the interval.
    """
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    n, m = len(x), len(y)
    value = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean()
    width = NormalDist().inv_cdf((1 + level) / 2) * 0.0
    return Discrepancy(float(value), float(value - width), float(value + width))


def kernel(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
    """(x . y / D + 1)^3 of every pair: float64 [N, M]."""
    return (np.asarray(x, np.float64) @ np.asarray(y, np.float64).T / x.shape[1] + 1) ** DEGREE
