"""Measuring Mask G on outlined photos: what is left out of a prediction, and what is not."""

import json
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

from benchmarks.real_masks import RIM, SIDE, as_it_is, iou, measure, placed, save_sheet, table
from maskify import align
from unmask.finding.finder import MaskedFace
from unmask.restorer import Restored


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


class Half:
    """Finds a mask in the lower half of the frame, of a face that its finder sees upright or turned."""

    size = 64

    def __init__(self, degrees: float):
        self.finder = self
        self._degrees = degrees

    def inside(self, photo: np.ndarray, box: np.ndarray) -> MaskedFace:
        assert box.tolist() == [0, 0, SIDE, SIDE]
        turn = cv2.getRotationMatrix2D((128, 128), self._degrees, 1)
        return MaskedFace(box, 0.0, align.apply(turn, align.apply(align.aligned_transform(SIDE), align.MEAN_POINTS)))

    def restore_batch(self, masked: np.ndarray) -> Restored:
        assert masked.shape == (1, self.size, self.size, 3) and masked.dtype == np.uint8
        found = np.zeros((1, self.size, self.size), np.float32)
        found[:, self.size // 2 :] = 1
        return Restored(found, None, None)


@pytest.mark.parametrize("degrees", [0, 30])
def test_what_is_found_in_the_frame_is_brought_back(degrees: float) -> None:
    found = placed(Half(degrees))(np.zeros((SIDE, SIDE, 3), np.uint8)) > 0.5
    across, down = np.meshgrid(np.arange(SIDE) - 127.5, np.arange(SIDE) - 127.5)
    expected = down * np.cos(np.radians(degrees)) + across * np.sin(np.radians(degrees)) > 0
    inner = np.hypot(across, down) < 120
    assert iou(found & inner, expected & inner) > 0.97


def test_a_crop_taken_as_it_is_is_made_smaller_alone() -> None:
    found = as_it_is(Half(0))(np.zeros((SIDE, SIDE, 3), np.uint8))
    assert found.shape == (64, 64) and found[32:].all() and not found[:32].any()


def test_what_cannot_be_measured_is_named(outlined: Path) -> None:
    (outlined / "00.jpg").write_bytes(b"none")
    with pytest.raises(click.ClickException, match=r"00\.jpg should be a picture of 256 x 256"):
        measure(lambda _: disc(50), outlined)
    (outlined / "labels.json").write_text('[{"crop": "00.jpg"}]')
    with pytest.raises(click.ClickException, match=r"labels\.json cannot be read: 'map'"):
        measure(lambda _: disc(50), outlined)
    (outlined / "labels.json").unlink()
    with pytest.raises(click.ClickException, match=r"labels\.json cannot be read.*--real"):
        measure(lambda _: disc(50), outlined)


def test_table_and_sheet(outlined: Path, tmp_path: Path) -> None:
    scores = [*measure(lambda _: disc(50), outlined), *measure(lambda _: disc(10), outlined)]
    text = table(scores)
    assert f"{scores[1].whole:.3f}  {scores[1].inner:.3f}  least IoU" in text
    for path in (tmp_path / "nowhere" / "sheet.png", tmp_path / "sheet.txt"):
        with pytest.raises(click.ClickException, match="--sheet .* cannot be written"):
            save_sheet(scores, path)
    save_sheet(scores, tmp_path / "sheet.png")
    assert cv2.imread(str(tmp_path / "sheet.png")).shape == (SIDE, 4 * 2 * SIDE, 3)
