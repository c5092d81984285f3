"""What is measured on: the records of a split at one size, read one at a time."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unmask.errors import UnmaskError
from unmask.records import RecordIndex, index_records
from unmask.resizing import FILTER, resized


@dataclass(frozen=True)
class Sample:
    """A record at the size of the evaluation.

    Attributes:
      key, template, identity: the record's.
      yaw: of the head in degrees.
      landmarks: float64 [68, 2], x and y in pixels at this size.
      masked, clean: uint8 [S, S, 3] RGB.
      inside: bool [S, S], the true map.
    """

    key: str
    template: str
    identity: int
    yaw: float
    landmarks: np.ndarray
    masked: np.ndarray
    clean: np.ndarray
    inside: np.ndarray


@dataclass(frozen=True)
class TestSet:
    """The records of a split. What is held of each is its key and its identity.

    Attributes:
      index: where they lie.
      size: side S at which they are read.
      keys: of all records, in their order.
      identities: int64 [N].
      sha256: of the records, byte for byte and in their order.
    """

    __test__ = False  # no class of tests, whatever pytest makes of its name

    index: RecordIndex
    size: int
    keys: tuple[str, ...]
    identities: np.ndarray
    sha256: str

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def resize(self) -> str:
        """The filter from the stored size to this one, or "none" where they are equal; maps are cut at one half."""
        return "none" if self.size == self.index.size else FILTER

    def read(self, number: int) -> Sample:
        """A record, decoded and resized."""
        record = self.index.record(number)
        scale = self.size / self.index.size
        return Sample(
            record.key, record.template, record.identity, record.pose[0],
            (record.landmarks.astype(np.float64) + 0.5) * scale - 0.5,
            resized(record.masked, self.size), resized(record.clean, self.size),
            resized(record.binary_map, self.size) > 127,
        )  # fmt: skip


def open_test_set(folder: Path, split: str, limit: int | None, size: int | None) -> TestSet:
    """Reads through the records of a split once.

    Args:
      folder: of a build of maskify.
      split: "test", "validation" or "train".
      limit: use only so many, an even sample of all.
      size: side in pixels at which they are measured; None for the size that they have.

    Raises:
      UnmaskError: the split is empty, images differ in size, a key is there twice, or no record has a mask.
      MaskifyError: a shard is damaged.
    """
    index = index_records(folder, split, limit)
    digest, keys, identities = hashlib.sha256(), [], []
    for number in range(len(index)):
        payload = index.payload(number)
        digest.update(payload)
        values = index.parse(number, payload)
        keys.append(values["key"].decode("utf-8", "surrogatepass"))
        identities.append(values["identity"])
    if len(set(keys)) < len(keys):
        raise UnmaskError(f"{folder} has {len(keys) - len(set(keys))} keys of its {split} split twice. Build it anew.")
    test_set = TestSet(index, size or index.size, tuple(keys), np.array(identities, np.int64), digest.hexdigest())
    if not any(test_set.read(number).inside.any() for number in range(len(index))):
        raise UnmaskError(
            f"The binary maps of all {len(index)} records in the {split} split of {folder} are empty: no photo has a "
            "mask, so there is nothing to measure. Build the records anew."
        )
    return test_set
