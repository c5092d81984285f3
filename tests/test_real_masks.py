"""Measuring Mask G on outlined photos: what is left out of a prediction, and what is not."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.real_masks import RIM, SIDE, measure, save_sheet, table


@pytest.fixture
def outlined(tmp_path: Path) -> Path:
    """One photo with a white disc for a mask, outlined by hand so to say."""
    truth = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(truth, (128, 128), 50, 255, -1)
    cv2.imwrite(str(tmp_path / "00.jpg"), truth)
    cv2.imwrite(str(tmp_path / "00.png"), truth)
    (tmp_path / "labels.json").write_text(json.dumps([{"crop": "00.jpg", "map": "00.png", "kind": "surgical"}]))
    return tmp_path


def disc(radius: int) -> np.ndarray:
    found = np.zeros((SIDE, SIDE), np.float32)
    return cv2.circle(found, (128, 128), radius, 1, -1)


def test_a_prediction_like_the_outline_is_perfect_and_loops_cost_nothing(outlined: Path) -> None:
    loops = cv2.line(disc(50), (0, 90), (255, 90), 1, 5)
    for found in (disc(50), loops):
        (score,) = measure(lambda _, found=found: found, outlined)
        assert score.whole > 0.99 and score.inner < score.whole
        assert score.name == "00.jpg surgical"


def test_a_rim_costs_what_it_covers(outlined: Path) -> None:
    (score,) = measure(lambda _: disc(52), outlined)
    assert score.whole == pytest.approx((50 / 52) ** 2, abs=0.01)
    assert score.inner == pytest.approx((50 / (52 - RIM)) ** 2, abs=0.02)


def test_predictions_of_another_size_and_empty_ones_count(outlined: Path) -> None:
    (small,) = measure(lambda _: cv2.resize(disc(50), (128, 128), interpolation=cv2.INTER_AREA), outlined)
    (empty,) = measure(lambda photo: np.zeros(photo.shape[:2], np.float32), outlined)
    assert small.whole > 0.97 and empty.whole == 0 == empty.inner


def test_table_and_sheet(outlined: Path, tmp_path: Path) -> None:
    scores = [*measure(lambda _: disc(50), outlined), *measure(lambda _: disc(10), outlined)]
    text = table(scores)
    assert f"{scores[1].whole:.3f}  {scores[1].inner:.3f}  least IoU" in text
    save_sheet(scores, tmp_path / "sheet.png")
    assert cv2.imread(str(tmp_path / "sheet.png")).shape == (SIDE, 4 * 2 * SIDE, 3)
