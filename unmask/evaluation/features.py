"""Features of sets of pictures, in files: memory stays flat, and what stays the same is computed once.

The features of clean photos and baselines depend on the records alone. They are kept in $XDG_CACHE_HOME/unmask/features
(~/.cache/unmask/features) under a hash of the content that they come from; the folder can be removed at any time.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from unmask.errors import UnmaskError
from unmask.files import remove_temporary, whole_file

_DAY = 86400.0


@dataclass(frozen=True)
class Extractor:
    """Something that makes features of pictures.

    Attributes:
      sha256: of its weights.
      name: says all that decides its features besides the pictures and the weights.
      dim: features of a picture.
      extract: images uint8 [B, S, S, 3] and landmarks float64 [B, 68, 2] -> features [B, dim].
    """

    sha256: str
    name: str
    dim: int
    extract: Callable[[np.ndarray, np.ndarray], np.ndarray]


class Features:
    """Features of sets of pictures by one extractor, each set in a file of its own; row i is of record i.

    Attributes:
      sha256: of the extractor's weights.
    """

    def __init__(self, extractor: Extractor, paths: Mapping[str, Path]):
        self.sha256 = extractor.sha256
        self._extractor, self._paths = extractor, paths
        self._streams: dict[str, IO[bytes]] = {}

    @contextmanager
    def filling(self, count: int) -> Iterator[None]:
        """Within the block `add` takes the pictures of `count` records. Files appear if the block ends well.

        Raises:
          UnmaskError: a file cannot be written.
        """
        shape = (count, self._extractor.dim)
        with ExitStack() as stack:
            missing = {name: path for name, path in self._paths.items() if not _is_whole(path, shape)}
            self._streams = {name: stack.enter_context(_new_array(path, shape)) for name, path in missing.items()}
            yield

    def add(self, pictures: Mapping[str, np.ndarray], landmarks: np.ndarray) -> None:
        """Adds a batch, uint8 [B, S, S, 3] for each set; those that were in their files before are passed over.

        Raises:
          UnmaskError: a file cannot be written: the disk is full, say.
        """
        for name, stream in self._streams.items():
            features = self._extractor.extract(pictures[name], landmarks)
            with _writing_to(self._paths[name].parent):
                _write(stream, np.ascontiguousarray(features, np.float32).tobytes())

    def of(self, name: str) -> np.ndarray:
        """All features of a set, float32 [N, dim], memory-mapped."""
        return np.lib.format.open_memmap(self._paths[name], mode="r")


def feature_folder(instead: Path) -> Path:
    """Where features are kept, made if missing; `instead` where there is no such place, or none to write to.

    What killed processes have left there half written is removed, once nothing was written to it for a day.
    """
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base, "unmask", "features")
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return instead
    if not os.access(folder, os.W_OK):
        return instead
    with suppress(OSError):  # it may be another user's
        remove_temporary(folder, idle=_DAY)
    return folder


def content_name(*parts: object) -> str:
    """The name of a file whose content follows from these values alone."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest() + ".npy"


@contextmanager
def _new_array(path: Path, shape: tuple[int, int]) -> Iterator[IO[bytes]]:
    """A .npy file for float32 numbers of this shape, which are to be written from start to end."""
    with ExitStack() as stack:
        with _writing_to(path.parent):
            stream = stack.enter_context(open(stack.enter_context(whole_file(path)), "wb", buffering=0))
            np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
        yield stream
        with _writing_to(path.parent):
            stack.close()


def _write(stream: IO[bytes], content: bytes) -> None:
    """Writes all of it to an unbuffered stream, which fails when the disk is full and not only when it is closed."""
    left = memoryview(content)
    while left:
        left = left[stream.write(left) :]


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnmaskError(
            f"Features cannot be written to {folder}: {error.strerror or error}. Make room there, or set "
            "XDG_CACHE_HOME, for what is kept, and TMPDIR, for the rest, to other folders."
        ) from error


def _is_whole(path: Path, shape: tuple[int, int]) -> bool:
    try:
        return np.lib.format.open_memmap(path, mode="r").shape == shape
    except (OSError, ValueError):
        return False
