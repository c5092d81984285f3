"""Features of sets of pictures, in files: memory stays flat, and what stays the same is computed once.

The features of clean photos and baselines depend on the records alone. They are kept in $XDG_CACHE_HOME/unmask/features
(~/.cache/unmask/features) under a hash of the content that they come from; the folder can be removed at any time.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from unmask.errors import UnmaskError
from unmask.files import whole_file


@dataclass(frozen=True)
class Extractor:
    """Something that makes features of pictures.

    Attributes:
      name: says all that decides its features besides the pictures.
      dim: features of a picture.
      extract: images uint8 [B, S, S, 3] and landmarks float64 [B, 68, 2] -> features [B, dim].
    """

    name: str
    dim: int
    extract: Callable[[np.ndarray, np.ndarray], np.ndarray]


class Features:
    """Features of sets of pictures by one extractor, each set in a file of its own; row i is of record i."""

    def __init__(self, extractor: Extractor, paths: Mapping[str, Path]):
        self._extractor, self._paths = extractor, paths
        self._streams: dict[str, IO[bytes]] = {}

    @contextmanager
    def filling(self, count: int) -> Iterator[None]:
        """Within the block `add` takes the pictures of `count` records. Files appear if the block ends well."""
        shape = (count, self._extractor.dim)
        with ExitStack() as stack:
            missing = {name: path for name, path in self._paths.items() if not _is_whole(path, shape)}
            self._streams = {name: stack.enter_context(_new_array(path, shape)) for name, path in missing.items()}
            yield

    def add(self, pictures: Mapping[str, np.ndarray], landmarks: np.ndarray) -> None:
        """Adds a batch, uint8 [B, S, S, 3] for each set; those that were in their files before are passed over.

        Raises:
          UnmaskError: the disk is full.
        """
        for name, stream in self._streams.items():
            features = self._extractor.extract(pictures[name], landmarks)
            try:
                _write(stream, np.ascontiguousarray(features, np.float32).tobytes())
            except OSError as error:
                raise UnmaskError(
                    f"Features cannot be written to {self._paths[name].parent}: {error.strerror}. Make room there, or "
                    "set XDG_CACHE_HOME, for what is kept, and TMPDIR, for the rest, to other folders."
                ) from error

    def of(self, name: str) -> np.ndarray:
        """All features of a set, float32 [N, dim], memory-mapped."""
        return np.load(self._paths[name], mmap_mode="r")


def feature_folder(instead: Path) -> Path:
    """Where features are kept, made if missing; `instead` where that cannot be written to."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base, "unmask", "features")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return instead
    return folder if os.access(folder, os.W_OK) else instead


def content_name(*parts: object) -> str:
    """The name of a file whose content follows from these values alone."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest() + ".npy"


@contextmanager
def _new_array(path: Path, shape: tuple[int, int]) -> Iterator[IO[bytes]]:
    """A .npy file for float32 numbers of this shape, which are to be written from start to end."""
    with whole_file(path) as temporary, open(temporary, "wb", buffering=0) as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
        yield stream


def _write(stream: IO[bytes], content: bytes) -> None:
    """Writes to an unbuffered stream, which fails when the disk is full and not only when it is closed."""
    if stream.write(content) < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_whole(path: Path, shape: tuple[int, int]) -> bool:
    try:
        return np.load(path, mmap_mode="r").shape == shape
    except (OSError, ValueError):
        return False
