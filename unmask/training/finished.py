"""The finished network of a run: how it is kept, and how a later command gets it."""

from pathlib import Path

import keras

from unmask.errors import UnmaskError
from unmask.files import whole_file
from unmask.networks.face_generator import face_generator
from unmask.networks.mask_generator import mask_generator
from unmask.networks.saved import MASK_FILE, load_network
from unmask.presets import PRESETS
from unmask.training import checkpoints
from unmask.training.devices import precision
from unmask.training.run_folder import RunFolder
from unmask.training.stage import Stage


def keep_finished(stage: Stage, name: str, preset: str, path: Path) -> None:
    """Writes the stage's network with its averaged weights, in float32."""
    network = _empty(name, preset)
    network.set_weights([variable.numpy() for variable in stage.averaged.variables])
    with whole_file(path) as temporary:
        network.save(temporary)


def load_mask_generator(run: Path, checkpoint: int | None, size: int) -> keras.Model:
    """The trained Mask G of a run: the finished one, or that of a checkpoint.

    Raises:
      UnmaskError: there is no such run, it is not finished, or it was trained on images of another size.
    """
    folder = RunFolder(run)
    if not folder.has_run():
        raise UnmaskError(
            f"There is no Mask G in {run}. Train one: unmask train-mask --records RECORDS --run {run}; "
            "or name its run with --mask-run."
        )
    settings = folder.config().get("settings", {})
    if settings.get("stage") != "mask":
        raise UnmaskError(f"--mask-run {run} is no run of train-mask but of train-{settings.get('stage')}.")
    if settings["image_size"] != size:
        raise UnmaskError(
            f"Mask G in {run} was trained on images of {settings['image_size']} pixels. "
            f"Give --image-size {settings['image_size']}, or train one for {size} pixels."
        )
    if checkpoint is not None:
        network = _empty("mask", settings["preset"])
        try:
            checkpoints.load(folder.checkpoints, checkpoint, {"average": network.weights})
        except checkpoints.BrokenCheckpoint as error:
            there = [step for step in checkpoints.steps_in(folder.checkpoints) if step != checkpoint]
            raise UnmaskError(f"--mask-checkpoint {checkpoint} of {run} is broken. There are: {there}.") from error
        return network
    path = run / MASK_FILE
    if not path.exists():
        there = checkpoints.steps_in(folder.checkpoints)
        instead = f", or take one of its checkpoints with --mask-checkpoint {there[-1]}" if there else ""
        raise UnmaskError(f"The run of Mask G in {run} is not finished. Finish it with unmask train-mask{instead}.")
    return load_network(path)


def copy_mask_generator(network: keras.Model, path: Path) -> None:
    """Writes Mask G into the run of Face G, so that one folder has all that restores a photo."""
    with whole_file(path) as temporary:
        network.save(temporary)


def _empty(name: str, preset: str) -> keras.Model:
    shape = PRESETS[preset]
    with precision(False):  # whatever the run around it computes in
        return mask_generator(shape.mask) if name == "mask" else face_generator(shape.face)
