"""CelebA is recognised in every layout that people have, and says the same in each."""

import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from maskify.errors import MaskifyError
from maskify.photos import PhotoSet, list_photos

NAMES = ["000001", "000002", "000003"]
POINTS = {name: tuple(float(60 + i + 3 * j) for j in range(10)) for i, name in enumerate(NAMES)}
PARTITION = "".join(f"{name}.jpg {i}\n" for i, name in enumerate(NAMES))
IDENTITY = "".join(f"{name}.jpg {2880 + i}\n" for i, name in enumerate(NAMES))
COLUMNS = [f"{part}_{axis}" for part in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth") for axis in "xy"]
LANDMARKS = f"{len(NAMES)}\n{' '.join(COLUMNS)} \n" + "".join(
    f"{name}.jpg   {'  '.join(str(int(value)) for value in POINTS[name])}\n" for name in NAMES
)
SPLITS = ["train", "validation", "test"]


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def images(folder: str, ending: str = ".jpg") -> dict[str, str]:
    return {f"{folder}/{name}{ending}": "" for name in NAMES}


def as_csv(text: str, header: str) -> str:
    lines = [line for line in text.splitlines() if ".jpg" in line]
    return header + "\n" + "".join(",".join(line.split()) + "\n" for line in lines)


def csv_lists(folder: str = "") -> dict[str, str]:
    return {
        f"{folder}list_eval_partition.csv": as_csv(PARTITION, "image_id,partition"),
        f"{folder}list_landmarks_align_celeba.csv": as_csv(LANDMARKS, ",".join(["image_id", *COLUMNS])),
    }


def lists(anno: str = "", evaluation: str = "") -> dict[str, str]:
    return {
        f"{evaluation}list_eval_partition.txt": PARTITION,
        f"{anno}identity_CelebA.txt": IDENTITY,
        f"{anno}list_landmarks_align_celeba.txt": LANDMARKS,
    }


def zip_of(path: Path, files: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def assert_complete(photo_set: PhotoSet, identities: bool = True) -> None:
    photos = photo_set.photos
    assert [photo.key.rpartition("/")[2] for photo in photos] == NAMES
    assert [photo.split for photo in photos] == SPLITS
    assert [photo.identity for photo in photos] == ([2880, 2881, 2882] if identities else [-1, -1, -1])
    assert [photo.five_points for photo in photos] == [POINTS[name] for name in NAMES]
    assert all(photo.celeba_frame for photo in photos)


def official(root: Path) -> Path:
    return write(root, images("Img/img_align_celeba") | lists("Anno/", "Eval/"))


def flat(root: Path) -> Path:
    return write(root, images("img_align_celeba") | lists())


def official_zip(root: Path) -> Path:
    zip_of(root / "Img/img_align_celeba.zip", images("img_align_celeba"))
    return write(root, lists("Anno/", "Eval/"))


@pytest.mark.parametrize(
    ("make", "src", "key", "layout"),
    [
        (official, "", "Img/img_align_celeba/000001", "celeba"),
        (official, "Img", "img_align_celeba/000001", "celeba"),
        (official, "Img/img_align_celeba", "000001", "celeba"),
        (flat, "", "img_align_celeba/000001", "celeba"),
        (flat, "img_align_celeba", "000001", "celeba"),
        (official_zip, "", "Img/img_align_celeba/000001", "celeba-zip"),
        (official_zip, "Img/img_align_celeba.zip", "img_align_celeba/000001", "celeba-zip"),
    ],
)
def test_official_and_flat_layouts_say_everything(
    tmp_path: Path, make: Callable[[Path], Path], src: str, key: str, layout: str
) -> None:
    photo_set = list_photos(make(tmp_path) / src)
    assert_complete(photo_set)
    assert photo_set.photos[0].key == key
    assert photo_set.layout == layout
    assert len(photo_set.notes) == 3 and all(note.endswith("names 3 of 3 photos") for note in photo_set.notes)


@pytest.mark.parametrize("src", ["", "img_align_celeba", "img_align_celeba/img_align_celeba"])
def test_the_layout_of_kaggle_says_all_but_identities(tmp_path: Path, src: str) -> None:
    write(tmp_path, images("img_align_celeba/img_align_celeba") | csv_lists())
    assert_complete(list_photos(tmp_path / src), identities=False)


def test_the_archive_of_kaggle_brings_its_lists_along(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "archive.zip", images("img_align_celeba/img_align_celeba") | csv_lists())
    assert_complete(list_photos(path), identities=False)


def test_a_doubled_folder_within_the_official_layout_still_finds_its_lists(tmp_path: Path) -> None:
    write(tmp_path, images("Img/img_align_celeba/img_align_celeba") | lists("Anno/", "Eval/"))
    assert_complete(list_photos(tmp_path))


def test_the_png_images_share_the_lists(tmp_path: Path) -> None:
    write(tmp_path, images("Img/img_align_celeba_png", ".png") | lists("Anno/", "Eval/"))
    assert_complete(list_photos(tmp_path))


def test_the_folder_of_images_can_be_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(official(tmp_path) / "Img/img_align_celeba")
    assert_complete(list_photos(Path(".")))


def test_one_image_of_celeba_is_known_too(tmp_path: Path) -> None:
    (photo,) = list_photos(flat(tmp_path) / "img_align_celeba/000002.jpg").photos
    assert (photo.key, photo.split, photo.identity, photo.celeba_frame) == ("000002", "validation", 2881, True)


def test_a_bare_archive_is_in_the_frame_without_any_list(tmp_path: Path) -> None:
    photo_set = list_photos(zip_of(tmp_path / "img_align_celeba.zip", images("img_align_celeba")))
    assert [(p.split, p.identity, p.five_points, p.celeba_frame) for p in photo_set.photos] == [
        (None, -1, None, True)
    ] * 3
    assert (photo_set.layout, photo_set.notes) == ("celeba-zip", [])


def test_an_archive_that_is_unpacked_beside_itself_is_left_out(tmp_path: Path) -> None:
    official(tmp_path)
    zip_of(tmp_path / "Img/img_align_celeba.zip", images("img_align_celeba"))
    photo_set = list_photos(tmp_path)
    assert_complete(photo_set)
    assert photo_set.photos[0].member is None
    assert any("img_align_celeba.zip was left out" in note for note in photo_set.notes)


def test_an_archive_and_its_unpacked_images_have_the_same_keys(tmp_path: Path) -> None:
    unpacked, packed = list_photos(official(tmp_path / "a")), list_photos(official_zip(tmp_path / "b"))
    assert [photo.key for photo in unpacked.photos] == [photo.key for photo in packed.photos]


@pytest.mark.parametrize("folder", ["img_celeba", "celeba-wild", "Img/img_celeba"])
def test_images_that_are_not_aligned_take_no_five_points(tmp_path: Path, folder: str) -> None:
    photos = list_photos(write(tmp_path, images(folder) | lists())).photos
    assert [(photo.split, photo.identity) for photo in photos] == list(zip(SPLITS, [2880, 2881, 2882], strict=True))
    assert all(photo.five_points is None and not photo.celeba_frame for photo in photos)


def test_images_beside_the_lists_take_partition_and_identity(tmp_path: Path) -> None:
    photos = list_photos(write(tmp_path, images(".") | lists())).photos
    assert [photo.split for photo in photos] == SPLITS
    assert all(photo.five_points is None and not photo.celeba_frame for photo in photos)


def test_other_folders_below_the_lists_are_not_taken_for_celeba(tmp_path: Path) -> None:
    photo_set = list_photos(write(tmp_path / "data", images("holiday") | lists()))
    assert [(p.split, p.identity, p.five_points, p.celeba_frame) for p in photo_set.photos] == [
        (None, -1, None, False)
    ] * 3
    assert photo_set.layout == "folder"


def test_a_list_that_covers_some_photos_says_how_many(tmp_path: Path) -> None:
    flat(tmp_path)
    (tmp_path / "list_eval_partition.txt").write_text(PARTITION.splitlines()[0] + "\n")
    photo_set = list_photos(tmp_path)
    assert [photo.split for photo in photo_set.photos] == ["train", None, None]
    assert f"{tmp_path / 'list_eval_partition.txt'} names 1 of 3 photos" in photo_set.notes


def test_line_ends_of_windows_a_byte_order_mark_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    flat(tmp_path)
    for name in lists():
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (text + "\n").replace("\n", "\r\n").encode())
    assert_complete(list_photos(tmp_path))


@pytest.mark.parametrize(
    ("name", "line", "text"),
    [
        ("list_eval_partition.txt", 2, "000002.jpg 3"),
        ("list_eval_partition.txt", 2, "000002.jpg"),
        ("list_eval_partition.txt", 1, "<!DOCTYPE html>"),
        ("list_eval_partition.txt", 3, "000001.jpg 1"),
        ("identity_CelebA.txt", 3, "000003.jpg x"),
        ("identity_CelebA.txt", 3, "000003.jpg -4"),
        ("identity_CelebA.txt", 3, "000003 4"),
        ("list_landmarks_align_celeba.txt", 3, "000001.jpg 1 2 3 4 5 6 7 8 9"),
        ("list_landmarks_align_celeba.txt", 5, "000003.jpg 1 2 3 4 5 6 7 8 9 nan"),
        ("list_landmarks_align_celeba.txt", 4, "000002.jpg 1 2 3 4 5 6 7 8 9 10 11"),
    ],
)
def test_a_broken_line_is_an_error_that_names_file_and_line(tmp_path: Path, name: str, line: int, text: str) -> None:
    path = flat(tmp_path) / name
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    with pytest.raises(MaskifyError, match=re.escape(f"{path}, line {line} is broken")):
        list_photos(tmp_path)


def test_the_part_of_celeba_for_tests_is_known_completely(shared: Path) -> None:
    photo_set = list_photos(shared / "celeba")
    photos = photo_set.photos
    assert (len(photos), photo_set.layout) == (5417, "celeba")
    assert [sum(photo.split == split for photo in photos) for split in SPLITS] == [4814, 0, 603]
    assert all(photo.identity > 0 and photo.celeba_frame and len(photo.five_points or ()) == 10 for photo in photos)
    first = photos[0]
    assert (first.key, first.split, first.identity) == ("img_align_celeba/000093", "train", 7399)
    assert first.five_points == (69, 111, 109, 112, 84, 123, 72, 153, 104, 151)


def test_the_originals_for_tests_are_not_in_the_frame(shared: Path, tmp_path: Path) -> None:
    os.symlink(shared / "celeba-wild", tmp_path / "src")
    photos = list_photos(tmp_path / "src").photos
    assert len(photos) == 132 and not any(photo.celeba_frame for photo in photos)


def test_the_originals_take_partition_and_identity_where_lists_lie_above(shared: Path, tmp_path: Path) -> None:
    names = sorted(path.stem for path in (shared / "celeba-wild").iterdir())
    partition = (shared / "celeba/list_eval_partition.txt").read_text()
    write(tmp_path, {f"img_celeba/{name}.jpg": "" for name in names} | {"list_eval_partition.txt": partition})
    shutil.copy(shared / "celeba/list_landmarks_align_celeba.txt", tmp_path)
    photos = list_photos(tmp_path).photos
    assert [photo.split is not None for photo in photos] == [f"{name}.jpg " in partition for name in names]
    assert {photo.split is not None for photo in photos} == {True, False}
    assert not any(photo.celeba_frame or photo.five_points for photo in photos)
