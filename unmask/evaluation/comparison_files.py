"""The files of `unmask evaluate --compare`: those that are compared, and the one that is written."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from unmask.errors import UnmaskError
from unmask.evaluation.results import EMBEDDINGS_FILE, METRICS_FILE, ROWS_FILE

COMPARISON_KEYS = ("a", "b", "metrics")
"""Of the JSON that a comparison is written as."""


def metrics_path(path: Path) -> Path:
    """The metrics.json that is meant by its own path, or by that of its folder."""
    return path / METRICS_FILE if path.is_dir() else path


def check_comparison(out: Path, compared: Sequence[Path]) -> None:
    """Refuses to write a comparison over anything but a comparison.

    Args:
      out: where it is to be written; what is there may be missing.
      compared: the metrics.json that are compared.

    Raises:
      UnmaskError: there is a folder, a file that is compared, or any other file that is no comparison.
    """
    if not os.path.lexists(out):
        return
    if out.is_dir():
        raise UnmaskError(
            f"--out {out} is a folder; with --compare it names a JSON file, such as {out / 'found.json'}."
        )
    read = [file for path in compared for file in (path, path.with_name(ROWS_FILE), path.with_name(EMBEDDINGS_FILE))]
    if any(file.exists() and out.exists() and out.samefile(file) for file in read):
        raise UnmaskError(f"--out {out} is a file that is compared, and would be lost. Choose another --out.")
    if not _is_comparison(out):
        raise UnmaskError(f"--out {out} is there already, and is no comparison that may be replaced. Choose another.")


def _is_comparison(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and tuple(content) == COMPARISON_KEYS
