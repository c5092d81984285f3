"""Options of `unmask remove`."""

import glob
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unmask.cli_options import Command, PathOption, added
from unmask.default_run import DEFAULT_RUN


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
            "--out", type=PathOption(path_type=str), metavar="PATH",
            help="File for one photo's result, or folder; below it photos of folders keep their paths.  "
            "[default: NAME-unmasked beside one photo]",
        ),
        click.option(
            "--run", type=PathOption(file_okay=False), default=DEFAULT_RUN, metavar="DIR",
            show_default="the networks that come along", help="Finished run of train-face.",
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
    return added(command, options)


def check_removal(photos: Sequence[str], options: dict[str, Any]) -> None:
    """Refuses options of `unmask remove` that do not go together, and finds a name for the result of one photo."""
    if options["out"] is None:
        photo = Path(photos[0])
        if len(photos) > 1 or photo.is_dir() or photo.suffix.lower() == ".zip" or glob.has_magic(str(photo)):
            raise click.UsageError("Give --out: the folder for the results of several photos.")
        options["out"] = str(photo.with_stem(f"{photo.stem}-unmasked"))
    if options["box"] and options["aligned"]:
        raise click.UsageError("Give --box or --aligned, not both: in an aligned photo the face's place is known.")
