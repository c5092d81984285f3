"""unmask.metrics.frechet: the difference of two Frechet distances, and how sure it is."""

import numpy as np
import pytest

from unmask.metrics.frechet import centred_interval, distance_difference, resampled_differences
from unmask.metrics.gaussian import Gaussian, frechet_distance


def fitted(features: np.ndarray, counts: np.ndarray | None = None) -> Gaussian:
    gaussian = Gaussian(features.shape[1])
    gaussian.add(features, counts)
    return gaussian


def features(seed: int, count: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 6))


def test_counts_stand_for_features_that_come_more_than_once_or_not_at_all() -> None:
    some, counts = features(0, 20), np.random.default_rng(1).integers(0, 4, 20)
    repeated, counted = fitted(np.repeat(some, counts, axis=0)), fitted(some, counts)
    assert counted.count == repeated.count == counts.sum() and (counts == 0).any()
    np.testing.assert_allclose(counted.mean, repeated.mean)
    np.testing.assert_allclose(counted.covariance, repeated.covariance)


def test_it_is_the_difference_of_the_two_distances() -> None:
    clean = features(0)
    a, b = clean + 0.1 * features(1), clean + 0.1 * features(2) + 0.2
    expected = frechet_distance(fitted(b), fitted(clean)) - frechet_distance(fitted(a), fitted(clean))
    assert distance_difference(a, b, clean) == pytest.approx(expected)
    assert distance_difference(b, a, clean) == pytest.approx(-expected)
    drawn = list(resampled_differences(a, b, clean, 3, 200))
    assert min(drawn) > 0 and np.quantile(drawn, 0.1) < expected < np.quantile(drawn, 0.9)


def test_the_same_features_do_not_differ_and_the_seed_decides() -> None:
    clean, a, b = features(0), features(1), features(2)
    assert set(resampled_differences(a, a, clean, 0, 20)) == {0.0}
    one, again, other = (list(resampled_differences(a, b, clean, seed, 20)) for seed in (0, 0, 1))
    assert one == again != other


def test_a_sample_draws_photos_with_all_three_of_their_rows() -> None:
    clean, a, b = features(0, 30), features(1, 30), features(2, 30)
    chosen = np.random.default_rng(5).integers(30, size=30)
    (drawn,) = resampled_differences(a, b, clean, 5, 1)
    assert drawn == pytest.approx(distance_difference(a[chosen], b[chosen], clean[chosen]))


def interval_of(a: np.ndarray, b: np.ndarray, clean: np.ndarray, level: float = 0.9) -> tuple[float, float]:
    drawn = list(resampled_differences(a, b, clean, 0, 100))
    return centred_interval(distance_difference(a, b, clean), drawn, level)


def test_an_interval_holds_a_difference_of_nothing_about_as_often_as_it_says() -> None:
    """Two methods that are equally good: nine intervals of 90 % in ten hold 0, give or take."""
    held = 0
    for seed in range(60):
        clean = features(3 * seed, 100)
        a, b = (clean + 0.5 * features(3 * seed + number, 100) for number in (1, 2))
        low, high = interval_of(a, b, clean)
        held += low <= 0 <= high
    assert 0.75 <= held / 60 < 1


def test_an_interval_holds_its_own_value_also_where_one_method_scatters_more() -> None:
    clean = features(0)
    low, high = interval_of(clean, clean + 0.5 * features(1), clean)
    assert low < distance_difference(clean, clean + 0.5 * features(1), clean) < high


def test_four_times_the_photos_halve_the_interval() -> None:
    widths = []
    for count in (100, 400):
        clean = features(0, count)
        low, high = interval_of(clean + 0.5 * features(1, count), clean + 0.5 * features(2, count), clean)
        widths.append(high - low)
    assert 1.4 < widths[0] / widths[1] < 4  # more than by the square root: the distance's own bias falls too


def test_other_photos_are_an_error() -> None:
    with pytest.raises(ValueError, match="the same photos"):
        distance_difference(features(0), features(1, 9), features(2))
