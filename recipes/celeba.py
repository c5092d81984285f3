"""From the photos of CelebA to trained networks, and to the table in the README.

    python recipes/celeba.py --src celeba/ --out build/celeba
    python recipes/celeba.py --src celeba/ --out build/celeba --image-size 256 --vgg-weights vgg19.h5    # with a GPU

Needs `pip install "maskify[train,evaluate]"`. It runs the commands that one would type, prints each and the minutes it
took this time, and stops at the first that fails. Run it again and it goes on: builds and training runs take up where
they were.

The networks that come along with the package were made by the commands of the first line, Face G beside an earlier
Mask G, from 5,417 photos of CelebA (4,506 records to train on, and as many again for Mask G, 271 to validate with, 600
to test on), on two cores of a server without a GPU and without the perceptual loss. Their figures stand in the README,
under "Networks that come along". Mask G took 44 minutes, Face G of preset base 86 and of preset seed 89, each beside
other work. All of CelebA has forty times as many photos: divide the epochs by ten then, and expect better faces.
"""

import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import click

from unmask.backend import load_backend
from unmask.cli_options import VGG_LAYERS, layers_in
from unmask.evaluation.checks import check_installed
from unmask.evaluation.results import SPLITS
from unmask.records import find_records

PRINTS = "plain=2,stripes=1,check=1,polka=1,floral=2,camouflage=1,gradient=1,text=1,abstract=2"
"""Of the second set: bold prints are what Mask G finds hardest, and most masks of the first set are plain."""


@dataclass(frozen=True)
class Lengths:
    """How long each network is trained.

    Attributes:
      mask: epochs of Mask G, which learns from two records of each photo.
      base: epochs of Face G in preset base.
      seed: epochs of Face G in preset seed. It has more weights to move: this many take as long as preset base's.
    """

    mask: int = 20
    base: int = 16
    seed: int = 7


def commands(
    src: Path, out: Path, image_size: int, lengths: Lengths, perceptual: list[str]
) -> list[tuple[str, list[str]]]:
    """What is run, in order: each a module and its arguments."""
    records, more, mask, base, seed = (str(out / name) for name in ("records", "more", "mask", "base", "seed"))
    another = ["--seed", "1", "--wear", "correct=7,nose-out=2,chin=1", "--patterns", PRINTS, "--split", "train"]
    shared = ["--image-size", str(image_size), "--mixed-precision", "--val-steps", "16"]
    of_mask = ["--records", records, "--records", more, *shared, "--run", mask, "--batch-size", "16"]
    face = ["--records", records, *shared, "--mask-run", mask, "--batch-size", "8", *perceptual]
    metrics = [f"{run}/evaluation/metrics.json" for run in (base, seed)]
    return [
        ("maskify", ["build", "--src", str(src), "--out", records]),
        ("maskify", ["build", "--src", str(src), "--out", more, *another]),
        ("unmask", ["train-mask", *of_mask, "--epochs", str(lengths.mask)]),
        ("unmask", ["train-face", *face, "--run", base, "--preset", "base", "--epochs", str(lengths.base)]),
        ("unmask", ["train-face", *face, "--run", seed, "--preset", "seed", "--epochs", str(lengths.seed)]),
        ("unmask", ["evaluate", "--records", records, "--run", base]),
        ("unmask", ["evaluate", "--records", records, "--run", seed]),
        ("unmask", ["evaluate", "--compare", *metrics, "--out", str(out / "comparison.json")]),
    ]


def run(module: str, arguments: list[str]) -> float:
    """Runs a command and returns its minutes.

    Raises:
      click.ClickException: it failed.
      click.exceptions.Exit: it was stopped.
    """
    line = shlex.join([module, *arguments])
    click.secho(f"\n{line}", bold=True)
    start = time.monotonic()
    with subprocess.Popen([sys.executable, "-m", module, *arguments]) as process:
        code, signals = ended(process)
    if signals:  # however the command has ended: it may have been about to
        click.echo("Stopped. Run the recipe again: it goes on.", err=True)
        raise click.exceptions.Exit(128 + signals[0])
    if code:
        raise click.ClickException(
            f"{line}\nended with {code}. Mend what it says, and run the recipe again: it goes on. To change a setting "
            "of the recipe, give it another --out."
        )
    minutes = (time.monotonic() - start) / 60
    click.echo(f"Took {minutes:.1f} minutes.")
    return minutes


