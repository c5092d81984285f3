"""Every file of a source is a photo with a unique key, or is accounted for in a note."""

import os
import pickle
import tracemalloc
from pathlib import Path

import pytest

from maskify.celeba import ListFinder
from maskify.errors import MaskifyError
from maskify.photos import Photo, PhotoSet, list_photos, unique_keys
from maskify.walk import photo_endings


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def keys(photo_set: PhotoSet) -> list[str]:
    return [photo.key for photo in photo_set.photos]


def test_photos_lie_at_any_depth_with_any_case_of_ending(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a/b/c/d.jpeg", "a/e.Png", "f.webp", "g.TIF", "h.tiff", "i.bmp", "j.gif", "k.jp2", "l.pgm")
    photo_set = list_photos(tmp_path)
    assert keys(photo_set) == ["a/b/c/d", "a/e", "b", "f", "g", "h", "i", "j", "k", "l"]
    assert photo_set.layout == "folder"
    assert photo_set.notes == []
    assert photo_set.photos[1].path == str(tmp_path / "a" / "e.Png")


def test_endings_of_documents_films_and_icons_are_no_photos() -> None:
    assert {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"} <= photo_endings()
    assert not {".pdf", ".eps", ".ps", ".mpg", ".mpeg", ".ico", ".wmf", ".h5", ".fits", ".txt"} & photo_endings()


def test_a_trailing_slash_and_a_relative_path_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = list_photos(touch(tmp_path / "faces", "a.jpg", "b/c.png"))
    monkeypatch.chdir(tmp_path)
    for src in ("faces", "faces/", "./faces//", f"{tmp_path}/faces/", "../" + tmp_path.name + "/faces"):
        assert list_photos(Path(src)) == expected
    monkeypatch.chdir(tmp_path / "faces")
    assert list_photos(Path(".")) == expected


def test_a_single_photo_is_a_source(tmp_path: Path) -> None:
    photo_set = list_photos(touch(tmp_path, "a.b.Jpg") / "a.b.Jpg")
    assert photo_set == PhotoSet([Photo("a.b", str(tmp_path / "a.b.Jpg"))], "file", [])


def test_other_files_are_counted_by_ending(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.txt", "c.txt", "d.csv", "README", "e.heic")
    assert list_photos(tmp_path).notes == ["5 files with other endings were ignored: .txt, (none), .csv, .heic"]
    touch(tmp_path, *(f"f.{ending}" for ending in "opqrs"))
    assert list_photos(tmp_path).notes[0].endswith(": .txt, (none), .csv, .heic, .o, .p, ...")


def test_hidden_files_and_resource_forks_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "._a.jpg", ".cache/b.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg/thumb.jpg")
    photo_set = list_photos(tmp_path)
    assert keys(photo_set) == ["a"]
    assert photo_set.notes == ["4 hidden files or folders were ignored"]


def test_photos_that_differ_only_in_their_ending_keep_it(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "b/a.jpg", "A.jpg")
    assert keys(list_photos(tmp_path)) == ["A", "a.jpg", "a.png", "b/a"]


def test_a_key_that_gained_its_ending_stays_unique() -> None:
    assert unique_keys(["a.jpg", "a.png", "a.jpg.gif", "a.jpg.gif.bmp"]) == [
        "a.jpg",
        "a.png",
        "a.jpg.gif",
        "a.jpg.gif.bmp",
    ]


def test_keys_are_printable_and_unique_whatever_the_names() -> None:
    names = [
        "a\nb.jpg",
        "a\\nb.jpg",
        "a\\x0ab.jpg",
        os.fsdecode(b"\xe9.jpg"),
        "\u00e9.jpg",
        "\u202egpj.jpg",
        "e\u0301.jpg",
    ]
    found = unique_keys(names)
    assert found == ["a\\x0ab", "a\\x5cnb", "a\\x5cx0ab", "\\udce9", "\u00e9", "\\u202egpj", "e\u0301"]
    assert all(key.encode("utf-8") and key.isprintable() for key in found[:-1])


def test_names_that_the_file_system_alone_understands_are_found_again(tmp_path: Path) -> None:
    names = ["new\nline.jpg", os.fsdecode(b"caf\xe9.jpg"), "n" * 251 + ".jpg", "\U0001f600.jpg"]
    photos = list_photos(touch(tmp_path, *names)).photos
    assert sorted(os.path.basename(photo.path) for photo in photos) == sorted(names)
    assert all(os.path.exists(photo.path) for photo in photos)


def test_links_to_files_are_photos_with_a_problem_where_they_leave_the_source(tmp_path: Path) -> None:
    src = touch(tmp_path / "src", "a.jpg", "deep/b.jpg")
    touch(tmp_path, "src_beside.jpg")
    (src / "inside.jpg").symlink_to("deep/b.jpg")
    (src / "deep" / "up.jpg").symlink_to("../a.jpg")
    (src / "outside.jpg").symlink_to("../src_beside.jpg")
    (src / "broken.jpg").symlink_to("gone.jpg")
    (src / "circle.jpg").symlink_to("circle.jpg")
    problems = {photo.key: photo.problem for photo in list_photos(src).photos}
    assert problems == {
        "a": None,
        "broken": "broken_link",
        "circle": "broken_link",
        "deep/b": None,
        "deep/up": None,
        "inside": None,
        "outside": "link_outside",
    }


def test_links_to_folders_are_noted_and_never_followed(tmp_path: Path) -> None:
    src = touch(tmp_path / "src", "a/b.jpg")
    (src / "a" / "cycle").symlink_to(src)
    (src / "other.jpg").symlink_to(tmp_path)
    photo_set = list_photos(src)
    assert keys(photo_set) == ["a/b"]
    assert len(photo_set.notes) == 2
    assert all("is a link to a folder or archive and was not followed" in note for note in photo_set.notes)


def test_a_source_that_is_a_link_is_followed(tmp_path: Path) -> None:
    touch(tmp_path / "real", "a.jpg", "b.jpg")
    (tmp_path / "real" / "c.jpg").symlink_to("b.jpg")
    (tmp_path / "link").symlink_to("real")
    photo_set = list_photos(tmp_path / "link")
    assert [(photo.key, photo.problem) for photo in photo_set.photos] == [("a", None), ("b", None), ("c", None)]


def test_pipes_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(touch(tmp_path, "a.jpg") / "pipe.jpg")
    photo_set = list_photos(tmp_path)
    assert keys(photo_set) == ["a"]
    assert photo_set.notes == ["1 devices, pipes or sockets were ignored"]


def test_a_folder_that_cannot_be_read_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.jpg", "locked/b.jpg")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    photo_set = list_photos(tmp_path)
    assert keys(photo_set) == ["a"]
    assert photo_set.notes == [f"{tmp_path / 'locked'} cannot be read: Permission denied"]


def test_notes_do_not_grow_with_the_number_of_troubles(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    for index in range(50):
        (tmp_path / f"link{index}").symlink_to(tmp_path)
    notes = list_photos(tmp_path).notes
    assert len(notes) == 21
    assert notes[-1] == "30 more folders or links like these were ignored"


@pytest.mark.parametrize("name", ["gone", "notes.txt", "folder", "broken.zip"])
def test_a_source_without_photos_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "notes.txt", "folder/a.txt", "broken.zip")
    with pytest.raises(MaskifyError, match=name):
        list_photos(tmp_path / name)


def test_the_error_of_an_empty_source_says_what_was_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.heic", "b.heic")
    with pytest.raises(MaskifyError, match=r"2 files with other endings were ignored: \.heic"):
        list_photos(tmp_path)


def test_the_order_of_the_file_system_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, *(f"{folder}/{name}.jpg" for folder in "ba" for name in "cab"), "b.png", "b.jpg")
    expected = list_photos(tmp_path)

    class Reversed:
        def __init__(self, path: str) -> None:
            with real(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    real = os.scandir
    monkeypatch.setattr(os, "scandir", Reversed)
    assert list_photos(tmp_path) == expected
    assert keys(expected) == sorted(keys(expected))


def test_a_photo_survives_the_way_to_a_worker() -> None:
    photo = Photo("a", "/b/a.jpg", None, "train", 7, (1.0, 2.0), True, "broken_link")
    assert pickle.loads(pickle.dumps(photo)) == photo
    assert not hasattr(photo, "__dict__")


def test_two_hundred_thousand_photos_with_five_points_stay_under_120_megabytes() -> None:
    count = 20_000
    rows = (f"{i:06d}.jpg " + " ".join(str((i * 7919 + j * 31) % 218) for j in range(10)) for i in range(count))
    lists = {Path("/data/celeba/list_landmarks_align_celeba.txt"): "\n".join(rows).encode()}
    tracemalloc.start()
    finder = ListFinder(lists)
    folder = "/data/celeba/img_align_celeba"
    photos = [
        Photo(f"img_align_celeba/{i:06d}", f"{folder}/{i:06d}.jpg", None, *finder.facts(folder, f"{i:06d}"))
        for i in range(count)
    ]
    del finder
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert photos[-1].five_points is not None and photos[-1].celeba_frame
    assert used / count * 200_000 < 120e6
