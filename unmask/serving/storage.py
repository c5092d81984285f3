"""The server's files: all in one folder of its own, deleted after a while, and gone with the server."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Storage:
    """Folders of a server.

    Attributes:
      cache: uploads and results. Gradio serves what is in it.
      examples: photos to try the page with; they stay.
    """

    cache: Path
    examples: Path

    def size(self) -> int:
        """Bytes of all files in the cache."""
        return sum(size for _, size, _ in _files(self.cache))

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
def own_storage() -> Iterator[Storage]:
    """Makes the folders, which only this user can read, and tells Gradio of them; removes them in the end."""
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="unmask-serve-")))
    storage = Storage(root / "cache", root / "examples")
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


def _files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Path, bytes and time of the last change of each file in a folder; others may be deleting them."""
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                facts = os.lstat(os.path.join(place, name))
                yield Path(place, name), facts.st_size, facts.st_mtime
