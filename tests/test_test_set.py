"""unmask.evaluation: what is measured on, and what it is compared with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import records_of
from evaluations import faces, write_split

from maskify.errors import MaskifyError
from maskify.record import Record
from unmask.errors import UnmaskError
from unmask.evaluation.methods import baselines, mean_face
from unmask.evaluation.results import MeanOf
from unmask.evaluation.test_set import open_test_set
from unmask.records import RecordReader, index_records
from unmask.resizing import FILTER, resized
from unmask.tensorflow_data import fixed_batches


@pytest.fixture(scope="module")
def some(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six records to test on, of 128 pixels, without a train split."""
    return write_split(tmp_path_factory.mktemp("some") / "records", "test", faces(records, 6))


def test_samples_are_records_at_the_size_asked_for(some: Path) -> None:
    (record, *_) = records_of(some)
    same, half, double = (open_test_set(some, "test", None, size).read(0) for size in (None, 64, 256))
    np.testing.assert_array_equal(same.masked, record.masked)
    np.testing.assert_array_equal(same.landmarks, record.landmarks)
    assert half.clean.shape == (64, 64, 3) and double.inside.shape == (256, 256) and half.inside.dtype == bool
    assert half.inside.mean() == pytest.approx(same.inside.mean(), abs=0.01)
    # A pixel's centre is at a whole number: the middle of the first two is at 0.5, which is 0 at half the size.
    np.testing.assert_allclose(half.landmarks, (record.landmarks - 0.5) / 2)
    assert [open_test_set(some, "test", None, size).resize for size in (128, 64, 256)] == ["none", FILTER, FILTER]


@pytest.mark.parametrize("size", [64, 96, 128, 160])
def test_photos_are_resized_as_in_training(some: Path, size: int) -> None:
    (batch,) = fixed_batches(RecordReader(index_records(some, "test")), 6, size)
    samples = [open_test_set(some, "test", None, size).read(number) for number in range(6)]
    for name in ("masked", "clean"):
        trained = (batch[name].numpy() + 1) * 127.5
        apart = np.abs(np.stack([getattr(sample, name) for sample in samples]) - trained)
        assert apart.max() < (1.01 if size != 128 else 1e-4) and apart.mean() < 0.35
    trained = batch["binary_map"].numpy()[..., 0] > 0.5
    assert np.mean(np.stack([sample.inside for sample in samples]) != trained) < 1e-3


def test_the_hash_of_a_test_set_is_that_of_its_content_and_order(records: Path, tmp_path: Path) -> None:
    some = faces(records, 3)
    hashes = [
        open_test_set(write_split(tmp_path / str(number), "test", chosen), "test", None, None).sha256
        for number, chosen in enumerate((some, some, some[::-1], [*some[:2], replace(some[2], identity=9)]))
    ]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


def test_a_key_that_is_there_twice_is_an_error(records: Path, tmp_path: Path) -> None:
    folder = write_split(tmp_path / "twice", "test", faces(records, 2) + faces(records, 1))
    with pytest.raises(UnmaskError, match="1 keys of its test split twice"):
        open_test_set(folder, "test", None, None)


def test_baselines_change_nothing_outside_of_the_map(some: Path) -> None:
    sample = open_test_set(some, "test", None, 64).read(1)
    mean = np.full((64, 64, 3), 7, np.uint8)
    made = baselines(sample, mean)
    for name in ("telea", "mean_face"):
        np.testing.assert_array_equal(made[name][~sample.inside], sample.masked[~sample.inside])
    assert (made["mean_face"][sample.inside] == 7).all()
    assert np.abs(made["telea"].astype(int) - sample.masked)[sample.inside].max() > 20
    assert 0 < np.abs(made["jpeg95"].astype(int) - sample.clean).mean() < 4


def test_the_mean_face_is_that_of_the_train_split_where_there_is_one(records: Path, tmp_path: Path) -> None:
    def mean(of: list[Record]) -> np.ndarray:
        return np.rint(np.mean([resized(record.clean, 64) for record in of], axis=0))

    folder = write_split(tmp_path / "records", "test", faces(records, 6))
    found, of = mean_face(folder, "test", 64)
    np.testing.assert_array_equal(found, mean(records_of(folder)))
    assert of == MeanOf("test", 6)
    write_split(folder, "train", faces(records, 2))
    found, of = mean_face(folder, "test", 64)
    np.testing.assert_array_equal(found, mean(faces(records, 2)))
    assert of == MeanOf("train", 2)
    with open(next(folder.glob("train-*.tfrecord")), "r+b") as stream:
        stream.truncate(100)  # a damaged train split is no missing one: the test split must not stand in for it
    with pytest.raises(MaskifyError):
        mean_face(folder, "test", 64)
