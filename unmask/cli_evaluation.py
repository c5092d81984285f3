"""Options of `unmask evaluate`, and which of them go together."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from unmask.cli_options import Command, PathOption, added

LEAST_SIZE, MOST_SIZE = 32, 4096
"""Of the sides of pictures, in pixels."""

_COMPARING = {"compare", "out"}


def evaluation_options(command: Command) -> Command:
    """Adds all that `unmask evaluate` takes."""
    command = click.option(
        "--compare", type=PathOption(), nargs=2, metavar="A B",
        help="Compare two evaluations instead: their metrics.json, or the folders with them.",
    )(command)  # fmt: skip
    return _what(_how(command))


def _one(_context: click.Context, _option: click.Parameter, folders: tuple[Path, ...]) -> Path | None:
    if len(folders) > 1:
        raise click.BadParameter("is given more than once. Several builds train a network; measure it on one.")
    return folders[0] if folders else None


def _what(command: Command) -> Command:
    """Adds what is measured, on what, and where to."""
    options = [
        click.option(
            "--records", type=PathOption(), multiple=True, callback=_one,
            help="Folder that `maskify build` has written.",
        ),
        click.option(
            "--run", type=PathOption(file_okay=False), default=Path("runs/face"), show_default=True,
            help="Finished run of train-face, or of train-mask to measure Mask G alone.",
        ),
        click.option("--raw", is_flag=True, help="Measure what Face G paints instead of the completed photo."),
        click.option(
            "--restored", type=PathOption(file_okay=False), metavar="DIR",
            help="Measure another program's pictures instead of a run: DIR/KEY.png for each record.",
        ),
        click.option(
            "--image-size", type=click.IntRange(LEAST_SIZE, MOST_SIZE),
            help="Side of the pictures of --restored.  [default: the records']",
        ),
        click.option(
            "--out", type=PathOption(),
            help="Folder for the report and the numbers; with --compare a JSON file.  [default: RUN/evaluation]",
        ),
        click.option(
            "--split", type=click.Choice(["test", "validation", "train"]), default="test", show_default=True,
            help="Which records to measure on.",
        ),
        click.option("--limit", type=click.IntRange(1), help="Use only so many records, an even sample of all."),
    ]  # fmt: skip
    return added(command, options)


def _how(command: Command) -> Command:
    """Adds how it is measured."""
    options = [
        click.option(
            "--jobs", type=click.IntRange(1),
            help="Processes that score.  [default: one per 100 photos, at most one per core]",
        ),
        click.option(
            "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of confidence intervals and draws."
        ),
        click.option(
            "--fid/--no-fid", default=True, show_default=True,
            help="Compute FID, KID, P-IDS and U-IDS, where pytorch-fid is installed: some seconds a photo on a CPU.",
        ),
        click.option(
            "--inception-weights", type=PathOption(exists=True, dir_okay=False), metavar="FILE",
            help="pytorch-fid's weights of Inception.  [default: the package downloads them]",
        ),
    ]  # fmt: skip
    return added(command, options)


def check_evaluation(options: dict[str, Any]) -> None:
    """Refuses options of the running command that are missing, do not go together, or would do nothing."""
    context = click.get_current_context()
    given = {
        it.name: "/".join([*it.opts, *it.secondary_opts])
        for it in context.command.params
        if context.get_parameter_source(str(it.name)) is not ParameterSource.DEFAULT
    }
    if options["compare"]:
        if idle := [option for name, option in given.items() if name not in _COMPARING]:
            raise click.UsageError(f"--compare takes --out alone; {', '.join(idle)} would do nothing beside it.")
        return
    if options["records"] is None:
        raise click.UsageError("Give --records, or --compare with two metrics.json.")
    if options["restored"]:
        if "run" in given:
            raise click.UsageError("Give --run or --restored, not both: one of them is measured.")
        if options["raw"]:
            raise click.UsageError("Give --restored or --raw, not both: there is no Face G in a folder of pictures.")
        if options["out"] is None:
            raise click.UsageError("--restored needs --out, a folder for the report and the numbers.")
    elif options["image_size"]:
        raise click.UsageError("--image-size is for --restored; networks are measured at the size of their training.")
    if options["inception_weights"] and not options["fid"]:
        raise click.UsageError("Give --no-fid or --inception-weights, not both: without FID no weights are needed.")
