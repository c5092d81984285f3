"""A shard on disk: written whole or not at all, and checked byte by byte before it is trusted again."""

import itertools
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from maskify.errors import MaskifyError
from maskify.files import AtomicFile, Note, file_sha256, read_note, temporary_path
from maskify.manifest import Row, Span, Tally, read_manifest, row_line, spans_of
from maskify.shards import Shard
from maskify.tfrecord import OVERHEAD, crc32c, frame, iterate_frames


class BrokenShard(MaskifyError):
    """A shard's records and its manifest do not belong together, or not to this build."""


@dataclass(frozen=True)
class ShardResult:
    """What is known of a complete shard.

    Attributes:
      name: such as `train-00003-of-00160`.
      split: "train", "validation" or "test".
      tally: counts of its manifest.
      size: bytes of the .tfrecord file.
      sha256: of the .tfrecord file.
      manifest_sha256: of the manifest.
    """

    name: str
    split: str
    tally: Tally
    size: int
    sha256: str
    manifest_sha256: str


class ShardWriter:
    """Writes one shard under temporary names; without `commit` nothing of it stays.

    Rows are flushed as they come, so that the progress of a shard can be read from its temporary manifest; a third
    temporary file has the photo that is worked on, which is known even after the death of its process.

    Args:
      folder: the build's folder.
      shard: what to write.
      run: the build's run. Each attempt of it at a shard has temporary names of its own.

    Attributes:
      earlier: for each earlier attempt of this run the number of the photo that its process died at.
    """

    def __init__(self, folder: Path, shard: Shard, run: str = "0"):
        self._shard = shard
        self._rows: list[Row] = []
        self.earlier: list[int] = []
        for attempt in itertools.count():
            try:
                self._open(folder, f"{run}-{attempt}")
                return
            except FileExistsError:
                with suppress(FileNotFoundError):  # its process is removing it just now
                    self.earlier.append(read_note(temporary_path(folder / shard.note_file, f"{run}-{attempt}")))

    def _open(self, folder: Path, owner: str) -> None:
        with ExitStack() as stack:  # whoever has the manifest has the attempt, so it is opened first and closed last
            self._manifest = stack.enter_context(AtomicFile(folder / self._shard.manifest_file, owner))
            self._records = stack.enter_context(AtomicFile(folder / self._shard.records_file, owner))
            self._note = stack.enter_context(Note(temporary_path(folder / self._shard.note_file, owner)))
            self._stack = stack.pop_all()

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def take(self, number: int) -> None:
        """Notes the photo that is worked on from now, by its number in the shard."""
        self._note.write(number)

    def append(self, payload: bytes) -> Span:
        """Writes one record; returns where it lies."""
        span = Span(self._records.size, len(payload), crc32c(payload))
        self._records.write(frame(payload))
        return span

    def add_row(self, row: Row) -> None:
        """Writes a photo's row, after its records."""
        self._rows.append(row)
        self._manifest.write((row_line(row) + "\n").encode())
        self._manifest.show()

    def commit(self) -> ShardResult:
        """Makes the shard appear. The manifest comes first: a shard exists if its .tfrecord does."""
        self.take(len(self._rows))  # a death from here on is no photo's fault
        self._records.finish()
        self._manifest.commit()
        self._records.commit()
        return ShardResult(
            self._shard.name,
            self._shard.split,
            Tally.of_rows(self._rows),
            self._records.size,
            self._records.sha256,
            self._manifest.sha256,
        )


def attempt_file(folder: Path, shard: Shard, run: str, attempt: int) -> Path:
    """The temporary manifest of an attempt at a shard; it stays where the process of that attempt has died."""
    return temporary_path(folder / shard.manifest_file, f"{run}-{attempt}")


def check_shard(folder: Path, shard: Shard) -> ShardResult:
    """Reads every byte of a shard that is already there.

    Raises:
      BrokenShard, BadManifest, CorruptShard: it is not the whole and undamaged shard of this plan.
    """
    rows = read_manifest(folder / shard.manifest_file)
    if [row["key"] for row in rows] != [photo.key for photo in shard.photos]:
        raise BrokenShard(f"{shard.manifest_file} lists other photos than this build has planned for it.")
    path = folder / shard.records_file
    compare_with_manifest(path, rows)
    return ShardResult(
        shard.name,
        shard.split,
        Tally.of_rows(rows),
        path.stat().st_size,
        file_sha256(path),
        file_sha256(folder / shard.manifest_file),
    )


def compare_with_manifest(path: Path, rows: Sequence[Row]) -> None:
    """Reads a shard's records and compares place, length and checksum of each with the manifest.

    Raises:
      CorruptShard: a checksum within the file is wrong, or its end is missing.
      BrokenShard: the file is sound, but its records are not those of the manifest.
    """
    expected = spans_of(rows)
    number = 0
    for number, (offset, payload) in enumerate(iterate_frames(path), start=1):
        span = Span(offset, len(payload), crc32c(payload))
        if number > len(expected) or span != expected[number - 1]:
            raise BrokenShard(f"{path}: record {number} (byte {offset}) is not the one that the manifest lists.")
    if number != len(expected):
        raise BrokenShard(f"{path} has {number} records, but the manifest lists {len(expected)}.")


def expected_size(rows: Sequence[Row]) -> int:
    """Bytes of the .tfrecord file that a manifest describes."""
    return sum(span.length + OVERHEAD for span in spans_of(rows))
