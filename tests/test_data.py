"""unmask.records, unmask.plan, unmask.data: what a step sees follows from seed and step alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from triplets import SIZE, triplet, write_records, write_shard

from maskify.errors import MaskifyError
from maskify.record import CorruptShard, decode_record, read_frames
from unmask.augmentation import FACE, MASK, STILL, Augmentation
from unmask.data import RecordReader, fixed_batches, train_batches
from unmask.errors import UnmaskError
from unmask.plan import BatchPlan
from unmask.records import RecordIndex, index_records

PLAN = BatchPlan(count=12, batch_size=4, seed=3, steps=7)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("triplets") / "records")


@pytest.fixture(scope="module")
def index(records: Path) -> RecordIndex:
    return index_records(records, "train")


def batches(
    index: RecordIndex, start: int = 0, how: Augmentation | None = None, **changes: Any
) -> list[dict[str, Any]]:
    found = train_batches(RecordReader(index), replace(PLAN, **changes), start, SIZE, how)
    return [{name: value.numpy() for name, value in batch.items()} for batch in found]


def same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(a[name], b[name]) for a, b in pairs for name in a.keys() | b.keys())


def test_every_record_is_found_and_read_from_its_place(records: Path, index: RecordIndex) -> None:
    assert len(index) == 12 and index.size == SIZE and len(index.paths) == 2
    payloads = [payload for path in index.paths for payload in read_frames(path)]
    assert [index.read(number)["binary_map"] for number in range(12)] == [_map(payload) for payload in payloads]


def _map(payload: bytes) -> bytes:
    from maskify.record import parse_features

    return bytes(parse_features(payload)["binary_map"])


def test_mask_g_is_shown_some_photos_without_their_mask_and_face_g_none(index: RecordIndex) -> None:
    assert FACE.bare == 0 < MASK.bare < 0.5
    still, bared = batches(index, how=STILL), batches(index, how=replace(STILL, bare=0.5))
    shown = 0
    for one, other in zip(still, bared, strict=True):
        bare = ~other["binary_map"].any(axis=(1, 2, 3))
        shown += int(bare.sum())
        np.testing.assert_array_equal(other["masked"][bare], one["clean"][bare])
        np.testing.assert_array_equal(other["masked"][~bare], one["masked"][~bare])
        np.testing.assert_array_equal(other["binary_map"][~bare], one["binary_map"][~bare])
    assert 7 <= shown <= 21  # of 28


def test_photos_are_in_minus_one_to_one_and_maps_are_zero_or_one(index: RecordIndex) -> None:
    record = decode_record(next(read_frames(index.paths[0])))
    (batch,) = fixed_batches(RecordReader(index), 2, SIZE, steps=1)
    assert {name: (value.dtype, value.shape) for name, value in batch.items()} == {
        "masked": (tf.float32, (2, SIZE, SIZE, 3)), "clean": (tf.float32, (2, SIZE, SIZE, 3)),
        "binary_map": (tf.float32, (2, SIZE, SIZE, 1)), "weight": (tf.float32, (2,)),
    }  # fmt: skip
    for name, photo in (("masked", record.masked), ("clean", record.clean)):
        np.testing.assert_allclose(batch[name][0], photo / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(batch["binary_map"][0, ..., 0], record.binary_map == 255)


def test_the_last_validation_batch_is_filled_up_and_its_weights_leave_that_out(index: RecordIndex) -> None:
    first, last = fixed_batches(RecordReader(index), 8, SIZE)
    assert first["weight"].numpy().tolist() == [1] * 8 and last["weight"].numpy().tolist() == [1] * 4 + [0] * 4
    np.testing.assert_array_equal(last["clean"][4:], first["clean"][:4])


def test_an_epoch_sees_every_record_once_and_the_next_in_another_order() -> None:
    first, second = ([PLAN.records_of(3 * epoch + step).tolist() for step in range(3)] for epoch in range(2))
    assert sorted(sum(first, [])) == sorted(sum(second, [])) == list(range(12)) and first != second
    assert PLAN.records_of(1).tolist() != replace(PLAN, seed=4).records_of(1).tolist()
    left_over = [replace(PLAN, count=14).records_of(step) for step in range(3)]
    assert len(set(np.concatenate(left_over).tolist())) == 12  # no part of a batch: two of 14 wait for the next epoch


def test_a_run_that_goes_on_sees_what_the_undisturbed_one_sees(index: RecordIndex) -> None:
    whole = batches(index, how=MASK)
    assert len(whole) == 7
    for start in (1, 3, 5):  # inside an epoch, at its end, inside the next
        assert same(batches(index, start, MASK), whole[start:])
    assert not same(batches(index, how=MASK, seed=4), whole)


def test_without_augmentation_photos_are_as_they_are(index: RecordIndex) -> None:
    for one, other in zip(batches(index), batches(index, how=STILL), strict=True):
        for name, images in one.items():
            np.testing.assert_allclose(other[name], images, atol=1e-5)
    fixed = next(iter(fixed_batches(RecordReader(index), 12, SIZE)))
    np.testing.assert_array_equal(batches(index)[0]["clean"], fixed["clean"].numpy()[PLAN.records_of(0)])


def test_a_flip_turns_all_three_images_together(index: RecordIndex) -> None:
    plain, flipped = batches(index)[0], batches(index, how=replace(STILL, flip=1.0))[0]
    for name in ("masked", "clean", "binary_map"):
        np.testing.assert_allclose(flipped[name], plain[name][:, :, ::-1], atol=1e-4)


def test_geometry_and_light_move_masked_clean_and_map_alike(index: RecordIndex) -> None:
    for batch in batches(index, how=FACE):
        assert set(np.unique(batch["binary_map"])) <= {0.0, 1.0}
        grown = tf.nn.max_pool(batch["binary_map"], 5, 1, "SAME").numpy()
        difference = np.abs(batch["masked"] - batch["clean"]).max(axis=3, keepdims=True)
        assert difference[grown == 0].max() < 1e-5  # the photos differ under the mask alone
        assert np.abs(batch["masked"]).max() <= 1 and not np.array_equal(batch["masked"], batches(index)[0]["masked"])


def test_blur_and_jpeg_leave_the_clean_photo_alone(index: RecordIndex) -> None:
    plain = batches(index)[0]
    for how in (replace(STILL, blur=1.0), replace(STILL, jpeg=1.0)):
        changed = batches(index, how=how)[0]
        assert np.abs(changed["masked"] - plain["masked"]).max() > 0.01
        np.testing.assert_allclose(changed["clean"], plain["clean"], atol=1e-5)


def test_records_of_another_size_are_resized(index: RecordIndex) -> None:
    (small,) = fixed_batches(RecordReader(index), 12, SIZE // 2, steps=1)
    assert small["clean"].shape == (12, 16, 16, 3) and set(np.unique(small["binary_map"])) == {0.0, 1.0}
    (whole,) = fixed_batches(RecordReader(index), 12, SIZE, steps=1)
    areas = [float(np.mean(one["binary_map"])) for one in (small, whole)]
    assert areas[0] == pytest.approx(areas[1], rel=0.03)


def test_a_limit_takes_an_even_sample(records: Path) -> None:
    few = index_records(records, "train", limit=3)
    assert len(few) == 3 and few.shards.tolist() == [0, 1, 1]
    assert few.fingerprint() != index_records(records, "train").fingerprint()


def test_an_empty_split_or_no_folder_is_an_error(records: Path, tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match=r"no record in its test split.*--split-shares"):
        index_records(records, "test")
    with pytest.raises(UnmaskError, match="maskify build --src PHOTOS"):
        index_records(tmp_path / "nowhere", "train")


def test_shards_of_different_sizes_are_an_error(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "records")
    write_shard(folder / "train-00002-of-00003.tfrecord", [triplet(1, 48)])
    with pytest.raises(UnmaskError, match=r"mixes images of different sizes .*48.*--image-size"):
        index_records(folder, "train")


def test_a_record_of_another_size_within_a_shard_is_named(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "records")
    write_shard(folder / "train-00000-of-00002.tfrecord", [*map(triplet, range(6)), triplet(6, 48)])
    reader = RecordReader(index_records(folder, "train"))
    with pytest.raises(tf.errors.OpError):
        list(fixed_batches(reader, 4, SIZE))
    assert isinstance(reader.error, UnmaskError) and "an image of 48 pixels" in reader.error.message


def test_another_schema_version_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskify.record.SCHEMA_VERSION", 2)
    folder = write_records(tmp_path / "records")
    monkeypatch.undo()
    with pytest.raises(MaskifyError, match="schema version 2; this is for 1"):
        index_records(folder, "train")


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "records")
    path = folder / "train-00001-of-00002.tfrecord"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(CorruptShard, match="train-00001-of-00002.tfrecord is damaged at byte"):
        index_records(folder, "train")
    path.write_bytes(whole[:-900] + bytes([whole[-900] ^ 1]) + whole[-899:])
    index = index_records(folder, "train")
    with pytest.raises(CorruptShard, match="the checksum of the record is wrong"):
        index.read(len(index) - 1)
