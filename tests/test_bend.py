"""maskify.bend: the displacement field passes what the landmarks say, is smooth, and ends far from them."""

import numpy as np
import pytest

from maskify.bend import ANCHORS, anchor_noise, anchor_weights, influence
from maskify.pose import MIRROR, canonical_face, far_jaw

FACE = canonical_face()[ANCHORS]
MIRRORED_ANCHORS = np.array([list(ANCHORS).index(MIRROR[anchor]) for anchor in ANCHORS])


def field(points: np.ndarray, residual: np.ndarray, yaw: float = 0.0) -> np.ndarray:
    return influence(points) @ anchor_weights(residual, yaw)


def longer_chin() -> np.ndarray:
    """A smooth difference: the lower a landmark, the further down it lies than on the mean face; at most 6 mm."""
    down = 6 * np.clip(FACE[:, 1] / FACE[:, 1].max(), 0, 1) ** 2
    return np.column_stack([np.zeros(len(ANCHORS)), down])


def test_the_canonical_face_itself_is_not_bent() -> None:
    assert not anchor_weights(np.zeros((len(ANCHORS), 2)), 0.0).any()


def test_the_field_meets_the_landmarks_within_their_noise() -> None:
    wanted = longer_chin()
    assert np.abs(field(FACE, wanted) - wanted).max() < 1.0
    assert wanted.max() > 5


def test_the_field_is_linear_in_what_the_landmarks_say() -> None:
    one, other = np.random.default_rng(0).normal(0, 3, (2, len(ANCHORS), 2))
    both = field(FACE, 2 * one - other, 30.0)
    np.testing.assert_allclose(both, 2 * field(FACE, one, 30.0) - field(FACE, other, 30.0), atol=1e-9)


def test_the_field_smooths_the_noise_of_single_landmarks() -> None:
    residual = np.zeros((len(ANCHORS), 2))
    nose_tip = list(ANCHORS).index(30)
    residual[nose_tip] = 0, 5
    moved = field(FACE, residual)
    assert 0 < moved[nose_tip, 1] < 4
    assert np.abs(moved).max() == moved[nose_tip, 1]


def test_far_from_any_landmark_nothing_moves() -> None:
    away = np.array([[0.0, 0.0, 500.0], [400.0, 0.0, 0.0]])
    assert np.abs(field(away, longer_chin())).max() < 1e-6


def test_neighbouring_points_move_alike() -> None:
    points = FACE + [0.5, 0.5, 0.0]
    assert np.abs(field(points, longer_chin()) - field(FACE, longer_chin())).max() < 0.3


@pytest.mark.parametrize("yaw", [-40.0, 40.0])
def test_far_jaw_landmarks_of_a_turned_head_have_hardly_any_say(yaw: float) -> None:
    hidden = np.isin(ANCHORS, far_jaw(yaw))
    residual = np.where(hidden[:, None], [6.0, -6.0], 0.0)
    assert np.abs(field(FACE, residual, yaw)).max() < 0.6
    assert np.abs(field(FACE, residual, 0.0)).max() > 4


def test_the_far_jaw_fades_out_as_the_head_turns() -> None:
    hidden = np.isin(ANCHORS, far_jaw(45.0))
    noise = np.array([anchor_noise(yaw) for yaw in np.arange(0.0, 50.0, 2.0)])
    assert (np.diff(noise[:, hidden], axis=0) >= 0).all() and (noise[-1, hidden] > 10 * noise[0, hidden]).all()
    assert (noise[:, ~hidden] == noise[0, 0]).all()


def test_the_mirrored_face_is_bent_the_mirrored_way() -> None:
    residual = np.random.default_rng(1).normal(0, 3, (len(ANCHORS), 2))
    flipped = residual[MIRRORED_ANCHORS] * [-1, 1]
    points = np.random.default_rng(2).normal(0, 40, (20, 3))
    straight = field(points, residual, 25.0)
    np.testing.assert_allclose(field(points * [-1, 1, 1], flipped, -25.0), straight * [-1, 1], atol=1e-9)
