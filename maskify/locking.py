"""One build at a time in a folder: a lock that the operating system releases even when the process is killed."""

import errno
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maskify.errors import MaskifyError

LOCK_FILE = ".lock"
_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # beyond the text, which others must be able to read
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_build_in(folder: Path) -> Iterator[str]:
    """Holds the folder's lock within the block. File systems that cannot lock are used without.

    Yields:
      The name of this run, in hexadecimal: no other has it.

    Raises:
      MaskifyError: another process holds it; the message names that process.
    """
    descriptor = _acquire(folder / LOCK_FILE)
    if descriptor is None:
        raise MaskifyError(
            f"Another build ({_holder(folder / LOCK_FILE)}) is writing to {folder}. "
            "Wait until it ends, or choose another --out."
        )
    run = secrets.token_hex(4)
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()} {socket.gethostname()} {run}".encode())
        yield run
    finally:
        with suppress(OSError):  # Windows does not remove open files
            (folder / LOCK_FILE).unlink()  # safe while the lock is held: see _acquire
        os.close(descriptor)


def run_in(folder: Path) -> str | None:
    """The run that has the folder, as far as its lock file says: a killed one keeps it until the next begins."""
    try:
        return " ".join((folder / LOCK_FILE).read_text().split()[2:])
    except FileNotFoundError:
        return None


def builder_of(folder: Path) -> str | None:
    """Returns which process is building into the folder, such as "process 1234 on myhost"; None if there is none."""
    path = folder / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        _try_lock(descriptor)
    except OSError as error:
        return _holder(path) if error.errno in _HELD else None
    finally:
        os.close(descriptor)
    return None


def _acquire(path: Path) -> int | None:
    """Opens and locks the file; None if another process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _try_lock(descriptor)
        except OSError as error:
            if error.errno in _HELD:
                os.close(descriptor)
                return None
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        os.close(descriptor)  # the last holder removed the file between our open and our lock: try the new one


def _holder(path: Path) -> str:
    try:
        process, host, _ = path.read_text().split()
    except (OSError, ValueError):
        return "a process that has not given its number yet"
    return f"process {process} on {host}"
