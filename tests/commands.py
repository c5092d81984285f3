"""Runs the command `maskify`: in this process, which is quick, or as users do."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from maskify.cli import main
from maskify.manifest import Row, read_manifest
from maskify.record import Record, decode_record, read_frames

ApplyMasks = Callable[..., tuple[int, list[tuple[str, str]]]]
"""The fixture `apply_masks`: source, target, binary_maps, and settings by name."""

ROOT = Path(__file__).resolve().parents[1]


def maskify(*arguments: object) -> Result:
    """Runs a command in this process. An exception that is none of click's is a failure of the test."""
    result = CliRunner().invoke(main, [*map(str, arguments)], prog_name="maskify")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def start_maskify(*arguments: object) -> subprocess.Popen[str]:
    """Starts a command as a process of its own, in a process group of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen(
        [sys.executable, "-m", "maskify", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def rows_of(records: Path) -> list[Row]:
    """All rows of all manifests of a build."""
    return [row for path in sorted(records.glob("*.manifest.jsonl")) for row in read_manifest(path)]


def records_of(records: Path) -> list[Record]:
    """All records of a build."""
    return [decode_record(frame) for path in sorted(records.glob("*.tfrecord")) for frame in read_frames(path)]
