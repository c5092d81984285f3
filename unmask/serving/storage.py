"""The server's files: all in one folder of its own, deleted after a while, and gone with the server."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maskify.locking import LOCK_FILE, builder_of, only_build_in

PREFIX = "unmask-serve-"
"""Of the folder's name."""

LEAST = 1 << 16
"""Bytes that each file counts at least, so that there is an end also of empty ones."""


class Storage:
    """Folders of a server.

    Attributes:
      cache: uploads and results. Gradio serves what is in it.
      examples: photos to try the page with; they stay.
      most: bytes of all files in the cache.
    """

    def __init__(self, cache: Path, examples: Path, most: int):
        self.cache, self.examples, self.most = cache, examples, most
        self._coming, self._lock = 0, threading.Lock()

    @contextmanager
    def coming(self, *sizes: int) -> Iterator[None]:
        """Counts files of so many bytes as there while they are written; no file has 0."""
        size = sum(max(size, LEAST) for size in sizes if size)
        with self._lock:
            self._coming += size
        try:
            yield
        finally:
            with self._lock:
                self._coming -= size

    def has_room(self) -> bool:
        """Whether what is coming fits beside what is in the cache. Looks at every file: not for an event loop."""
        coming = self._coming  # before the look: what has come in between is counted twice rather than never
        return coming + sum(max(size, LEAST) for _, size, _ in _files(self.cache)) <= self.most

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
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX)))
    storage = Storage(root / "cache", root / "examples", most)
    before = os.environ.get("GRADIO_TEMP_DIR")
    try:
        with only_build_in(root):  # until it is empty: its lock tells others that this server lives
            _remove_leftovers(root)
            storage.cache.mkdir()
            storage.examples.mkdir()
            os.environ["GRADIO_TEMP_DIR"] = str(storage.cache)
            try:
                yield storage
            finally:
                shutil.rmtree(storage.cache, ignore_errors=True)
                shutil.rmtree(storage.examples, ignore_errors=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        os.environ.pop("GRADIO_TEMP_DIR", None)
        if before is not None:
            os.environ["GRADIO_TEMP_DIR"] = before


def _remove_leftovers(root: Path) -> None:
    """Removes what other servers of this user left that were killed, as they could not do so themselves."""
    if builder_of(root) is None:  # nothing can be locked here
        return
    for folder in root.parent.glob(f"{PREFIX}*"):
        if os.access(folder / LOCK_FILE, os.W_OK) and builder_of(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Path, bytes and time of the last change of each file in a folder; others may be deleting them."""
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                facts = os.lstat(os.path.join(place, name))
                yield Path(place, name), facts.st_size, facts.st_mtime
