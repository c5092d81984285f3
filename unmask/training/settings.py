"""The settings of a run: what decides its result, and what only decides how it is done."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from unmask.augmentation import Augmentation
from unmask.presets import Preset


@dataclass(frozen=True)
class Settings:
    """What decides the result of a run. Saved with it; a run goes on with the same settings only.

    Attributes:
      stage: "mask" or "face".
      preset: name of the preset.
      image_size: side S of the images in pixels.
      batch_size: photos a step, over all devices together.
      steps: global steps of the run.
      learning_rate: Adam's.
      seed: of weights, shuffling and augmentation.
      augment: whether photos are changed at random.
      mixed_precision: whether networks compute in bfloat16.
      limit: use only so many records; None for all.
      records: fingerprint of the train split.
      numbers: `fingerprint_of` the stage, whose preset and augmentation another version of unmask may have changed.
      mask_generator: SHA-256 of Mask G's weights; None in stage 1.
      perceptual: layers of VGG19 in the perceptual loss; () for none.
      vgg_weights: SHA-256 of the file with VGG19's weights; None for Keras' own.
    """

    stage: str
    preset: str
    image_size: int
    batch_size: int
    steps: int
    learning_rate: float
    seed: int
    augment: bool
    mixed_precision: bool
    limit: int | None
    records: str
    numbers: str
    mask_generator: str | None = None
    perceptual: tuple[str, ...] = ()
    vgg_weights: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "perceptual": list(self.perceptual)}


def fingerprint_of(stage: str, preset: Preset, augmentation: Augmentation | None) -> str:
    """SHA-256 of the numbers of a preset that a stage goes by, and of its augmentation, if there is one."""
    of_mask = (preset.mask, preset.decay, preset.average, preset.clip)
    numbers = (of_mask if stage == "mask" else preset, augmentation)
    return hashlib.sha256(repr(numbers).encode()).hexdigest()


_OPTIONS = {
    "records": "--records (its train split)",
    "numbers": "what the preset or the augmentation of this version of unmask is,",
    "mask_generator": "Mask G (--mask-run, --mask-checkpoint)",
    "perceptual": "--perceptual-layers",
    "vgg_weights": "--vgg-weights",
    "steps": "--steps or --epochs (steps of the whole run)",
}


def differences(before: dict[str, Any], now: Settings) -> list[str]:
    """One line for each setting that is not as it was, by its option's name."""
    lines = []
    for name, value in now.to_json().items():
        if before.get(name) != value:
            option = _OPTIONS.get(name, "--" + name.replace("_", "-"))
            lines.append(f"{option} was {_short(before.get(name, 'not recorded'))}, now {_short(value)}")
    return lines


def _short(value: Any) -> str:
    text = str(value)
    return f"{text[:12]}..." if isinstance(value, str) and len(text) == 64 else text


@dataclass(frozen=True)
class Running:
    """How a run is done; none of it changes the result.

    Attributes:
      save_every: steps between checkpoints; there also is one after each validation.
      keep: how many of the latest checkpoints stay.
      val_steps: validation batches; None for all, 0 for no validation.
      resume: True must go on with what is there, False begins anew, None goes on where there is something.
      from_checkpoint: the step to go on from; None for the latest.
      devices: how many devices share each batch; None for all GPUs, or one CPU.
      jit: whether the step is compiled by XLA.
      quiet: no progress bar.
      round_steps: short epochs are taken together until they make so many steps, with one validation.
    """

    save_every: int = 1000
    keep: int = 3
    val_steps: int | None = None
    resume: bool | None = None
    from_checkpoint: int | None = None
    devices: int | None = None
    jit: bool = False
    quiet: bool = False
    round_steps: int = 50
