"""Whether an export gives in its own runtime what the networks give here."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from keras import ops

from unmask.compositing import blending_map
from unmask.errors import UnmaskError
from unmask.exporting import fresh_process
from unmask.exporting.formats import Format
from unmask.exporting.network import MAP, RESTORED
from unmask.presets import PRESETS
from unmask.restorer import Restorer

MOST = 2
"""Grey levels by which an export may differ: runtimes add up in another order, and that may change a rounding."""


@dataclass(frozen=True)
class Checked:
    """What a check has found.

    Attributes:
      runtime: in which it ran, with its version.
      photos: how many.
      difference: the largest from Keras, of picture and map, in grey levels.
      milliseconds: median over the photos, each by itself.
    """

    runtime: str
    photos: int
    difference: int
    milliseconds: float

    def __str__(self) -> str:
        levels = "grey level" if self.difference == 1 else "grey levels"
        difference = f"the largest difference from Keras is {self.difference} {levels}"
        return f"with {self.runtime} on {self.photos} photos: {difference}"


def check(format: Format, path: Path, restorer: Restorer, photos: np.ndarray) -> Checked:
    """Runs an export in a process of its own, and compares.

    Args:
      format: its format.
      path: the export.
      restorer: the networks that it was made of.
      photos: uint8 [N, S, S, 3] RGB, in the training frame.

    Raises:
      UnmaskError: it differs from the networks by more than `MOST` grey levels, or cannot be run.
      NotFinite: an output of the networks is not finite.
    """
    found, expected = _found(format, path, photos), _expected(restorer, photos)
    seconds, version = found.pop("seconds"), found.pop("version")
    apart = {name: np.abs(values.astype(int) - expected[name.split("_")[0]]) for name, values in found.items()}
    largest = max(int(values.max()) for values in apart.values())
    runtime = f"{format.runs} {version}"
    if largest > MOST:
        share = max(float((values > MOST).mean()) for values in apart.values())
        raise UnmaskError(
            f"The {format.title} export differs from Keras by up to {largest} grey levels with {runtime}, and at "
            f"{share:.2%} of the values by more than the {MOST} that are allowed, so it was not kept. Try another "
            f"version of {', '.join((*format.needs, format.runs))}, or another --format."
        )
    return Checked(runtime, len(photos), largest, float(np.median(seconds)) * 1000)


def _expected(restorer: Restorer, photos: np.ndarray) -> dict[str, np.ndarray]:
    restored = restorer.restore_batch(photos)
    assert restored.completed is not None
    feather = PRESETS[restorer.settings["preset"]].feather_at(restorer.size)
    soft_map = ops.convert_to_numpy(blending_map(restored.probability[..., np.newaxis], feather))
    return {RESTORED: restored.completed, MAP: np.rint(soft_map * 255)}


def _found(format: Format, path: Path, photos: np.ndarray) -> dict[str, np.ndarray]:
    """What the fresh process has written; see there."""
    lines = [line.format(path=repr(str(path.resolve()))) for line in format.usage]
    told = {"lines": lines, "runs": format.runs, "any_number": format.batch == "N"}
    with TemporaryDirectory() as folder:
        usage, given, outputs = (Path(folder, name) for name in ("usage.json", "photos.npy", "outputs.npz"))
        usage.write_text(json.dumps(told), encoding="utf-8")
        np.save(given, photos)
        command = [sys.executable, *map(str, (fresh_process.__file__, usage, given, outputs))]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise UnmaskError(f"The {format.title} export fails in {format.runs}, so it was not kept: {reason}")
        with np.load(outputs) as file:
            return dict(file)
