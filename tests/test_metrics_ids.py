"""unmask.metrics.ids: against the definition read aloud, and where the answer is known."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from unmask.metrics.ids import Discriminability, discriminability


def test_scores_follow_from_the_definition() -> None:
    rng = np.random.default_rng(0)
    clean = rng.normal(size=(120, 4))
    restored = clean + rng.normal(0.4, 1, (120, 4))
    machine = LinearSVC(dual=False)
    machine.fit(np.vstack([clean, restored]), [1] * 120 + [0] * 120)

    def looks_real(feature: np.ndarray) -> float:
        return float(feature @ machine.coef_[0] + machine.intercept_[0])

    fooled = [looks_real(fake) > looks_real(real) for fake, real in zip(restored, clean, strict=True)]
    wrong = [looks_real(real) < 0 for real in clean] + [looks_real(fake) > 0 for fake in restored]
    found = discriminability(restored, clean)
    assert 0 < found.p_ids < 0.5 and 0 < found.u_ids < 0.5
    assert (found.p_ids, found.u_ids) == (pytest.approx(np.mean(fooled)), pytest.approx(np.mean(wrong)))


def test_pictures_from_the_same_distribution_are_told_apart_by_chance() -> None:
    restored, clean = np.random.default_rng(0).normal(size=(2, 4000, 3))
    found = discriminability(restored, clean)
    assert found.p_ids == pytest.approx(0.5, abs=0.03) and found.u_ids == pytest.approx(0.5, abs=0.03)


def test_what_a_plane_separates_fools_nobody() -> None:
    features = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    assert discriminability(features + 5, features) == Discriminability(0, 0)


def test_with_fewer_pairs_than_dimensions_the_scale_of_the_features_decides() -> None:
    restored, clean = np.random.default_rng(0).normal(size=(2, 40, 200))
    assert discriminability(restored, clean) == Discriminability(0, 0)
    assert discriminability(restored / 1000, clean / 1000).u_ids > 0.05  # the machine's soft margin
