"""The command `unmask`."""

import click

from unmask import __version__


@click.group(no_args_is_help=True)
@click.version_option(__version__)
def main() -> None:
    """Finds the mask in a photo and paints the face behind it.

    This version has no commands yet: training, evaluation and mask removal are still to come. The records they will
    learn from can be made today, with `maskify build`.
    """
