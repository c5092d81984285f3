"""Features of sets of pictures, in files: memory stays flat, and what stays the same is computed once.

The features of clean photos and baselines depend on the records alone. They are kept in $XDG_CACHE_HOME/unmask/features
(~/.cache/unmask/features) under a hash of the content that they come from; the folder can be removed at any time.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from unmask.files import whole_file


def cache_folder(instead: Path) -> Path:
    """Where features are kept, made if missing; `instead` where it cannot be written to."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base, "unmask", "features")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return instead
    return folder if os.access(folder, os.W_OK) else instead


def content_name(*parts: object) -> str:
    """The name of a file that depends on these values alone."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest() + ".npy"


class FeatureFile:
    """Features float32 [count, dim] of a set of pictures, in the order of the records.

    Attributes:
      known: whether they are all there already, so that none is to be added.
    """

    def __init__(self, path: Path, stream: IO[bytes] | None):
        self._path, self._stream = path, stream
        self.known = stream is None

    def add(self, features: np.ndarray) -> None:
        """Adds features [B, dim], or those of one picture [dim]."""
        assert self._stream is not None
        self._stream.write(np.ascontiguousarray(features, np.float32).tobytes())

    def array(self) -> np.ndarray:
        """All features, float32 [count, dim], memory-mapped; once all have been added."""
        if self._stream is not None:
            self._stream.flush()
        return np.load(self._path, mmap_mode="r")


@contextmanager
def feature_file(path: Path, count: int, dim: int) -> Iterator[FeatureFile]:
    """The features that are there under a name, or a file to add them to, which is kept if the block ends well."""
    if _is_whole(path, (count, dim)):
        yield FeatureFile(path, None)
        return
    with whole_file(path) as temporary, open(temporary, "wb") as stream:
        head = {"descr": "<f4", "fortran_order": False, "shape": (count, dim)}
        np.lib.format.write_array_header_1_0(stream, head)
        yield FeatureFile(temporary, stream)


def _is_whole(path: Path, shape: tuple[int, int]) -> bool:
    try:
        return np.load(path, mmap_mode="r").shape == shape
    except (OSError, ValueError):
        return False
