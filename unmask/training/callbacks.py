"""What happens around the steps: rows of metrics, checkpoints, pictures, the progress bar, and the way out."""

import math
import time
from dataclasses import dataclass
from typing import Any

import keras
from tqdm import tqdm

from unmask.errors import Stopped, UnmaskError
from unmask.plan import BatchPlan
from unmask.stopping import StopRequest
from unmask.training import checkpoints
from unmask.training.checkpoints import Checkpoint
from unmask.training.run_folder import RunFolder
from unmask.training.samples import grid
from unmask.training.schedule import Span
from unmask.training.settings import Running
from unmask.training.tensorboard import TensorBoardLog

ROW_EVERY = 100  # steps


@dataclass
class Clock:
    """Where the run is.

    Attributes:
      plan: of the data.
      per_round: steps between validations.
      step: global steps done.
      span: the piece of the run that `fit` is doing.
    """

    plan: BatchPlan
    per_round: int
    step: int
    span: Span

    @property
    def epoch(self) -> int:
        """The epoch of the step that was done last."""
        return self.plan.epoch_of(max(0, self.step - 1))

    def at_border(self) -> bool:
        """Whether `fit` ends an epoch of its own here: at the end of a round, of a phase, or of the run."""
        return self.step % self.per_round == 0 or self.step == self.span.stop


class Ticking(keras.callbacks.Callback):
    """Counts global steps. The first of the callbacks, as the others read the clock."""

    def __init__(self, clock: Clock):
        super().__init__()
        self._clock = clock

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._clock.step += 1


class Rows(keras.callbacks.Callback):
    """Writes a row of metrics every 100 steps and with each validation, and stops a run whose losses are not finite.

    Args:
      clock: where the run is.
      folder: for the rows.
      log: for TensorBoard.
    """

    def __init__(self, clock: Clock, folder: RunFolder, log: TensorBoardLog):
        super().__init__()
        self._clock, self._folder, self._log = clock, folder, log
        self.carried: list[Any] | None = None

    def carry(self) -> None:
        """Keeps the means that a checkpoint brought along over `fit`, which begins by resetting them."""
        self.carried = [variable.numpy() for variable in self.model.saved()["means"]]

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if self.carried is not None:
            for variable, value in zip(self.model.saved()["means"], self.carried, strict=True):
                variable.assign(value)
            self.carried = None
        self._began, self._since = time.monotonic(), self._clock.step

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        _check_finite(logs or {}, self._clock.step)
        if self._clock.at_border():
            self._rate = self._photos_per_second()
        elif self._clock.step % ROW_EVERY == 0:
            self._rate = self._photos_per_second()
            self.model.sync()
            self._write(logs or {})
            self.model.reset_metrics()
            self._began, self._since = time.monotonic(), self._clock.step

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._write(logs or {})
        self.model.reset_metrics()  # a checkpoint of this step is for a run that begins its means anew

    def _photos_per_second(self) -> float:
        photos = (self._clock.step - self._since) * self._clock.plan.batch_size
        return photos / max(1e-9, time.monotonic() - self._began)

    def _write(self, logs: dict[str, float]) -> None:
        step, values = self._clock.step, {name: float(value) for name, value in logs.items()}
        self._folder.add_row({"step": step, "epoch": self._clock.epoch, "phase": self.model.phase, **values})
        rate = float(self.model.generator_optimizer.learning_rate)
        shown = {_tag(name): value for name, value in values.items()}
        self._log.scalars(step, {**shown, "rate/learning": rate, "rate/photos_per_second": self._rate})


def _tag(name: str) -> str:
    return name.replace("val_", "validation/") if name.startswith("val_") else f"train/{name}"


def _check_finite(logs: dict[str, float], step: int) -> None:
    wrong = [name for name, value in logs.items() if not math.isfinite(value)]
    if not wrong:
        return
    name = next((name for name in wrong if name != "loss"), wrong[0])  # "loss" is the sum: a part says more
    raise UnmaskError(
        f"The loss `{name}` is {logs[name]} at step {step}; the run stops, and its checkpoints stay as they are. "
        "Begin anew in another --run, with a lower --learning-rate or without --mixed-precision."
    )


class Saving(keras.callbacks.Callback):
    """Writes checkpoints and pictures, and ends the run in good order when a signal has come.

    Args:
      clock: where the run is.
      folder: of the run.
      log: for TensorBoard.
      running: how often to save, and how many to keep.
      request: whether to stop.
      shown: a batch of validation photos for the pictures; None for no pictures.
    """

    def __init__(
        self, clock: Clock, folder: RunFolder, log: TensorBoardLog, running: Running,
        request: StopRequest, shown: dict[str, Any] | None,
    ):  # fmt: skip
        super().__init__()
        self._clock, self._folder, self._log, self._running = clock, folder, log, running
        self._request, self._shown = request, shown

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if not self._clock.at_border():
            self._save_if(self._due(), None)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        closing = self._clock.step % self._clock.per_round == 0 or self._clock.step == self._clock.plan.steps
        self._save_if(closing or self._due(), (logs or {}).get(self.model.score))

    def _due(self) -> bool:
        return self._clock.step % self._running.save_every == 0

    def _save_if(self, wanted: bool, score: float | None) -> None:
        stopping = self._request.number is not None
        if wanted or stopping:
            self._save(score)
        if stopping and self._clock.step < self._clock.plan.steps:
            chosen = self._running.resume is False or self._running.from_checkpoint is not None
            again = "The same command without --fresh and --from-checkpoint" if chosen else "The same command"
            raise Stopped(
                f"Stopped after step {self._clock.step} of {self._clock.plan.steps}; {self._folder.path} has a "
                f"checkpoint of it. {again} goes on from there.",
                128 + int(self._request.number or 0),
            )

    def _save(self, score: float | None) -> None:
        self.model.sync()
        folder, step, plan = self._folder, self._clock.step, self._clock.plan
        epoch, position = divmod(step, plan.steps_per_epoch)
        score = None if score is None else float(score)
        about = Checkpoint(step, epoch, position, self.model.phase, plan.seed, score)
        checkpoints.save(folder.checkpoints, about, self.model.saved())
        best = folder.best(self.model.score, self.model.better)
        checkpoints.prune(folder.checkpoints, self._running.keep, best, self._running.from_checkpoint)
        if self._shown is not None:
            self._draw(folder, step, self._shown)

    def _draw(self, folder: RunFolder, step: int, shown: dict[str, Any]) -> None:
        columns = self.model.predict_on_batch(shown)  # several devices repeat the batch
        picture = grid([images[: len(shown["masked"])] for images in columns], self.model.columns)
        folder.add_sample(step, picture)
        self._log.image(step, "validation " + " | ".join(self.model.columns), picture)


class Progress(keras.callbacks.Callback):
    """One bar on stderr, if that is a terminal, for the whole run, in photos, with the losses of the last steps."""

    def __init__(self, clock: Clock, name: str, shown: bool):
        super().__init__()
        self._clock = clock
        batch = clock.plan.batch_size
        self._bar = tqdm(
            total=clock.plan.steps * batch, initial=clock.step * batch, unit="photo", desc=name,
            disable=None if shown else True, smoothing=0.05, dynamic_ncols=True,  # None: where stderr is no terminal
        )  # fmt: skip

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        losses = {name: f"{value:.3g}" for name, value in (logs or {}).items()}
        if self.model.starts:
            losses = {"phase": str(self.model.phase + 1), **losses}
        self._bar.set_postfix(losses, refresh=False)
        self._bar.update(self._clock.plan.batch_size)

    def close(self) -> None:
        self._bar.close()
