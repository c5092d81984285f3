"""One training at a time in a run's folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unmask.errors import UnmaskError

if sys.platform != "win32":
    import fcntl


@contextmanager
def only_training_in(path: Path) -> Iterator[None]:
    """Holds the folder's lock within the block, and makes the folder; one that is still empty then is removed.

    The operating system releases the lock even when the process is killed. Windows, and file systems that cannot lock,
    are used without.

    Raises:
      UnmaskError: another process holds it.
    """
    path.mkdir(parents=True, exist_ok=True)
    descriptor = None if sys.platform == "win32" else os.open(path, os.O_RDONLY)
    try:
        if descriptor is not None:
            _lock(descriptor, path)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
        with suppress(OSError):
            path.rmdir()  # does nothing to a folder with files


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UnmaskError(
            f"Another training is going on in {path}. Wait until it ends, stop it, or choose another --run."
        ) from None
    except OSError:  # the file system cannot lock
        pass
