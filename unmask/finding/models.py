"""The trained files that the package ships; `python -m tools.train_masked_faces` in the repository makes them."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from unmask.errors import UnmaskError
from unmask.finding.descriptor import LENGTH
from unmask.finding.search import VIEWS

PREDICTORS = ("coarse", "fine")
"""Shape predictors in the order of their steps."""

JUDGE = "judge.npy"


@dataclass(frozen=True)
class Models:
    """What finds faces.

    Attributes:
      detectors: one for each of `unmask.finding.search.VIEWS`.
      predictors: one for each step to the five points.
      judge: float32 [LENGTH + 1], weights of the descriptor, and a constant: the log-odds that it shows a face.
    """

    detectors: tuple[dlib.fhog_object_detector, ...]
    predictors: tuple[dlib.shape_predictor, ...]
    judge: NDArray[np.float32]


@lru_cache(maxsize=1)
def packaged_models() -> Models:
    """The models of the package, read once.

    Raises:
      UnmaskError: a file is missing or broken.
    """
    with as_file(files("unmask.finding") / "models") as folder:
        return read_models(Path(folder))


def read_models(folder: Path) -> Models:
    """Reads the models of a folder.

    Raises:
      UnmaskError: a file is missing or broken.
    """
    try:
        detectors = read_detectors(folder)
        predictors = read_predictors(folder)
        judge = np.load(folder / JUDGE, allow_pickle=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise UnmaskError(f"The face models in {folder} cannot be read: {error}. Install maskify again.") from error
    if judge.shape != (LENGTH + 1,) or any(predictor_points(predictor) != 5 for predictor in predictors):
        raise UnmaskError(f"The face models in {folder} are of another version. Install maskify again.")
    return Models(detectors, predictors, judge)


def read_detectors(folder: Path) -> tuple[dlib.fhog_object_detector, ...]:
    return tuple(dlib.fhog_object_detector(str(folder / f"{view.name}.svm")) for view in VIEWS)


def read_predictors(folder: Path) -> tuple[dlib.shape_predictor, ...]:
    return tuple(dlib.shape_predictor(str(folder / f"{name}.dat")) for name in PREDICTORS)


def predictor_points(predictor: dlib.shape_predictor) -> int:
    """How many points a shape predictor answers with."""
    return len(predictor(np.zeros((8, 8), np.uint8), dlib.rectangle(0, 0, 7, 7)).parts())
