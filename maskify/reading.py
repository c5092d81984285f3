"""The bytes of a photo, from its file or from within an archive."""

import errno
import functools
import os
import stat
import zipfile
import zlib
from typing import NamedTuple

from maskify.errors import MaskifyError, Skipped
from maskify.photos import Photo

_MACHINES_FAULT = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN, errno.ESTALE, errno.ETIMEDOUT}


def photo_bytes(photo: Photo, most: int) -> bytes:
    """Reads a photo as it is.

    Args:
      photo: as it was listed.
      most: more bytes are refused unread.

    Raises:
      Skipped: `missing`, `unreadable`, `too_large`, `changed` (while it was read), `link_outside`, `broken_link`; for a
        member of an archive also `corrupt` and `truncated`.
      MaskifyError: it is the machine that cannot read, as with a network folder that has gone away.
    """
    if photo.problem is not None:
        raise Skipped(photo.problem, f"{photo.path} is a link that leads nowhere or out of the source")
    try:
        return _file_bytes(photo.path, most) if photo.member is None else _member_bytes(photo.path, photo.member, most)
    except (FileNotFoundError, NotADirectoryError, KeyError) as error:
        raise Skipped("missing", "it is gone since the photos were listed") from error
    except OSError as error:
        if error.errno in _MACHINES_FAULT:
            raise MaskifyError(
                f"{photo.path} cannot be read: {error.strerror}. That is no fault of the photo, so it is not skipped. "
                "The same command goes on once that is mended."
            ) from error
        raise Skipped("unreadable", str(error)) from error


def _file_bytes(path: str, most: int) -> bytes:
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise Skipped("unreadable", "it is not a regular file")
            if before.st_size > most:
                raise Skipped("too_large", f"{before.st_size:,} bytes")
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except ValueError as error:  # a name that no file can have
        raise Skipped("unreadable", str(error)) from error
    if len(data) != before.st_size or _stamp(before) != _stamp(after):
        raise Skipped("changed", "it was written to while it was read")
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    """Opens at once, even a pipe that has taken a photo's place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _member_bytes(path: str, member: str, most: int) -> bytes:
    stamp = None
    try:
        archive, stamp = _archive(path, os.getpid())
        info = archive.getinfo(member)
        if info.file_size > most:
            raise Skipped("too_large", f"{info.file_size:,} bytes when unpacked")
        with archive.open(info) as file:
            return file.read()
    except EOFError as error:
        raise Skipped("truncated", f"its archive ends early: {error}") from error
    except (RuntimeError, NotImplementedError, zipfile.LargeZipFile) as error:
        raise Skipped("unreadable", str(error)) from error  # encrypted, or packed in an unknown way
    except (zipfile.BadZipFile, zlib.error, ValueError) as error:
        reason = "corrupt" if stamp in (None, _stamp(os.stat(path))) else "changed"
        raise Skipped(reason, str(error)) from error


class _Archive(NamedTuple):
    file: zipfile.ZipFile
    stamp: tuple[int, int]


@functools.lru_cache(maxsize=4)
def _archive(path: str, process: int) -> _Archive:
    """An open archive. A forked process opens its own: `process` is its id, as a shared file position would race."""
    stamp = _stamp(os.stat(path))
    return _Archive(zipfile.ZipFile(path), stamp)


def _stamp(about: os.stat_result) -> tuple[int, int]:
    return about.st_size, about.st_mtime_ns
