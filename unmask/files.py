"""Files and folders that appear whole or not at all: written under a hidden name, put on the disk, then renamed."""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a path to write to; what is there when the block ends well appears as `path`."""
    temporary = _hidden(path)
    try:
        yield temporary
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Gives an empty folder to write files to; it appears as `path`, in place of one that is there."""
    temporary = _hidden(path)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for file in temporary.rglob("*"):
            _sync(file)
        _sync(temporary)
        if path.exists():
            remove_folder(path)
        os.replace(temporary, path)
        _sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_writable(out: Path) -> None:
    """Raises UnmaskError where neither a file nor a folder can be made at --out, before any work is done for it."""
    places = out.absolute(), *out.absolute().parents
    above = next(path for path in places if os.path.lexists(path))
    if above != places[0] and not above.is_dir():
        raise UnmaskError(f"--out {out} cannot be written: {above} is no folder. Choose another --out.")
    if not os.access(above, os.W_OK):
        raise UnmaskError(f"--out {out} cannot be written: {above} may not be changed. Choose another --out.")


def remove_folder(path: Path) -> None:
    """Removes a folder, of which a kill leaves all or, under a hidden name, what is left."""
    hidden = _hidden(path)
    path.rename(hidden)
    shutil.rmtree(hidden)


def remove_temporary(folder: Path, idle: float = 0.0) -> None:
    """Removes what killed processes have left half written or half removed in a folder; it may be missing.

    Args:
      folder: where to look.
      idle: seconds for which nothing may have been written to it; more than 0 where other processes write there too.
    """
    for path in folder.glob(".*.tmp.*"):
        with suppress(FileNotFoundError):  # another process was first
            if not idle or path.stat().st_mtime < time.time() - idle:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_json(path: Path, content: Any) -> None:
    """Writes a JSON file whole: indented, in the order given, UTF-8."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _hidden(path: Path) -> Path:
    """A name that no other process takes, on whatever machine. It is short; the ending stays: Keras goes by it."""
    return path.with_name(f".{secrets.token_hex(8)}.tmp.{path.name[-40:]}")


def _sync(path: Path) -> None:
    """Puts a file, or a folder's list of names, on the disk, where the system can."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse to sync folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
