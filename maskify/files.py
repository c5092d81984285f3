"""Files that appear whole or not at all: written under a hidden temporary name, then renamed."""

import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<owner>[0-9a-f]+(-\d+)?)\.tmp")


class AtomicFile:
    """A file being written: `commit` makes it appear under its name; leaving the block without it removes it.

    Args:
      path: the final path.
      owner: part of the temporary name; the default is for files that one process alone writes.

    Attributes:
      path: the final path.
      size: bytes written so far.

    Raises:
      FileExistsError: the owner has a temporary file of this path already.
    """

    def __init__(self, path: Path, owner: str | None = None):
        self.path = path
        self.size = 0
        self._temporary = temporary_path(path, owner or str(os.getpid()))
        self._stream: BinaryIO = open(self._temporary, "xb" if owner else "wb")  # noqa: SIM115 - __exit__ closes it
        self._digest = hashlib.sha256()

    def __enter__(self) -> "AtomicFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk fails again here, and the first error says more
            self._stream.close()
        with suppress(OSError):
            self._temporary.unlink()

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)

    def show(self) -> None:
        """Hands what was written to the operating system, for others to read in the temporary file."""
        self._stream.flush()

    def finish(self) -> None:
        """Puts everything on the disk and closes the file."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def commit(self) -> None:
        """Makes the file appear under its final name, in place of one that may be there."""
        if not self._stream.closed:
            self.finish()
        os.replace(self._temporary, self.path)
        sync_folder(self.path.parent)


class Note:
    """A number in a file: other processes can read it, and it stays if this one dies. Leaving the block removes it."""

    def __init__(self, path: Path):
        self._path = path
        self._stream = open(path, "wb", buffering=0)  # noqa: SIM115 - __exit__ closes it

    def __enter__(self) -> "Note":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        with suppress(OSError):
            self._path.unlink()

    def write(self, number: int) -> None:
        self._stream.seek(0)
        self._stream.write(b"%012d" % number)


def read_note(path: Path) -> int:
    """The number in a `Note`; 0 where none was written.

    Raises:
      FileNotFoundError: there is no note.
    """
    return int(path.read_bytes() or 0)


def write_json(path: Path, content: Any) -> None:
    """Writes a JSON file atomically: indented, in the order given, UTF-8."""
    with AtomicFile(path) as file:
        file.write((json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())
        file.commit()


def sync_folder(folder: Path) -> None:
    """Puts a folder's list of names on the disk, where the system can (Windows cannot)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse to sync folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary_path(path: Path, owner: str) -> Path:
    """Where a file lies while it is being written; `owner` is hexadecimal, or that and the number of an attempt."""
    return path.with_name(f".{path.name}.{owner}.tmp")


def temporary_files(folder: Path) -> list[tuple[Path, str]]:
    """Returns the temporary files of a folder, each with the final name it was meant to have, sorted."""
    with os.scandir(folder) as entries:  # a large build has ten thousands of other files
        names = sorted(entry.name for entry in entries if entry.name.endswith(".tmp"))
    matches = [(folder / name, _TEMPORARY.fullmatch(name)) for name in names]
    return [(path, match["name"]) for path, match in matches if match]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
