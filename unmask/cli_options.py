"""Options of the commands: those that the training commands share, and those of the evaluation."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

PRESET_NAMES = ("base", "seed", "tiny")
VGG_LAYERS = "block3_conv4,block4_conv4,block5_conv4"


def _layer_names(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise click.BadParameter("names no layer. To train without the perceptual loss, give --perceptual none.")
    return names


def training_options(run: str) -> Callable[[Command], Command]:
    """Adds what both stages take; `run` is the default folder."""
    options = [
        click.option(
            "--records", type=click.Path(path_type=Path), required=True,
            help="Folder that `maskify build` has written.",
        ),
        click.option(
            "--run", type=click.Path(path_type=Path, file_okay=False), default=Path(run), show_default=True,
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
        click.option("--jit", is_flag=True, help="Compile the step with XLA: a slow start, faster steps on most GPUs."),
    ]  # fmt: skip

    return lambda command: _added(command, options)


def perceptual_options(command: Command) -> Command:
    """Adds what decides the perceptual loss."""
    options = [
        click.option(
            "--perceptual", type=click.Choice(["vgg19", "none"]), default="vgg19", show_default=True,
            help="Perceptual loss on VGG19's features, or none.",
        ),
        click.option(
            "--vgg-weights", type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Keras .h5 file of VGG19's weights, by layer name.  [default: Keras downloads them]",
        ),
        click.option(
            "--perceptual-layers", callback=_layer_names, default=VGG_LAYERS, show_default=True, metavar="NAME,...",
            help="Layers of VGG19 whose features are compared.",
        ),
    ]  # fmt: skip
    return _added(command, options)


def evaluation_options(command: Command) -> Command:
    """Adds all that `unmask evaluate` takes."""
    options = [
        click.option(
            "--records", type=click.Path(path_type=Path), help="Folder that `maskify build` has written.",
        ),
        click.option(
            "--run", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/face"), show_default=True,
            help="Finished run of train-face, or of train-mask to measure Mask G alone.",
        ),
        click.option(
            "--out", type=click.Path(path_type=Path),
            help="Folder for the report and the numbers; with --compare a JSON file.  [default: RUN/evaluation]",
        ),
        click.option(
            "--split", type=click.Choice(["test", "validation", "train"]), default="test", show_default=True,
            help="Which records to measure on.",
        ),
        click.option("--limit", type=click.IntRange(1), help="Use only so many records, an even sample of all."),
        click.option(
            "--batch-size", type=click.IntRange(1), default=16, show_default=True, help="Photos restored at a time."
        ),
        click.option(
            "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of confidence intervals and draws."
        ),
        click.option("--raw", is_flag=True, help="Measure what Face G paints instead of the completed photo."),
        click.option(
            "--restored", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
            help="Measure another program's pictures instead of a run: DIR/KEY.png for each record.",
        ),
        click.option(
            "--image-size", type=click.IntRange(32, 4096),
            help="Side of the pictures of --restored.  [default: the records']",
        ),
        click.option(
            "--fid/--no-fid", default=True, show_default=True,
            help="Compute FID, KID, P-IDS and U-IDS, where pytorch-fid is installed: some seconds a photo on a CPU.",
        ),
        click.option(
            "--inception-weights", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
            help="pytorch-fid's weights of Inception.  [default: the package downloads them]",
        ),
        click.option("--jobs", type=click.IntRange(1), help="Processes that score.  [default: one per core]"),
        click.option(
            "--compare", type=click.Path(path_type=Path), nargs=2, metavar="A B",
            help="Compare two metrics.json instead, with the per_image.csv beside them.",
        ),
    ]  # fmt: skip
    return _added(command, options)


def _box(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        x, y, width, height = (float(number) for number in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text} is not x,y,w,h: four numbers with commas, such as 120,80,200,200.") from error
    if not (0 < width < math.inf and 0 < height < math.inf and math.isfinite(x + y)):
        raise click.BadParameter(f"{text} has no width and height. Give x,y,w,h in pixels, such as 120,80,200,200.")
    return x, y, width, height


def removal_options(command: Command) -> Command:
    """Adds all that `unmask remove` takes."""
    options = [
        click.argument("photos", nargs=-1, required=True, metavar="PHOTOS..."),
        click.option(
            "--out", required=True, metavar="PATH",
            help="File for one photo's result, or folder; below it photos of folders keep their paths.",
        ),
        click.option(
            "--run", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
            help="Finished run of train-face.  [default: runs/face]",
        ),
        click.option(
            "--faces", type=click.Choice(["all", "largest"]), default="all", show_default=True,
            help="Which faces to restore.",
        ),
        click.option(
            "--box", callback=_box, metavar="X,Y,W,H",
            help="Where the head is, in pixels from the top left, hair and chin in it; no search.",
        ),
        click.option(
            "--aligned", is_flag=True, help="The photo is in the training frame: a crop of maskify's, or CelebA's own."
        ),
        click.option("--save-map", is_flag=True, help="Also write NAME.map.png: 255 where the photo was replaced."),
        click.option(
            "--save-side-by-side", is_flag=True, help="Also write NAME.side-by-side.jpg: photo, map and result."
        ),
        click.option("--overwrite", is_flag=True, help="Replace results that are there already."),
    ]  # fmt: skip
    return _added(command, options)


def serving_options(command: Command) -> Command:
    """Adds all that `unmask serve` takes."""
    options = [
        click.option(
            "--host", default="127.0.0.1", show_default=True,
            help="Address to listen on; 0.0.0.0 lets other machines in, without a password.",
        ),
        click.option(
            "--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="0 takes any that is free."
        ),
        click.option(
            "--run", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
            help="Finished run of train-face.  [default: runs/face]",
        ),
        click.option(
            "--max-upload", type=click.FloatRange(0.1, 1000), default=20, show_default=True, metavar="MB",
            help="Largest file that is taken.",
        ),
    ]  # fmt: skip
    return _added(command, options)


def check_removal(options: dict[str, Any]) -> None:
    """Refuses options of `unmask remove` that do not go together."""
    if options["box"] and options["aligned"]:
        raise click.UsageError("Give --box or --aligned, not both: in an aligned photo the face's place is known.")


def check_evaluation(options: dict[str, Any]) -> None:
    """Refuses options of `unmask evaluate` that do not go together."""
    if options["records"] is None:
        raise click.UsageError("Give --records, or --compare with two metrics.json.")
    if options["restored"] and options["raw"]:
        raise click.UsageError("Give --restored or --raw, not both: there is no Face G in a folder of pictures.")
    if options["restored"] and options["out"] is None:
        raise click.UsageError("--restored needs --out, a folder for the report and the numbers.")
    if options["image_size"] and not options["restored"]:
        raise click.UsageError("--image-size is for --restored; networks are measured at the size of their training.")


def _added(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
