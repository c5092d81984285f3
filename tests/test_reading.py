"""maskify.reading: the bytes of a photo as one moment had them, or the reason why not."""

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from maskify import reading
from maskify.errors import MaskifyError, Skipped
from maskify.photos import Photo
from maskify.reading import photo_bytes

MOST = 1 << 20


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    (tmp_path / "a.jpg").write_bytes(bytes(range(256)) * 100)
    os.utime(tmp_path / "a.jpg", ns=(10**18, 10**18))
    return Photo("a", str(tmp_path / "a.jpg"))


def append(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, 1000)


def write_over(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(b"other")


def change_once_open(change: Callable[[Path], None], path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the file change after it was opened and looked at, and before it is read."""
    fstat = os.fstat

    def fstat_then_change(descriptor: int) -> os.stat_result:
        about = fstat(descriptor)
        monkeypatch.setattr(os, "fstat", fstat)
        change(Path(path))
        return about

    monkeypatch.setattr(os, "fstat", fstat_then_change)


@pytest.mark.parametrize("change", [append, cut, write_over])
def test_a_photo_that_changes_while_it_is_read_is_skipped(
    photo: Photo, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert photo_bytes(photo, MOST) == bytes(range(256)) * 100
    change_once_open(change, photo.path, monkeypatch)
    with pytest.raises(Skipped) as skipped:
        photo_bytes(photo, MOST)
    assert skipped.value.reason == "changed"


def test_a_photo_that_is_replaced_while_it_is_read_is_read_as_it_was(
    photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(path: Path) -> None:
        path.with_name("new").write_bytes(b"new")
        os.replace(path.with_name("new"), path)

    change_once_open(replace, photo.path, monkeypatch)
    assert photo_bytes(photo, MOST) == bytes(range(256)) * 100
    assert photo_bytes(photo, MOST) == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_the_place_of_a_photo_does_not_hold_the_reader_up(photo: Photo) -> None:
    os.unlink(photo.path)
    os.mkfifo(photo.path)
    with pytest.raises(Skipped, match="unreadable"):
        photo_bytes(photo, MOST)


def test_an_archive_that_changes_is_told_from_a_corrupt_one(tmp_path: Path) -> None:
    path, content = tmp_path / "photos.zip", os.urandom(100_000)
    with zipfile.ZipFile(path, "w") as archive:
        for name in "abc":
            archive.writestr(f"{name}.jpg", content)
    members = [Photo(name, str(path), f"{name}.jpg") for name in "abc"]
    assert photo_bytes(members[0], MOST) == content
    about = path.stat()
    data = path.read_bytes()
    path.write_bytes(data.replace(content, content[:-1] + bytes([content[-1] ^ 1])))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 10**9))
    with pytest.raises(Skipped, match="changed"):
        photo_bytes(members[1], MOST)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    with pytest.raises(Skipped, match="corrupt"):
        photo_bytes(members[2], MOST)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ESTALE, errno.ENOTCONN])
def test_trouble_of_the_machine_is_an_error_and_no_fault_of_the_photo(
    photo: Photo, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: str, flags: int) -> int:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(reading, "_open_without_waiting", fail)
    with pytest.raises(MaskifyError, match=f"a.jpg cannot be read: {os.strerror(number)}.*not skipped"):
        photo_bytes(photo, MOST)


def test_trouble_of_the_disk_under_one_photo_is_that_photo_s(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str, flags: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    monkeypatch.setattr(reading, "_open_without_waiting", fail)
    with pytest.raises(Skipped, match="unreadable"):
        photo_bytes(photo, MOST)
