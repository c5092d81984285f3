"""Options of `unmask export`."""

import click

from unmask.cli_options import Command, PathOption, added
from unmask.default_run import DEFAULT_RUN

FORMATS = ("saved_model", "onnx", "litert", "keras")


def export_options(command: Command) -> Command:
    """Adds all that `unmask export` takes."""
    options = [
        click.option(
            "--run", type=PathOption(file_okay=False), default=DEFAULT_RUN, metavar="DIR",
            show_default="the networks that come along", help="Finished run of train-face.",
        ),
        click.option(
            "--out", type=PathOption(), required=True,
            help="The file: .onnx, .tflite or .keras; or the folder of a SavedModel.",
        ),
        click.option("--format", type=click.Choice(FORMATS), required=True, help="For which runtime it is."),
        click.option(
            "--check", is_flag=True,
            help="Run the export in its own runtime and compare it with Keras; one that differs is not kept.",
        ),
        click.option(
            "--records", type=PathOption(),
            help="Records whose photos --check takes  [default: those of the sample portrait], and whose licences the "
            "card names, if the run was trained on them and does not say so itself.",
        ),
        click.option("--overwrite", is_flag=True, help="Replace an export that is there."),
    ]  # fmt: skip
    return added(command, options)
