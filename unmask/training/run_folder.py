"""A run's folder: settings, metrics, checkpoints, pictures and, in the end, the network.

config.json               the settings, versions, and the licences of the photos
metrics.jsonl             a row of losses every 100 steps and after each epoch, then with the validation
checkpoints/00001200/     see checkpoints.py
samples/00001200.png      what the network makes of the same validation photos
tensorboard/              the same for TensorBoard: tensorboard --logdir RUN
mask_generator.keras      the finished network, with averaged weights
evaluation/               what unmask evaluate measured of it
"""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import UnmaskError
from unmask.files import remove_temporary, whole_file, write_json
from unmask.finished_run import CONFIG, FACE_FILE, MASK_FILE
from unmask.training import checkpoints
from unmask.training.settings import Settings, differences

METRICS = "metrics.jsonl"
_PARTS = (
    CONFIG, METRICS, "checkpoints", "samples", "tensorboard", MASK_FILE, FACE_FILE, "evaluation",
)  # fmt: skip


class RunFolder:
    """Reads and writes a run's folder.

    Attributes:
      path: the folder.
      checkpoints, samples, tensorboard: the folders in it.
    """

    def __init__(self, path: Path):
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.samples = path / "samples"
        self.tensorboard = path / "tensorboard"

    def has_run(self) -> bool:
        return (self.path / CONFIG).exists()

    def config(self) -> dict[str, Any]:
        """What config.json says.

        Raises:
          UnmaskError: it is missing or damaged.
        """
        try:
            return dict(json.loads((self.path / CONFIG).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UnmaskError(f"{self.path / CONFIG} cannot be read: {error}. Begin anew with --fresh.") from error

    def open(
        self, settings: Settings, versions: dict[str, str], resume: bool | None, data: dict[str, Any] | None = None
    ) -> bool:
        """Prepares the folder; returns whether there is a run to go on with.

        Raises:
          UnmaskError: there is nothing to go on with and `resume` says so, the run there has other settings, or the
            folder has something else in it.
        """
        known = self.has_run()
        remove_temporary(self.path)
        remove_temporary(self.checkpoints)
        if resume is False:
            self._clear()
        if self.has_run():
            if lines := differences(self.config().get("settings", {}), settings):
                raise UnmaskError(
                    f"{self.path} holds a run with other settings:\n  " + "\n  ".join(lines)
                    + "\nGive the same, choose another --run, or begin anew with --fresh."
                )  # fmt: skip
            return True
        if resume:
            raise UnmaskError(f"There is no run in {self.path} to go on with. Leave --resume out to begin one.")
        if not known and self.path.exists() and any(self.path.iterdir()):
            raise UnmaskError(f"--run {self.path} has files in it that are of no run. Choose another folder.")
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self.path / CONFIG, {"settings": settings.to_json(), "versions": versions, "data": data})
        return False

    def _clear(self) -> None:
        """Removes what a run wrote, and nothing else; config.json goes last."""
        if not self.has_run():
            return
        for name in _PARTS[::-1]:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def add_row(self, row: dict[str, Any]) -> None:
        """Adds a row to metrics.jsonl."""
        with open(self.path / METRICS, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def rows(self) -> list[dict[str, Any]]:
        """All whole rows of metrics.jsonl; a kill can leave half a row at the end."""
        rows = []
        path = self.path / METRICS
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                rows.append(json.loads(line))
            except ValueError:
                break
        return rows

    def forget_after(self, step: int) -> None:
        """Removes the rows and samples of later steps: the run goes on from `step`."""
        rows = [row for row in self.rows() if row["step"] <= step]
        with whole_file(self.path / METRICS) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        for path in self.samples.glob("*.png"):
            if path.stem.isdigit() and int(path.stem) > step:
                path.unlink()

    def forget_finished(self) -> None:
        """Removes the finished networks of a run that goes on: they are not its own any more."""
        for path in self.path.glob("*.keras"):
            path.unlink()

    def best(self, score: str, better: int) -> int | None:
        """The step of the checkpoint with the best score among those of the run's latest phase."""
        kept = []
        for step in checkpoints.steps_in(self.checkpoints):
            with suppress(checkpoints.BrokenCheckpoint):  # named when a run is to go on from it
                kept.append(checkpoints.read_about(self.checkpoints, step))
        phase = max((about.phase for about in kept), default=0)
        scored = [(better * it.score, it.step) for it in kept if it.score is not None and it.phase == phase]
        return max(scored)[1] if scored else None

    def add_sample(self, step: int, grid: np.ndarray) -> None:
        """Writes a picture, uint8 [H, W, 3] RGB."""
        from PIL import Image

        self.samples.mkdir(exist_ok=True)
        with whole_file(self.samples / f"{step:08d}.png") as temporary:
            Image.fromarray(grid).save(temporary)
