"""The server's files: all in one folder of its own, deleted after a while, and gone with the server."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PREFIX = "unmask-serve-"
"""Of the folder's name, before the number of the server's process."""

OVERHEAD = 4096
"""Bytes that a file takes beside its content: also of empty ones there must be an end."""


@dataclass(frozen=True)
class Storage:
    """Folders of a server.

    Attributes:
      cache: uploads and results. Gradio serves what is in it.
      examples: photos to try the page with; they stay.
      most: bytes of all files in the cache.
    """

    cache: Path
    examples: Path
    most: int

    def has_room(self, more: int) -> bool:
        """Whether so many bytes go into the cache beside what is in it. Looks at every file: not for an event loop."""
        return sum(size + OVERHEAD for _, size, _ in _files(self.cache)) + more <= self.most

    def sweep(self, age: float) -> None:
        """Deletes what has not been written to for `age` seconds, also of uploads that broke off."""
        end = time.time() - age
        for path, _, changed in _files(self.cache):
            if changed <= end:
                path.unlink(missing_ok=True)
        for folder, _, _ in os.walk(self.cache, topdown=False):
            with suppress(OSError):  # not empty, or just removed
                if Path(folder) != self.cache and Path(folder).stat().st_mtime <= end:
                    os.rmdir(folder)

    def new_folder(self) -> Path:
        """An empty folder in the cache, whose name nobody can guess. OSError where the server has ended."""
        return Path(tempfile.mkdtemp(dir=self.cache))

    def holds(self, path: str) -> bool:
        """Whether a path, of which nothing is known, is one of a file in these folders."""
        try:
            real = os.path.realpath(path)
        except ValueError:  # a NUL in it
            return False
        return os.path.isfile(real) and any(Path(real).is_relative_to(home) for home in (self.cache, self.examples))


@contextmanager
def own_storage(most: int) -> Iterator[Storage]:
    """Makes the folders, which only this user can read, and tells Gradio of them; removes them in the end.

    Args:
      most: bytes that they may hold for visitors.
    """
    _remove_leftovers(Path(tempfile.gettempdir()))
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")))
    storage = Storage(root / "cache", root / "examples", most)
    before = os.environ.get("GRADIO_TEMP_DIR")
    try:
        storage.cache.mkdir()
        storage.examples.mkdir()
        os.environ["GRADIO_TEMP_DIR"] = str(storage.cache)
        yield storage
    finally:
        shutil.rmtree(root, ignore_errors=True)
        os.environ.pop("GRADIO_TEMP_DIR", None)
        if before is not None:
            os.environ["GRADIO_TEMP_DIR"] = before


def _remove_leftovers(temporary: Path) -> None:
    """Removes what servers of this user left that were killed, as they could not do so themselves."""
    for folder in temporary.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).split("-")[0]
        with suppress(OSError):
            if number.isdigit() and not _runs(int(number)) and folder.lstat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def _files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Path, bytes and time of the last change of each file in a folder; others may be deleting them."""
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                facts = os.lstat(os.path.join(place, name))
                yield Path(place, name), facts.st_size, facts.st_mtime
