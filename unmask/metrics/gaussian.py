"""A Gaussian fitted to features as they come, and the Frechet distance of two."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svdvals
from scipy.linalg.lapack import dpstrf


class Gaussian:
    """Mean and covariance of features that come in batches. Memory does not grow with their number.

    Attributes:
      count: features so far.
      mean: float64 [D].
    """

    def __init__(self, dim: int):
        self.count = 0
        self.mean = np.zeros(dim)
        self._scatter = np.zeros((dim, dim))
        self._factor: NDArray[np.float64] | None = None

    def add(self, features: NDArray[np.floating], counts: NDArray[np.integer] | None = None) -> None:
        """Takes in features [B, D] (Chan et al. 1979: the scatter of two parts, and of their means).

        Args:
          features: float [B, D].
          counts: int [B], how often each of them is there; None for once.
        """
        batch = np.asarray(features, np.float64)
        number = len(batch) if counts is None else int(counts.sum())
        if not number:
            return
        mean = np.average(batch, axis=0, weights=counts)
        centred, step = batch - mean, mean - self.mean
        weighted = centred if counts is None else centred * counts[:, None]
        total = self.count + number
        self._scatter += weighted.T @ centred + np.outer(step, step) * (self.count * number / total)
        self.mean = self.mean + step * (number / total)
        self.count, self._factor = total, None

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The unbiased covariance, float64 [D, D]. ValueError below two features."""
        if self.count < 2:
            raise ValueError(f"a covariance needs two features, not {self.count}")
        return self._scatter / (self.count - 1)

    @property
    def factor(self) -> NDArray[np.float64]:
        """float64 [D, R] with factor factor^T = covariance, R its rank; computed once. ValueError below two features.

        It is Cholesky's with pivots, which ends where the rank does.
        """
        if self._factor is None:
            factor, pivots, rank, _ = dpstrf(self.covariance, lower=1)
            self._factor = np.empty((len(factor), rank))
            self._factor[pivots - 1] = np.tril(factor)[:, :rank]
        return self._factor


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """|mean_a - mean_b|^2 + trace(A + B - 2 (A B)^(1/2)), A and B the covariances (Dowson and Landau 1982).

    On Inception's features it is FID (Heusel et al. 2017). The fewer the features, the larger it comes out: compare
    sets of one size. The trace of (A B)^(1/2) is the sum of the singular values of f^T g, where A = f f^T and
    B = g g^T; so it is exact with fewer features than dimensions too, where A B has no inverse.
    """
    step = a.mean - b.mean
    common = svdvals(a.factor.T @ b.factor)
    return float(step @ step + np.trace(a.covariance) + np.trace(b.covariance) - 2 * common.sum())
