"""unmask.metrics.frechet: how sure a difference of two Frechet distances is."""

import numpy as np
import pytest

from unmask.metrics.frechet import difference_interval
from unmask.metrics.gaussian import Gaussian, frechet_distance


def fitted(features: np.ndarray) -> Gaussian:
    gaussian = Gaussian(features.shape[1])
    gaussian.add(features)
    return gaussian


def features(seed: int, shift: float = 0.0, count: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, size=(count, 6))


def test_it_is_the_difference_of_the_two_distances_and_turns_with_them() -> None:
    clean = features(0)
    a, b = clean + 0.1 * features(1), clean + 0.1 * features(2) + 0.2
    there, back = difference_interval(a, b, clean, 3, 200), difference_interval(b, a, clean, 3, 200)
    expected = frechet_distance(fitted(b), fitted(clean)) - frechet_distance(fitted(a), fitted(clean))
    assert there.mean == pytest.approx(expected) and there.count == 200
    assert 0 < there.low < there.mean < there.high
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low))


def test_the_same_features_do_not_differ_and_the_seed_decides() -> None:
    clean, a, b = features(0), features(1), features(2)
    same = difference_interval(a, a, clean, 0, 50)
    assert same.mean == same.low == same.high == 0
    assert difference_interval(a, b, clean, 0, 50) == difference_interval(a, b, clean, 0, 50)
    assert difference_interval(a, b, clean, 0, 50) != difference_interval(a, b, clean, 1, 50)


def test_the_interval_holds_a_difference_of_nothing_as_often_as_it_says() -> None:
    """Two methods that are equally good: in nine samples of ten or so the interval of 90 % holds 0."""
    held = 0
    for seed in range(60):
        clean = features(3 * seed, count=100)
        a, b = (clean + 0.5 * features(3 * seed + number, count=100) for number in (1, 2))
        it = difference_interval(a, b, clean, 0, 100, level=0.9)
        held += it.low <= 0 <= it.high
    assert 0.75 <= held / 60 <= 1


def test_other_photos_are_an_error() -> None:
    with pytest.raises(ValueError, match="the same photos"):
        difference_interval(features(0), features(1)[:9], features(2), 0)
