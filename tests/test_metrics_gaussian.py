"""unmask.metrics.gaussian: statistics that come in batches, and Frechet distances that are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from unmask.metrics.gaussian import Gaussian, frechet_distance

Floats = NDArray[np.float64]
RNG = np.random.default_rng(0)


def fitted(features: Floats, batch: int = 64) -> Gaussian:
    gaussian = Gaussian(features.shape[1])
    for start in range(0, len(features), batch):
        gaussian.add(features[start : start + batch])
    return gaussian


def exactly(mean: Floats, covariance: Floats) -> Gaussian:
    """A Gaussian fitted to features of exactly this mean and covariance."""
    raw = np.random.default_rng(1).normal(size=(4 * len(mean), len(mean)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return fitted(white @ np.linalg.cholesky(covariance).T + mean)


@pytest.mark.parametrize("batch", [1, 7, 100, 1000])
def test_batches_give_the_statistics_of_the_whole(batch: int) -> None:
    features = RNG.normal(3000, 1, (200, 9)) @ RNG.normal(size=(9, 9))
    gaussian = fitted(features, batch)
    assert gaussian.count == 200
    np.testing.assert_allclose(gaussian.mean, features.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(gaussian.covariance, np.cov(features, rowvar=False), rtol=1e-6, atol=1e-9)


def test_float32_features_are_summed_in_float64() -> None:
    features = (1000 + RNG.random((500, 3))).astype(np.float32)
    np.testing.assert_allclose(fitted(features).covariance, np.cov(features.astype(np.float64).T), rtol=1e-9)


@pytest.mark.parametrize("count", [2, 40, 300])
def test_a_set_is_at_no_distance_from_itself(count: int) -> None:
    features = 20 * RNG.normal(size=(count, 128)) @ RNG.normal(size=(128, 128))
    assert abs(frechet_distance(fitted(features), fitted(features[::-1]))) < 1e-3 * np.square(features).mean() / 1e4
    assert abs(frechet_distance(fitted(features), fitted(features))) < 1e-3


def test_a_shift_counts_by_its_square() -> None:
    features = RNG.normal(size=(50, 20))
    assert frechet_distance(fitted(features), fitted(features + 3)) == pytest.approx(20 * 9)


def test_independent_dimensions_add_up() -> None:
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 0.25])
    one, other = exactly(np.zeros(3), np.diag(a)), exactly(np.array([1.0, 0, 2]), np.diag(b))
    assert frechet_distance(one, other) == pytest.approx(5 + np.sum((np.sqrt(a) - np.sqrt(b)) ** 2))


def test_two_gaussians_in_the_plane_have_the_known_distance() -> None:
    a, b = np.array([[2.0, 0.6], [0.6, 1.0]]), np.array([[1.0, -0.7], [-0.7, 3.0]])
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))  # the trace of a 2 x 2 matrix's square root
    found = frechet_distance(exactly(np.zeros(2), a), exactly(np.ones(2), b))
    assert found == pytest.approx(2 + np.trace(a + b) - 2 * root)


def test_correlated_gaussians_have_the_distance_of_the_matrix_root() -> None:
    a, b = (np.cov(RNG.normal(size=(60, 30)) @ RNG.normal(size=(30, 30)), rowvar=False) for _ in range(2))
    expected = np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert frechet_distance(exactly(np.zeros(30), a), exactly(np.zeros(30), b)) == pytest.approx(expected)


def test_fewer_features_than_dimensions_lie_in_their_own_plane() -> None:
    a, b = 3 * RNG.normal(size=(12, 5)), RNG.normal(size=(15, 5)) + 1
    turn, _ = np.linalg.qr(RNG.normal(size=(200, 200)))
    there = [fitted(np.pad(features, [(0, 0), (0, 195)]) @ turn) for features in (a, b)]
    assert frechet_distance(*there) == pytest.approx(frechet_distance(fitted(a), fitted(b)))


def test_features_without_spread_are_points() -> None:
    assert frechet_distance(fitted(np.ones((4, 6))), fitted(np.zeros((3, 6)))) == pytest.approx(6)


def test_one_feature_has_no_covariance() -> None:
    with pytest.raises(ValueError, match="not 1"):
        _ = fitted(np.ones((1, 3))).covariance
