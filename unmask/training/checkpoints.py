"""Checkpoints: all that a run needs to go on, in one folder a step, there whole or not at all.

checkpoints/00001200/state.npz           every variable, by group and place
checkpoints/00001200/checkpoint.json     step, epoch, phase, seed, metrics, and the SHA-256 of state.npz
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import UnmaskError
from unmask.files import remove_folder, sha256_of, whole_folder, write_json

STATE, ABOUT = "state.npz", "checkpoint.json"
SET_ASIDE = "set-aside"

Groups = Mapping[str, Sequence[Any]]
"""Variables of Keras by group; within a group the order is that of the network or optimizer."""


class BrokenCheckpoint(UnmaskError):
    """A checkpoint is not what was written."""


@dataclass(frozen=True)
class Checkpoint:
    """What checkpoint.json says.

    Attributes:
      step: global steps that were done; the next is this one, counted from 0.
      epoch, position: the next step's epoch, and its place in it: where the data go on.
      phase: of the last step that was done.
      seed: from which shuffling and augmentation of each step follow.
      score: the last validation's value that decides which checkpoint is best; None before the first.
      sha256: of state.npz.
    """

    step: int
    epoch: int
    position: int
    phase: int
    seed: int
    score: float | None
    sha256: str = ""


def path_of(folder: Path, step: int) -> Path:
    """The folder of the checkpoint of a step."""
    return folder / f"{step:08d}"


def steps_in(folder: Path) -> list[int]:
    """The steps of all checkpoints, in order."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit() and path.is_dir())


def save(folder: Path, about: Checkpoint, groups: Groups) -> Checkpoint:
    """Writes a checkpoint, and returns what its checkpoint.json says.

    Raises:
      UnmaskError: a variable is not finite, so that nothing good could go on from it; or the disk is full.
    """
    arrays = {
        f"{group}/{number:04d}": np.asarray(variable)
        for group, variables in groups.items()
        for number, variable in enumerate(variables)
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise UnmaskError(f"At step {about.step} the variable {name} is not finite, so no checkpoint is written.")
    path = path_of(folder, about.step)
    try:
        with whole_folder(path) as temporary:
            np.savez(temporary / STATE, allow_pickle=False, **arrays)
            about = Checkpoint(**{**asdict(about), "sha256": sha256_of(temporary / STATE)})
            write_json(temporary / ABOUT, asdict(about))
    except OSError as error:
        raise UnmaskError(
            f"The checkpoint {path} could not be written: {error}. Earlier ones are as before."
        ) from error
    return about


def read_about(folder: Path, step: int) -> Checkpoint:
    """What checkpoint.json says.

    Raises:
      UnmaskError: there is no such checkpoint.
      BrokenCheckpoint: it is damaged.
    """
    path = path_of(folder, step)
    if not path.is_dir():
        there = ", ".join(map(str, steps_in(folder))) or "none"
        raise UnmaskError(f"There is no checkpoint {step} in {folder}. There are: {there}.")
    try:
        return Checkpoint(**json.loads((path / ABOUT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BrokenCheckpoint(_broken(folder, step, f"{ABOUT}: {error}")) from error


def load(folder: Path, step: int, groups: Groups) -> Checkpoint:
    """Assigns a checkpoint's values to the variables, once all of it is known to be sound.

    Raises:
      UnmaskError: there is no such checkpoint.
      BrokenCheckpoint: it is damaged, or of other networks; the message offers the one before it.
    """
    about = read_about(folder, step)
    path = path_of(folder, step) / STATE
    try:
        if sha256_of(path) != about.sha256:
            raise ValueError(f"{STATE} is not the file that {ABOUT} describes")
        with np.load(path) as arrays:
            pairs = [pair for group, variables in groups.items() for pair in _matched(arrays, group, variables)]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise BrokenCheckpoint(_broken(folder, step, str(error))) from error
    for variable, value in pairs:
        variable.assign(value)
    return about


def _matched(arrays: Any, group: str, variables: Sequence[Any]) -> list[tuple[Any, np.ndarray]]:
    held = sum(name.startswith(f"{group}/") for name in arrays.files)
    if held != len(variables):
        raise ValueError(f"{STATE} has {held} variables of {group}, the networks of these settings {len(variables)}")
    pairs = [(variable, arrays[f"{group}/{number:04d}"]) for number, variable in enumerate(variables)]
    for number, (variable, value) in enumerate(pairs):
        if tuple(variable.shape) != value.shape:
            raise ValueError(f"{group}/{number:04d} has shape {value.shape}, not {tuple(variable.shape)}")
    return pairs


def _broken(folder: Path, step: int, why: str) -> str:
    earlier = [other for other in steps_in(folder) if other < step]
    advice = f"Go on from the one before: --from-checkpoint {earlier[-1]}." if earlier else "Begin anew: --fresh."
    return f"The checkpoint {path_of(folder, step)} is broken ({why}). {advice}"


def prune(folder: Path, keep: int, best: int | None, chosen: int | None) -> None:
    """Removes all checkpoints but the last `keep`, the best, and the one that the run was told to go on from."""
    steps = steps_in(folder)
    for step in steps[: max(0, len(steps) - keep)]:
        if step not in (best, chosen):
            remove_folder(path_of(folder, step))


def set_aside_after(folder: Path, step: int) -> list[int]:
    """Moves the checkpoints after `step` to set-aside/, since the run goes on from `step` another time."""
    later = [other for other in steps_in(folder) if other > step]
    for other in later:
        target = path_of(folder / SET_ASIDE, other)
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            remove_folder(target)
        path_of(folder, other).rename(target)
    return later
