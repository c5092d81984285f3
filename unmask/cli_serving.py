"""Options of `unmask serve`."""

import click

from unmask.cli_options import Command, PathOption, added
from unmask.default_run import DEFAULT_RUN


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
            "--run", type=PathOption(file_okay=False), default=DEFAULT_RUN, metavar="DIR",
            show_default="the networks that come along", help="Finished run of train-face.",
        ),
        click.option(
            "--max-upload", type=click.FloatRange(0.1, 1000), default=20, show_default=True, metavar="MB",
            help="Largest file that is taken.",
        ),
    ]  # fmt: skip
    return added(command, options)
