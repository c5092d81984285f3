"""`unmask export`, from its options to what it says."""

import os
from pathlib import Path
from typing import Any

import click

from unmask.backend import load_backend
from unmask.errors import UnmaskError
from unmask.exporting.formats import FORMATS, Format, card_path
from unmask.files import check_writable
from unmask.finished_run import finished_run
from unmask.stopping import stop_requests

NETWORKS = "*_generator.keras"
"""The networks in a run's folder, by their names."""


def run_export(options: dict[str, Any]) -> None:
    """Writes the export that the options of the command name, and its card.

    Raises:
      UnmaskError: an option, the run or the records are not as they must be, something is not installed, or the export
        differs from the networks.
      Stopped: a signal came.
    """
    out, format = options["out"], FORMATS[options["format"]]
    with stop_requests("Stopped; nothing was written. The same command begins anew."):
        _check_out(out, format, options["overwrite"])
        finished_run(options["run"])
        if out.resolve() in [path.resolve() for path in options["run"].glob(NETWORKS)]:
            raise UnmaskError(f"--out {out} is a network of the run itself. Choose another.")
        if options["records"] is not None:
            from unmask.exporting.crops import index_of_crops

            index_of_crops(options["records"])
        format.check_installed(options["check"])
        load_backend(training=False)
        _check_backend(format)
        from unmask.exporting.run import export

        checked = export(options["run"], out, format, options["records"], options["check"])
    if checked:
        click.echo(f"Checked {checked}, {checked.milliseconds:.0f} ms a photo.")
    click.echo(f"The export is {out} ({_bytes_in(out) / 1e6:.1f} MB), its model card {card_path(out)}.")


def _check_out(out: Path, format: Format, overwrite: bool) -> None:
    """Refuses a path that is not for this format, or where something else is, or where its model card would lie."""
    if out.suffix != format.ending and format.ending:
        raise click.UsageError(f"--out {out}: a file in the format {format.title} ends with {format.ending}.")
    if out.name in ("", ".."):
        raise click.UsageError(f"--out {out} has no name of its own, which the model card takes. Name the folder.")
    card = card_path(out)
    there = [path for path in (out, card) if os.path.lexists(path)]
    if there and not overwrite:
        raise UnmaskError(f"{there[0]} is there already. Choose another --out, or give --overwrite.")
    ours = out.is_file() if format.ending else (out / "saved_model.pb").is_file() and not out.is_symlink()
    if out in there and not ours:
        raise UnmaskError(f"--out {out} is no {format.title} export, so it is not overwritten. Choose another.")
    if card in there and not card.is_file():
        raise UnmaskError(f"{card}, where the model card would lie, is no file. Choose another --out.")
    check_writable(out)


def _check_backend(format: Format) -> None:
    import keras

    if (backend := keras.backend.backend()) != "tensorflow" and format.tensorflow:
        raise UnmaskError(
            f"Keras is set to {backend}, but a {format.title} export needs TensorFlow. Set KERAS_BACKEND=tensorflow."
        )


def _bytes_in(path: Path) -> int:
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
