"""`unmask train-mask` and `unmask train-face`, from their options to the finished network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from unmask.augmentation import FACE, MASK, Augmentation
from unmask.builds import check_apart, index_all
from unmask.errors import UnmaskError
from unmask.files import sha256_of
from unmask.networks import saved
from unmask.networks.vgg import vgg_features
from unmask.presets import PRESETS
from unmask.records import IMAGES, MASK_IMAGES, RecordIndex
from unmask.stopping import StopRequest, stop_requests
from unmask.training import finished
from unmask.training.devices import choose_devices
from unmask.training.face_stage import FaceStage
from unmask.training.mask_stage import MaskStage
from unmask.training.run import Job, train
from unmask.training.settings import Running, Settings, fingerprint_of


def run_training(stage: str, options: dict[str, Any]) -> None:
    """Trains a stage ("mask" or "face") as the options of its command say, and says what was made.

    Raises:
      UnmaskError: an option, the records, Mask G, or a loss is not as it must be.
      Stopped: a signal came.
    """
    with stop_requests("Stopped; no step was under way, so the run is as it was saved last.") as request:
        _run(stage, options, request)


def _run(stage: str, options: dict[str, Any], request: StopRequest) -> None:
    if options["from_checkpoint"] is not None and options["resume"] is False:
        raise click.UsageError("Give --from-checkpoint or --fresh, not both.")
    train_index = index_all(options["records"], "train", options["limit"])
    check_apart(options["records"])
    validation = None if options["val_steps"] == 0 else index_all(options["records"], "validation")
    settings = _settings(stage, options, train_index)
    devices = choose_devices(options["devices"], options["batch_size"])
    if stage == "mask":
        job = _mask_job(settings, train_index, validation)
    else:
        settings, job = _face_job(options, settings, train_index, validation)
    running = Running(
        options["save_every"], options["keep"], options["val_steps"],
        options["resume"] if options["from_checkpoint"] is None else True, options["from_checkpoint"],
        options["devices"], options["jit"],
    )  # fmt: skip
    trained = train(job, settings, running, options["run"], devices, request)
    _finish(stage, trained, options["preset"], options["run"])


def _settings(stage: str, options: dict[str, Any], index: RecordIndex) -> Settings:
    """What both stages have in common."""
    size, preset = options["image_size"] or index.size, PRESETS[options["preset"]]
    stride = (preset.mask if stage == "mask" else preset.face).stride
    if size % stride:
        raise UnmaskError(f"--image-size {size} is no multiple of {stride}, as preset {options['preset']} needs.")
    return Settings(
        stage=stage, preset=options["preset"], image_size=size, batch_size=options["batch_size"],
        steps=_steps(options, len(index)),
        learning_rate=options["learning_rate"] or (preset.mask_rate if stage == "mask" else preset.face_rate),
        seed=options["seed"], augment=options["augment"], mixed_precision=options["mixed_precision"],
        limit=options["limit"], records=index.fingerprint(),
        numbers=fingerprint_of(stage, preset, _changes(stage, options)),
    )  # fmt: skip


def _changes(stage: str, options: dict[str, Any]) -> Augmentation | None:
    return (MASK if stage == "mask" else FACE) if options["augment"] else None


def _mask_job(settings: Settings, train_index: RecordIndex, validation: RecordIndex | None) -> Job:
    def make() -> MaskStage:
        return MaskStage(PRESETS[settings.preset], settings.learning_rate, settings.steps)

    return Job(make, MASK_IMAGES, MASK, train_index, validation)


def _face_job(
    options: dict[str, Any], settings: Settings, train_index: RecordIndex, validation: RecordIndex | None
) -> tuple[Settings, Job]:
    size, weights, layers = settings.image_size, options["vgg_weights"], _perceptual_layers(options)
    mask_generator = finished.load_mask_generator(options["mask_run"], options["mask_checkpoint"], size)

    def make() -> FaceStage:
        # Both are made anew here, in the scope of the devices; Mask G as it was loaded lies outside of it.
        mask = finished.load_mask_generator(options["mask_run"], options["mask_checkpoint"], size)
        features = vgg_features(layers, weights) if layers else None
        return FaceStage(PRESETS[settings.preset], settings.learning_rate, settings.steps, mask, size, features)

    settings = replace(
        settings, mask_generator=saved.fingerprint(mask_generator), perceptual=layers,
        vgg_weights=sha256_of(weights) if weights and layers else None,
    )  # fmt: skip
    return settings, Job(make, IMAGES, FACE, train_index, validation)


def _steps(options: dict[str, Any], count: int) -> int:
    if options["steps"] and options["epochs"]:
        raise click.UsageError("Give --steps or --epochs, not both.")
    if count < options["batch_size"]:
        raise UnmaskError(f"There are {count} training records, fewer than --batch-size {options['batch_size']}.")
    return int(options["steps"] or (options["epochs"] or 10) * (count // options["batch_size"]))


def _perceptual_layers(options: dict[str, Any]) -> tuple[str, ...]:
    return () if options["perceptual"] == "none" else tuple(options["perceptual_layers"])


def _finish(stage: str, trained: Any, preset: str, run: Path) -> None:
    name = saved.MASK_FILE if stage == "mask" else saved.FACE_FILE
    finished.keep_finished(trained, stage, preset, run / name)
    if stage == "face":
        finished.copy_mask_generator(trained.mask_generator, run / saved.MASK_FILE)
    click.echo(f"The finished network is {run / name}.")
