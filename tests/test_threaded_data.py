"""unmask.threaded_data: the batches of tf.data, made by threads."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from triplets import SIZE, triplet, write_records, write_shard

from maskify.errors import MaskifyError
from maskify.record import encode_record, frame
from unmask import tensorflow_data, threaded_data
from unmask.augmentation import FACE, MASK, STILL, Augmentation
from unmask.errors import UnmaskError
from unmask.plan import BatchPlan
from unmask.records import IMAGES, MASK_IMAGES, RecordReader, index_records
from unmask.threaded_data import Batches

GREY_LEVEL = 1 / 127.5


@pytest.fixture(scope="module", params=["png", "jpeg"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RecordReader:
    """Ten records."""
    folder = tmp_path_factory.mktemp("records")
    payloads = [encode_record(triplet(number, SIZE), request.param) for number in range(10)]
    (folder / "train-00000-of-00001.tfrecord").write_bytes(b"".join(map(frame, payloads)))
    return RecordReader(index_records(folder, "train"))


def farthest(one: Any, other: Any) -> dict[str, float]:
    """The largest difference of all batches, by what it is in."""
    pairs = list(zip(one, other, strict=True))
    for a, b in pairs:
        assert {name: (np.shape(value), np.float32) for name, value in a.items()} == {
            name: (value.shape, value.dtype) for name, value in b.items()
        }
    return {name: max(float(np.abs(np.asarray(a[name]) - b[name]).max()) for a, b in pairs) for name in pairs[0][0]}


@pytest.mark.parametrize("how", [None, STILL, FACE, MASK])
@pytest.mark.parametrize("size", [SIZE, SIZE // 2, SIZE + 16])
def test_every_step_sees_the_batch_of_tf_data(reader: RecordReader, how: Augmentation | None, size: int) -> None:
    plan = BatchPlan(count=10, batch_size=4, seed=3, steps=9)
    names = MASK_IMAGES if how is MASK else IMAGES
    both = [module.train_batches(reader, plan, 1, size, how, names) for module in (tensorflow_data, threaded_data)]
    found = farthest(*both)
    assert found.pop("binary_map") == 0 and found.keys() == set(names) - {"binary_map"}
    # Pillow rounds what it has resized, and gamma stretches that in the dark.
    assert max(found.values()) < (1e-4 if size == SIZE else 3 * GREY_LEVEL)


def test_validation_sees_the_batches_of_tf_data(reader: RecordReader) -> None:
    for steps in (None, 2):
        both = [module.fixed_batches(reader, 4, SIZE, IMAGES, steps) for module in (tensorflow_data, threaded_data)]
        assert set(farthest(*both).values()) == {0.0}
    assert len(both[1]) == 2


def test_each_batch_is_made_once_for_each_time_that_it_is_asked_for_in_order() -> None:
    made: list[int] = []

    def make(number: int) -> dict[str, Any]:
        made.append(number)
        return {"number": number}

    batches = Batches(make, 20)
    for _ in range(2):  # as validation asks for the same batches again and again
        assert [batches[number]["number"] for number in range(20)] == list(range(20))
    assert sorted(made) == sorted([*range(20), *range(20)])


def test_a_bad_record_is_an_error_of_its_own(tmp_path: Path) -> None:
    folder = write_records(tmp_path / "sizes")
    write_shard(folder / "train-00000-of-00002.tfrecord", [*map(triplet, range(6)), triplet(6, 48)])
    with pytest.raises(UnmaskError, match="an image of 48 pixels"):
        list(threaded_data.fixed_batches(RecordReader(index_records(folder, "train")), 4, SIZE))
    folder = write_records(tmp_path / "damaged")
    path = folder / "train-00001-of-00002.tfrecord"
    content = path.read_bytes()
    path.write_bytes(content[:-900] + bytes([content[-900] ^ 1]) + content[-899:])
    with pytest.raises(MaskifyError, match="train-00001-of-00002.tfrecord is damaged"):
        threaded_data.fixed_batches(RecordReader(index_records(folder, "train")), 12, SIZE)[0]
