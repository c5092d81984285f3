"""unmask.metrics.segmentation: against scikit-learn, scikit-image, SciPy and maps whose scores are known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.segmentation import find_boundaries
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from unmask.metrics.segmentation import MaskScores, boundary_f1, outline, scores

Map = NDArray[np.bool_]
EMPTY = np.zeros((40, 40), bool)


def square(left: int = 10, side: int = 20) -> Map:
    binary_map = EMPTY.copy()
    binary_map[10 : 10 + side, left : left + side] = True
    return binary_map


def blobs(seed: int) -> Map:
    """A random map with holes and islands, some of them at the border."""
    return gaussian_filter(np.random.default_rng(seed).normal(size=(48, 56)), 4) > 0


@pytest.mark.parametrize("seed", range(8))
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted, truth = rng.random((2, 32, 40)) < rng.random((2, 1, 1))
    found = scores(predicted, truth)
    pair = truth.ravel(), predicted.ravel()
    expected = [measure(*pair) for measure in (jaccard_score, f1_score, precision_score, recall_score)]
    np.testing.assert_allclose([found.iou, found.f1, found.precision, found.recall], expected, atol=1e-12)


def test_a_map_found_exactly_scores_one_and_so_does_an_empty_one() -> None:
    for binary_map in (square(), EMPTY, ~EMPTY):
        assert scores(binary_map, binary_map) == MaskScores(1, 1, 1, 1, 1)


def test_a_map_with_nothing_in_common_scores_zero() -> None:
    for predicted, truth in ((EMPTY, square()), (square(), EMPTY), (square(0, 8), square(25, 8))):
        assert scores(predicted, truth) == MaskScores(0, 0, 0, 0, 0)


def test_a_full_map_is_not_an_empty_one_though_neither_has_an_outline() -> None:
    full, empty = np.ones((16, 16), bool), np.zeros((16, 16), bool)
    assert [boundary_f1(*maps) for maps in ((full, empty), (empty, full), (full, full), (empty, empty))] == [0, 0, 1, 1]


def test_an_outline_within_the_tolerance_is_found_whole() -> None:
    assert scores(square(left=12), square()).boundary_f1 == 1
    assert scores(square(left=13), square()).boundary_f1 < 1


def test_an_outline_moved_too_far_is_found_where_it_runs_along() -> None:
    # Moved by 5, each of the horizontal edges (20 of its outline's 76 pixels) overlaps by 15 and reaches 2 on, and the
    # vertical edges lie within reach of the other's horizontal ones by the two pixels next to each corner.
    predicted, truth = outline(square(left=15)), outline(square())
    close = np.count_nonzero(predicted & (distance_transform_edt(~truth) <= 2)) / 76
    assert boundary_f1(square(left=15), square()) == pytest.approx(close)
    assert close == pytest.approx((2 * 17 + 2 * 2) / 76)


@pytest.mark.parametrize("tolerance", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_boundary_f1_follows_from_distances_between_outlines(seed: int, tolerance: int) -> None:
    predicted, truth = blobs(seed), blobs(seed + 10)
    found, true = outline(predicted), outline(truth)
    precision = (distance_transform_edt(~true)[found] <= tolerance).mean()
    recall = (distance_transform_edt(~found)[true] <= tolerance).mean()
    expected = 2 * precision * recall / (precision + recall)
    assert 0.1 < expected < 0.9
    assert boundary_f1(predicted, truth, tolerance) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_the_outline_is_scikit_images_inner_boundary(seed: int) -> None:
    np.testing.assert_array_equal(outline(blobs(seed)), find_boundaries(blobs(seed), connectivity=1, mode="inner"))


def test_the_border_of_the_image_is_no_outline() -> None:
    cut = EMPTY.copy()
    cut[20:] = True
    assert np.flatnonzero(outline(cut).any(axis=1)).tolist() == [20]
