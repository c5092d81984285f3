"""Pictures that another program restored, as what is measured."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from unmask.backend import quiet
from unmask.cli_evaluation import LEAST_SIZE, MOST_SIZE
from unmask.errors import UnmaskError
from unmask.evaluation.glossary import visible
from unmask.evaluation.results import Network
from unmask.evaluation.subject import Output
from unmask.evaluation.test_set import Sample

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
_SHOWN = 3  # keys that an error names


class Pictures:
    """A folder with a picture for each record, named by its key. The attributes are those of `Subject`.

    Args:
      folder: with KEY.png, KEY.jpg and so on, in folders where keys have slashes.
      keys: of the records.
      size: side that the pictures must have, in pixels.

    Raises:
      UnmaskError: there is no such folder, or pictures are missing, extra, there twice, or of another size.
    """

    method = "restored"
    output = "restored"

    def __init__(self, folder: Path, keys: Iterable[str], size: int):
        self._paths = _by_key(folder)
        self._size = size
        self.folder = visible(folder.resolve().name)
        self.title = f"pictures in {self.folder}"
        self.networks: dict[str, Network] = {}
        self.versions: dict[str, str] = {}
        _compare(folder, set(keys), set(self._paths))
        for path in self._paths.values():
            self._check(path)

    def restore(self, samples: Sequence[Sample]) -> list[Output]:
        return [Output(None, self._read(self._paths[sample.key])) for sample in samples]

    def _read(self, path: Path) -> np.ndarray:
        """uint8 [S, S, 3] RGB."""
        with quiet():  # OpenCV tells of every broken line
            image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise UnmaskError(f"{path} is no picture that OpenCV can read, or is cut off. Write it anew.")
        self._check_size(path, image.shape[1], image.shape[0])
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))

    def _check(self, path: Path) -> None:
        """Refuses a picture of another size by its header, before hours are spent on those before it."""
        try:
            with Image.open(path) as image:
                self._check_size(path, *image.size)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise UnmaskError(f"{path} is no picture that can be read. Write it anew.") from error

    def _check_size(self, path: Path, width: int, height: int) -> None:
        if (width, height) != (self._size, self._size):
            advice = (
                f"To measure at that size: --image-size {width}."
                if height == width and LEAST_SIZE <= width <= MOST_SIZE
                else "Restore the square photos of the records."
            )
            raise UnmaskError(
                f"{path} has {width} x {height} pixels, but the records are measured at {self._size} x {self._size}. "
                + advice
            )


def _by_key(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise UnmaskError(f"--restored {folder} is not a folder. It holds a picture for each record: KEY.png.")
    paths: dict[str, Path] = {}
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in sorted(names)):
            if path.suffix.lower() not in ENDINGS or path.name.startswith("."):
                continue
            key = path.relative_to(folder).as_posix()[: -len(path.suffix)]
            if key in paths:
                raise UnmaskError(f"--restored has two pictures of {key}: {paths[key].name} and {path.name}.")
            paths[key] = path
    return paths


def _compare(folder: Path, wanted: set[str], there: set[str]) -> None:
    missing, extra = sorted(wanted - there), sorted(there - wanted)
    if missing or extra:
        raise UnmaskError(
            f"--restored {folder} does not fit the {len(wanted):,} records. Pictures missing: {len(missing):,}"
            f"{_examples(missing)}; pictures of no record: {len(extra):,}{_examples(extra)}. "
            "A picture is named by its record's key; --split and --limit say which records are measured."
        )


def _examples(keys: list[str]) -> str:
    return f" ({', '.join(keys[:_SHOWN])}{', ...' if len(keys) > _SHOWN else ''})" if keys else ""
