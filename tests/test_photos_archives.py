"""maskify.photos: what is a photo in a zip archive."""

import zipfile
from pathlib import Path

import pytest

from maskify.photos import Photo, PhotoSet, list_photos


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return path


def keys(photo_set: PhotoSet) -> list[str]:
    return [photo.key for photo in photo_set.photos]


def test_members_of_a_zip_archive_are_photos(tmp_path: Path) -> None:
    path = zipped(tmp_path / "faces.ZIP", "x/a.jpg", "x/", "b.PNG", "__MACOSX/x/._a.jpg", "notes.txt", "x/.hidden.jpg")
    photo_set = list_photos(path)
    assert photo_set.photos == [Photo("b", str(path), "b.PNG"), Photo("x/a", str(path), "x/a.jpg")]
    assert photo_set.layout == "zip"
    assert photo_set.notes == [
        "2 hidden files or folders were ignored",
        "1 file with another ending was ignored: .txt",
    ]


def test_a_member_that_comes_twice_is_one_photo(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "faces.zip", "a.jpg", "a.jpg")
    photo_set = list_photos(path)
    assert keys(photo_set) == ["a"]
    assert photo_set.notes == ["1 members of an archive that come again under the same name were ignored"]


def test_no_member_has_a_key_that_leads_out_of_a_folder(tmp_path: Path) -> None:
    path = zipped(tmp_path / "evil.zip", "../../up.jpg", "/etc/top.jpg", "a/./b.jpg", "a//b.jpg", "a/b.jpg")
    found = keys(list_photos(path))
    assert len(set(found)) == 5
    for key in found:
        assert (tmp_path / key).resolve().is_relative_to(tmp_path) and not {"", ".", ".."} & set(key.split("/"))
