"""What is refused before any network is loaded: packages, paths and options that cannot work, within a second."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError
from unmask.finished_run import FinishedRun, finished_run

_NEEDED = {"jinja2": "jinja2", "matplotlib": "matplotlib", "scipy": "scipy", "sklearn": "scikit-learn"}
"""Packages by the names of their modules."""


def check_installed(inception_weights: Path | None) -> None:
    """Raises UnmaskError where a package is missing: those that are always needed, and pytorch-fid for its weights."""
    missing = [name for module, name in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise UnmaskError(f"Evaluation needs {', '.join(missing)}: pip install 'maskify[evaluate]'")
    if inception_weights and find_spec("pytorch_fid") is None:
        raise UnmaskError(
            f"--inception-weights {inception_weights} needs pytorch-fid: pip install 'maskify[fid]'. "
            "Without the option FID and its kin are left out."
        )


def check_out(out: Path) -> None:
    """Raises UnmaskError where no folder for the report can be, or nothing can be written into it."""
    there = next(path for path in (out, *out.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise UnmaskError(f"--out {out} cannot be written: {there} is a file. It names the folder for the report.")
    if not os.access(there, os.W_OK):
        raise UnmaskError(f"--out {out} cannot be written: {there} is read-only.")


def check_run(options: dict[str, Any]) -> FinishedRun:
    """The run to measure.

    Raises:
      UnmaskError: it is missing or not finished, or has no Face G where that is to be measured.
    """
    run = finished_run(options["run"])
    if options["raw"] and not run.paints:
        raise UnmaskError(
            f"--raw measures what Face G paints, but {run.path} is a run of train-mask: it has none. Leave --raw out."
        )
    return run
