"""Where the records of a split lie, and how one is read at random. Needs no backend."""

import hashlib
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from maskify.record import (
    CorruptShard,
    Record,
    decode_map,
    decode_photo,
    decode_record,
    parse_features,
    read_frame_at,
)
from unmask.errors import UnmaskError

IMAGES = ("masked", "clean", "binary_map")
MASK_IMAGES = ("masked", "binary_map")
"""What Mask G learns from."""

_FRAME_OVERHEAD = 16  # a TFRecord frame: 8 bytes length, 4 checksum, payload, 4 checksum


@dataclass(frozen=True)
class RecordIndex:
    """The records of one split, in the order of their shards.

    Attributes:
      split: its name.
      paths: the shards.
      shards: int32 [N], each record's index into `paths`.
      offsets: int64 [N], the byte at which its frame starts.
      size: side S of its images in pixels.
    """

    split: str
    paths: tuple[Path, ...]
    shards: np.ndarray
    offsets: np.ndarray
    size: int

    def __len__(self) -> int:
        return len(self.offsets)

    def read(self, number: int, bare: bool = False) -> dict[str, bytes]:
        """The encoded images of a record, by the names in IMAGES.

        Args:
          number: of the record.
          bare: give the photo as it is without its mask, and an empty map.

        Raises:
          MaskifyError: the shard is damaged there, or the record has another schema version.
          UnmaskError: its images have another size than the split's.
        """
        values = self.parse(number, self.payload(number))
        images = {name: values[name] for name in IMAGES}
        return {**images, "masked": images["clean"], "binary_map": _empty_map(self.size)} if bare else images

    def payload(self, number: int) -> bytes:
        """A record as it is stored. MaskifyError: the shard is damaged there."""
        return read_frame_at(self.paths[self.shards[number]], int(self.offsets[number]))

    def parse(self, number: int, payload: bytes) -> dict[str, Any]:
        """Everything that a payload holds, by the names of its features, images encoded; raises as `read`."""
        values = parse_features(payload)
        if (size := _size_of(values)) != self.size:
            raise UnmaskError(
                f"{self.paths[self.shards[number]].name} holds an image of {size} pixels at byte "
                f"{self.offsets[number]}, and others of {self.size}. Build all records with one --image-size."
            )
        return values

    def record(self, number: int) -> Record:
        """A record, decoded. MaskifyError: the shard is damaged there, or the record has another schema version."""
        return decode_record(self.payload(number))

    def sample(self, most: int) -> "RecordIndex":
        """At most so many of the records, spread evenly over all."""
        chosen = even_sample(len(self), most)
        return replace(self, shards=self.shards[chosen], offsets=self.offsets[chosen])

    def fingerprint(self) -> str:
        """SHA-256 of the shards' names and sizes and of the records used: tells one build from another."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        digest.update(self.shards.tobytes() + self.offsets.tobytes())
        return digest.hexdigest()


@lru_cache(maxsize=4)
def _empty_map(size: int) -> bytes:
    return bytes(cv2.imencode(".png", np.zeros((size, size), np.uint8))[1].tobytes())


class RecordReader:
    """Reads records, and keeps the error: TensorFlow passes one on in a form of its own.

    Attributes:
      index: of the split.
      error: what went wrong, if anything did.
    """

    def __init__(self, index: RecordIndex):
        self.index = index
        self.error: Exception | None = None

    def read(self, number: int, bare: bool = False) -> dict[str, bytes]:
        """As `RecordIndex.read`."""
        try:
            return self.index.read(number, bare)
        except Exception as error:
            self.error = error
            raise


def decode_image(name: str, data: bytes) -> np.ndarray:
    """An encoded image of a record: uint8 [S, S, 3] RGB, and [S, S] in {0, 255} for `binary_map`.

    Raises:
      MaskifyError: it cannot be decoded.
    """
    return decode_map(data) if name == "binary_map" else decode_photo(data)


def index_records(folder: Path, split: str, limit: int | None = None) -> RecordIndex:
    """Finds the records of a split by the lengths in its shards, without reading them.

    Args:
      folder: of a build of maskify.
      split: "train", "validation" or "test".
      limit: use only so many, an even sample of all.

    Raises:
      UnmaskError: the folder or the split is empty, or the shards have images of different sizes.
      MaskifyError: a shard is damaged, or of another schema version.
    """
    index = find_records(folder, split)
    if index is None:
        raise UnmaskError(
            f"{folder} has no record in its {split} split. Build it anew with a share for it: "
            "maskify build --split-shares 80,10,10."
        )
    return index if limit is None else index.sample(limit)


def find_records(folder: Path, split: str) -> RecordIndex | None:
    """As `index_records`; None where the split is empty."""
    _check_folder(folder)
    paths = tuple(sorted(folder.glob(f"{split}-*.tfrecord")))
    found = [_frame_offsets(path) for path in paths]
    filled = [(path, offsets) for path, offsets in zip(paths, found, strict=True) if len(offsets)]
    sizes = {path: _shard_size(path, int(offsets[0])) for path, offsets in filled}
    if not sizes:
        return None
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{path.name}: {size}" for path, size in list(sizes.items())[:4])
        raise UnmaskError(f"{folder} mixes images of different sizes ({listed}). Build all with one --image-size.")
    shards = np.repeat(np.arange(len(paths), dtype=np.int32), [len(offsets) for offsets in found])
    offsets = np.concatenate(found)
    return RecordIndex(split, paths, shards, offsets, next(iter(sizes.values())))


def _check_folder(folder: Path) -> None:
    if folder.is_file():
        raise UnmaskError(f"--records {folder} is a file, not a folder. Name the folder that maskify build wrote.")
    if not folder.is_dir():
        raise UnmaskError(f"--records {folder} is not a folder. Make one: maskify build --src PHOTOS --out {folder}")
    if next(folder.glob("*.tfrecord"), None) is None:
        raise UnmaskError(f"--records {folder} holds no records. Name the folder that maskify build wrote.")


def even_sample(count: int, most: int) -> np.ndarray:
    """int64: at most so many of `count` numbers from 0, in order and spread evenly over all of them."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def _frame_offsets(path: Path) -> np.ndarray:
    """int64 [N]: the byte at which each frame starts. Checksums are verified when a record is read."""
    end, offset, offsets = path.stat().st_size, 0, []
    with open(path, "rb", buffering=0) as stream:
        while offset < end:
            stream.seek(offset)
            head = stream.read(8)
            length = struct.unpack("<Q", head)[0] if len(head) == 8 else end
            if offset + length + _FRAME_OVERHEAD > end:
                raise CorruptShard(str(path), offset, "the file ends within a record, or its length is wrong")
            offsets.append(offset)
            offset += length + _FRAME_OVERHEAD
    return np.array(offsets, np.int64)


def _shard_size(path: Path, offset: int) -> int:
    return _size_of(parse_features(read_frame_at(path, offset)))


def _size_of(values: dict[str, Any]) -> int:
    """The side of a record's images: the width in the header of the binary map's PNG."""
    return int(struct.unpack(">I", values["binary_map"][16:20])[0])