def check(vgg_weights: Path | None, layers: str | None) -> None:
    """Looks for what would fail hours later, in a process of its own: Keras takes half a gigabyte.

    Raises:
      click.exceptions.Exit: a package is missing, or the weights are not those of VGG19's layers; it has been said.
    """
    process = get_context("spawn").Process(target=_check, args=(vgg_weights, layers))
    process.start()
    process.join()
    if process.exitcode:
        raise click.exceptions.Exit(process.exitcode)


def _check(vgg_weights: Path | None, layers: str | None) -> None:
    try:
        check_installed(None)
        load_backend()
        if vgg_weights:
            from unmask.networks.vgg import vgg_features

            vgg_features(layers_in(layers or VGG_LAYERS), vgg_weights)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def check_splits(records: Path) -> None:
    """Raises click.ClickException where a split is empty: the last command of all would be the one that says it."""
    for split in SPLITS:
        if find_records(records, split) is None:
            raise click.ClickException(
                f"{records} has no record in its {split} split. The recipe needs all three: photos of each "
                "where there is a list of the partition, and more photos where there is none."
            )


def _multiple_of_32(_context: click.Context, _option: click.Parameter, size: int) -> int:
    if size % 32:
        raise click.BadParameter(f"{size} is no multiple of 32, as the networks need.")
    return size


def ended(process: subprocess.Popen[bytes]) -> tuple[int, list[int]]:
    """Waits for a command, which saves its work when it is stopped: its exit code, and the signals that came.

    SIGINT and SIGTERM are passed on. Ctrl-C reaches the command by itself too, which takes the two for one.
    """
    came: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, pass_on) for number in numbers]
    try:
        return process.wait(), came
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@click.command()
@click.option("--src", type=click.Path(path_type=Path, exists=True), required=True, help="CelebA's folder or archive.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for all that is made."
)
@click.option(
    "--image-size",
    type=click.IntRange(64, 512),
    callback=_multiple_of_32,
    default=128,
    show_default=True,
    help="A multiple of 32; 256 wants a GPU.",
)
@click.option(
    "--vgg-weights", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="For the perceptual loss."
)
@click.option("--perceptual-layers", metavar="NAME,...", help="Of VGG19; those that the file has.")
@click.option("--mask-epochs", type=click.IntRange(1), default=Lengths.mask, show_default=True)
@click.option("--base-epochs", type=click.IntRange(1), default=Lengths.base, show_default=True)
@click.option("--seed-epochs", type=click.IntRange(1), default=Lengths.seed, show_default=True)
def main(
    src: Path,
    out: Path,
    image_size: int,
    vgg_weights: Path | None,
    perceptual_layers: str | None,
    mask_epochs: int,
    base_epochs: int,
    seed_epochs: int,
) -> None:
    """Builds records of CelebA, trains both stages with both presets, and measures them."""
    if perceptual_layers and not vgg_weights:
        raise click.UsageError("--perceptual-layers is for the perceptual loss, which needs --vgg-weights.")
    perceptual = ["--vgg-weights", str(vgg_weights)] if vgg_weights else ["--perceptual", "none"]
    if perceptual_layers:
        perceptual += ["--perceptual-layers", perceptual_layers]
    lengths = Lengths(mask_epochs, base_epochs, seed_epochs)
    check(vgg_weights, perceptual_layers)
    took = []
    for module, arguments in commands(src, out, image_size, lengths, perceptual):
        took.append((module, arguments, run(module, arguments)))
        if len(took) == 1:
            check_splits(out / "records")
    click.echo("\nMinutes, this time:")
    for module, arguments, minutes in took:
        click.echo(f"{minutes:7.1f}  {module} {arguments[0]}")


if __name__ == "__main__":
    main()
