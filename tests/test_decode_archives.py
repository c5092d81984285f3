"""Photos in zip archives decode as files do, from threads and forked processes too."""

import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from broken_files import saved
from PIL import Image

from maskify.decode import read_photo
from maskify.errors import Skipped
from maskify.photos import Photo


def reason_of(photo: Photo, **options: int) -> str:
    with pytest.raises(Skipped) as skipped:
        read_photo(photo, **options)
    return skipped.value.reason


@pytest.fixture
def archive(tmp_path: Path, picture: np.ndarray) -> Path:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as target:
        for index in range(40):
            target.writestr(f"a/{index}.png", saved(Image.fromarray(np.roll(picture, index, axis=0)), "PNG"))
        target.writestr("empty.jpg", b"")
    return path


def test_a_member_of_an_archive_decodes_like_the_file(archive: Path, picture: np.ndarray) -> None:
    np.testing.assert_array_equal(read_photo(Photo("a/0", str(archive), "a/0.png")), picture)
    assert reason_of(Photo("empty", str(archive), "empty.jpg")) == "empty_file"
    assert reason_of(Photo("b", str(archive), "b.jpg")) == "missing"
    assert reason_of(Photo("b", str(archive) + "x", "b.jpg")) == "missing"


def read_all_at_once(archive: Path, picture: np.ndarray) -> bool:
    photos = [Photo(str(index), str(archive), f"a/{index}.png") for index in range(40)] * 3
    with ThreadPoolExecutor(4) as pool:
        pixels = list(pool.map(read_photo, photos))
    return all(np.array_equal(p, np.roll(picture, int(photo.key), 0)) for p, photo in zip(pixels, photos, strict=True))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_threads_and_forked_processes_read_one_archive_at_once(archive: Path, picture: np.ndarray) -> None:
    assert read_all_at_once(archive, picture)  # the handle is open before the fork
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if read_all_at_once(archive, picture) else 1
        finally:
            os._exit(code)
    assert read_all_at_once(archive, picture)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_encrypted_or_damaged_member_is_skipped(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[60] ^= 0xFF  # within the first member's PNG
    damaged = archive.with_name("damaged.zip")
    damaged.write_bytes(data)
    assert reason_of(Photo("0", str(damaged), "a/0.png")) == "corrupt"
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the directory says: encrypted
    encrypted = archive.with_name("encrypted.zip")
    encrypted.write_bytes(data)
    assert reason_of(Photo("0", str(encrypted), "a/0.png")) == "unreadable"
