"""A Gaussian fitted to features as they come, and the Frechet distance of two."""

import numpy as np
from numpy.typing import NDArray


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

    def add(self, features: NDArray[np.floating]) -> None:
        """Takes in features [B, D] (Chan et al. 1979: the scatter of two parts, and of their means)."""
        batch = np.asarray(features, np.float64)
        if not len(batch):
            return
        mean = batch.mean(axis=0)
        centred, step = batch - mean, mean - self.mean
        total = self.count + len(batch)
        self._scatter += centred.T @ centred + np.outer(step, step) * (self.count * len(batch) / total)
        self.mean = self.mean + step * (len(batch) / total)
        self.count = total

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The unbiased covariance, float64 [D, D]. ValueError below two features."""
        if self.count < 2:
            raise ValueError(f"a covariance needs two features, not {self.count}")
        return self._scatter / (self.count - 1)


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """|mean_a - mean_b|^2 + trace(A + B - 2 (A B)^(1/2)), A and B the covariances (Dowson and Landau 1982).

    The trace of (A B)^(1/2) is the sum of the singular values of a^T b, where A = a a^T and B = b b^T. That is exact
    also where there are fewer features than dimensions, and no root of a product is needed that need not be symmetric.
    """
    step = a.mean - b.mean
    overlap = np.linalg.svd(_factor(a.covariance).T @ _factor(b.covariance), compute_uv=False).sum()
    return float(step @ step + np.trace(a.covariance) + np.trace(b.covariance) - 2 * overlap)


def _factor(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """f [D, R] with f f^T = covariance, R its rank."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return vectors[:, kept] * np.sqrt(values[kept])
