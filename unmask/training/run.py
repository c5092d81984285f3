"""A training run from its first step, or from its latest checkpoint, to the finished network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import keras

from unmask.augmentation import Augmentation
from unmask.backend import quiet
from unmask.builds import data_of
from unmask.data import RecordReader, fixed_batches, train_batches
from unmask.errors import UnmaskError
from unmask.plan import BatchPlan
from unmask.records import RecordIndex
from unmask.stopping import StopRequest
from unmask.training import checkpoints
from unmask.training.callbacks import Clock, Progress, Rows, Saving, Ticking
from unmask.training.devices import Devices, precision
from unmask.training.lock import only_training_in
from unmask.training.run_folder import RunFolder
from unmask.training.samples import MOST_ROWS
from unmask.training.schedule import Span, phase_of, spans
from unmask.training.settings import Running, Settings
from unmask.training.stage import Stage
from unmask.training.tensorboard import TensorBoardLog


@dataclass(frozen=True)
class Job:
    """What `train` needs to know about a stage.

    Attributes:
      make: builds the stage, in the scope of the devices and with their precision.
      images: the images that a batch has.
      augmentation: how training photos are changed, unless the settings say that they are not.
      train, validation: the records; None for no validation.
    """

    make: Callable[[], Stage]
    images: tuple[str, ...]
    augmentation: Augmentation
    train: RecordIndex
    validation: RecordIndex | None


def train(
    job: Job, settings: Settings, running: Running, path: Path, devices: Devices, request: StopRequest,
    extra: tuple[keras.callbacks.Callback, ...] = (),
) -> Stage:  # fmt: skip
    """Trains a stage to the end of its run, going on from a checkpoint where there is one.

    Args:
      job: the stage and its records.
      settings: what decides the result.
      running: how it is done.
      path: the run's folder.
      devices: where.
      request: whether to stop.
      extra: more callbacks.

    Returns:
      The trained stage.

    Raises:
      UnmaskError: a setting, a checkpoint or a loss is not as it must be; see the message.
      Stopped: a signal came; there is a checkpoint.
    """
    with quiet():  # with JAX, this is where Keras loads TensorFlow too if it is installed
        keras.utils.set_random_seed(settings.seed)
    with devices.scope():
        with precision(settings.mixed_precision):
            stage = job.make()
        stage.prepare(running.jit)
        with only_training_in(path):
            _go_on(stage, job, settings, running, path, request, extra)
    return stage


def _go_on(
    stage: Stage, job: Job, settings: Settings, running: Running, path: Path, request: StopRequest,
    extra: tuple[keras.callbacks.Callback, ...],
) -> None:  # fmt: skip
    """Opens the folder and trains. It comes last, as --fresh empties the folder: what can fail has been made by now."""
    folder = RunFolder(path)
    resumed = folder.open(settings, _versions(), running.resume, data_of(job.train))
    plan = BatchPlan(len(job.train), settings.batch_size, settings.seed, settings.steps)
    start = _resume(stage, folder, running) if resumed else 0
    if start >= plan.steps:
        return
    folder.forget_finished()
    readers = [RecordReader(index) for index in (job.train, job.validation) if index is not None]
    try:
        _fit(stage, job, settings, running, folder, request, plan, start, readers, extra)
    except click.ClickException:
        raise
    except Exception as error:
        if (known := _explained(error, readers, settings)) is None:
            raise
        raise known from error


def _resume(stage: Stage, folder: RunFolder, running: Running) -> int:
    """Loads the latest checkpoint, or the one that is wanted; returns its step, 0 if there is none."""
    there = checkpoints.steps_in(folder.checkpoints)
    wanted = running.from_checkpoint
    if wanted is None and not there:
        return 0
    about = checkpoints.load(folder.checkpoints, there[-1] if wanted is None else wanted, stage.saved())
    if later := checkpoints.set_aside_after(folder.checkpoints, about.step):
        click.echo(f"Checkpoints after step {about.step} are now in {checkpoints.SET_ASIDE}/: {later}.", err=True)
    folder.forget_after(about.step)
    return about.step


def _fit(
    stage: Stage, job: Job, settings: Settings, running: Running, folder: RunFolder,
    request: StopRequest, plan: BatchPlan, start: int, readers: list[RecordReader],
    extra: tuple[keras.callbacks.Callback, ...],
) -> None:  # fmt: skip
    shown, validation = _validation(readers[1:], settings, running, job.images)
    per_round = plan.round_of(running.round_steps)
    pieces = list(spans(start, plan.steps, per_round, stage.starts))
    clock = Clock(plan, per_round, start, pieces[0])
    log = TensorBoardLog(folder.tensorboard)
    rows = Rows(clock, folder, log)
    rows.set_model(stage)
    rows.carry()
    saving = Saving(clock, folder, log, running, request, shown)
    progress = Progress(clock, f"train-{settings.stage}", not running.quiet)
    how = job.augmentation if settings.augment else None
    request.in_steps = True
    try:
        for span in pieces:
            clock.span = span
            stage.enter(phase_of(span.start, stage.starts))
            until = replace(plan, steps=span.stop)  # threads make no batch that this span does not see
            batches = train_batches(readers[0], until, span.start, settings.image_size, how, job.images)
            stage.fit(
                batches, initial_epoch=span.epoch, epochs=span.epoch + span.epochs, steps_per_epoch=_steps(span),
                shuffle=False, validation_data=validation if span.closes else None, verbose=0,
                callbacks=[Ticking(clock), rows, saving, progress, *extra],
            )  # fmt: skip
    finally:
        request.in_steps = False
        progress.close()
        log.close()


def _steps(span: Span) -> int:
    return (span.stop - span.start) // span.epochs


def _validation(
    readers: list[RecordReader], settings: Settings, running: Running, images: tuple[str, ...]
) -> tuple[dict[str, Any] | None, Any]:
    """A batch to draw, and the batches to measure; None where there is no reader, so no validation."""
    if not readers:
        return None, None
    (reader,), size = readers, settings.image_size
    shown = next(iter(fixed_batches(reader, min(MOST_ROWS, len(reader.index)), size, images, steps=1)))
    return shown, fixed_batches(reader, settings.batch_size, size, images, running.val_steps)


def _explained(error: Exception, readers: list[RecordReader], settings: Settings) -> Exception | None:
    """One that says what to do instead of a backend's error, where that is known."""
    for reader in readers:
        if reader.error is not None:
            return reader.error
    if type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error):  # TensorFlow's, JAX's
        return UnmaskError(
            f"The device has too little memory for --batch-size {settings.batch_size} at {settings.image_size} pixels. "
            "Give a smaller one of either, or --mixed-precision."
        )
    return None


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("maskify", "keras", keras.backend.backend(), "numpy")}
