"""Options that the training commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from unmask.finished_run import PRESET_NAMES

Command = Callable[..., Any]

VGG_LAYERS = "block3_conv4,block4_conv4,block5_conv4"


def layers_in(text: str) -> tuple[str, ...]:
    """The names of VGG19's layers in a text that lists them with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _layer_names(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    names = layers_in(text)
    if not names:
        raise click.BadParameter("names no layer. To train without the perceptual loss, give --perceptual none.")
    return names


class PathOption(click.Path):
    """A path. Empty text, as of a variable that is not set, is refused: Python takes it for "."."""

    def __init__(self, path_type: type = Path, **checks: bool):
        super().__init__(path_type=path_type, **checks)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("is empty. Name a path; the folder that you work in is `.`.", param, ctx)
        return super().convert(value, param, ctx)


def training_options(run: str) -> Callable[[Command], Command]:
    """Adds what both stages take; `run` is the default folder."""
    options = [
        click.option(
            "--records", type=PathOption(), required=True, multiple=True,
            help="Folder that `maskify build` has written; several are learned from together.",
        ),
        click.option(
            "--run", type=PathOption(file_okay=False), default=Path(run), show_default=True,
            help="Folder for checkpoints, metrics, pictures and the finished network.",
        ),
        click.option(
            "--preset", type=click.Choice(PRESET_NAMES), default="base", show_default=True,
            help="Networks and losses: base is the best known, seed the forerunner's, tiny for trying things out.",
        ),
        click.option("--epochs", type=click.IntRange(1), help="Times that every record is seen.  [default: 10]"),
        click.option("--steps", type=click.IntRange(1), help="Length of the run in batches, instead of --epochs."),
        click.option(
            "--batch-size", type=click.IntRange(1), default=8, show_default=True,
            help="Photos a step, over all devices together.",
        ),
        click.option(
            "--learning-rate", type=click.FloatRange(0, min_open=True), help="Of Adam.  [default: the preset's]"
        ),
        click.option(
            "--image-size", type=click.IntRange(32, 1024), help="Side of the images in pixels.  [default: the records']"
        ),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all that is random."),
        click.option("--augment/--no-augment", default=True, show_default=True, help="Vary training photos at random."),
        click.option("--limit", type=click.IntRange(1), help="Use only so many records, an even sample of all."),
        click.option("--val-steps", type=click.IntRange(0), help="Validation batches; 0 for none.  [default: all]"),
        click.option(
            "--save-every", type=click.IntRange(1), default=1000, show_default=True,
            help="Steps between checkpoints; there is one after each validation too.",
        ),
        click.option(
            "--keep", type=click.IntRange(1), default=3, show_default=True,
            help="How many of the latest checkpoints stay, besides the best.",
        ),
        click.option(
            "--resume/--fresh", default=None,
            help="Demand a run to go on with, or begin anew.  [default: go on where there is one]",
        ),
        click.option(
            "--from-checkpoint", type=click.IntRange(0), metavar="N",
            help="Go on from this checkpoint; later ones are set aside.  [default: the latest]",
        ),
        click.option("--devices", type=click.IntRange(1), help="Devices that share a batch.  [default: all GPUs]"),
        click.option("--mixed-precision", is_flag=True, help="Compute in bfloat16; weights stay in float32."),
        click.option(
            "--jit", is_flag=True,
            help="Compile the step with XLA, as JAX always does: a slow start, faster steps on most GPUs.",
        ),
    ]  # fmt: skip

    return lambda command: added(command, options)


def perceptual_options(command: Command) -> Command:
    """Adds what decides the perceptual loss."""
    options = [
        click.option(
            "--perceptual", type=click.Choice(["vgg19", "none"]), default="vgg19", show_default=True,
            help="Perceptual loss on VGG19's features, or none.",
        ),
        click.option(
            "--vgg-weights", type=PathOption(exists=True, dir_okay=False),
            help="Keras .h5 file of VGG19's weights, by layer name.  [default: Keras downloads them]",
        ),
        click.option(
            "--perceptual-layers", callback=_layer_names, default=VGG_LAYERS, show_default=True, metavar="NAME,...",
            help="Layers of VGG19 whose features are compared.",
        ),
    ]  # fmt: skip
    return added(command, options)


def added(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """The command with these options, in their order."""
    for option in reversed(options):
        command = option(command)
    return command
