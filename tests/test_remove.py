"""`unmask remove`: what it does with photos."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from broken_files import saved
from painters import BluePainter, masked_face
from PIL import Image
from removals import is_blue, remove, unmask, write

from unmask import removing
from unmask.restoration import Place, aligned_place, restore_places
from unmask.tasks import list_tasks

pytestmark = pytest.mark.usefixtures("blue_run_loaded")


def test_a_photo_is_restored_into_a_file_and_told_of(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png")
    done = remove(blue_run, photo, "--out", tmp_path / "clean.png")
    assert done.exit_code == 0 and done.stderr == ""
    assert done.stdout == f"{photo} -> {tmp_path / 'clean.png'}: 1 mask removed (15 % of the frame)\n"
    assert is_blue(photo) and not is_blue(tmp_path / "clean.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.png", "photo.png"]


def test_a_photo_without_a_mask_is_copied_byte_for_byte_and_said_so(blue_run: Path, tmp_path: Path) -> None:
    bare = np.full((90, 90, 3), (190, 140, 110), np.uint8)
    (tmp_path / "bare.jpg").write_bytes(saved(Image.fromarray(bare), "JPEG", quality=31))
    done = remove(blue_run, tmp_path / "bare.jpg", "--out", tmp_path / "out.jpg", "--save-map")
    assert done.exit_code == 0 and "bare.jpg: left as it is: no mask was found on its face\n" in done.stdout
    assert (tmp_path / "out.jpg").read_bytes() == (tmp_path / "bare.jpg").read_bytes()
    assert not np.asarray(Image.open(tmp_path / "out.jpg.map.png")).any()


def test_the_map_says_what_was_replaced_and_pictures_stand_side_by_side(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png")
    remove(blue_run, photo, "--out", tmp_path / "out.png", "--save-map", "--save-side-by-side")
    before, after = (np.asarray(Image.open(path)) for path in (photo, tmp_path / "out.png"))
    found = np.asarray(Image.open(tmp_path / "out.png.map.png"))
    assert found.shape == (100, 100) and found.max() == 255
    np.testing.assert_array_equal(after[found == 0], before[found == 0])
    assert (after[found == 255] != before[found == 255]).any(axis=1).mean() > 0.99
    beside = np.asarray(Image.open(tmp_path / "out.png.side-by-side.jpg"))
    assert beside.shape == (100, 300, 3)
    for number, column in enumerate((before, np.dstack([found] * 3), after)):
        assert np.abs(beside[:, 100 * number : 100 * number + 100].astype(int) - column).mean() < 6


def test_folders_keep_their_paths_and_bad_photos_end_nothing(blue_run: Path, tmp_path: Path) -> None:
    photos, out = tmp_path / "photos", tmp_path / "out"
    write(photos / "a.png")
    write(photos / "deep" / "er" / "b.bmp")
    write(photos / "wide.png", np.zeros((50, 90, 3), np.uint8))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    (photos / "empty.png").touch()
    (photos / "notes.txt").write_text("no photo")
    done = remove(blue_run, photos, "--out", out)
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    assert lines[-1] == f"2 of 5 photos restored, 0 left as they are, 3 failed; all in {out}"
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {"a.png", "deep/er/b.bmp"}
    failed = [line for line in done.stderr.splitlines() if ": failed: " in line]
    assert len(failed) == 3 and any("empty_file" in line for line in failed)
    assert any("wide.png" in line and "--aligned is for photos in the training frame" in line for line in failed)
    assert "1 file with another ending was ignored: .txt" in done.stderr


def test_patterns_archives_and_several_sources_become_one_folder(blue_run: Path, tmp_path: Path) -> None:
    for name in ("p/a.png", "p/b.png", "p/c.bmp", "q/d.png"):
        write(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(tmp_path / "p" / "a.png", "in/side.png")
    done = remove(blue_run, tmp_path / "p" / "*.png", tmp_path / "q", tmp_path / "z.zip", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
    assert found == {"a.png", "b.png", "d.png", "z/in/side.png"}


def test_another_ending_is_another_format(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.bmp")
    assert remove(blue_run, photo, "--out", tmp_path / "clean.png").exit_code == 0
    assert Image.open(tmp_path / "clean.png").format == "PNG"
    (tmp_path / "png.jpg").write_bytes(photo.with_name("clean.png").read_bytes())
    assert remove(blue_run, tmp_path / "png.jpg", "--out", tmp_path / "out.jpg").exit_code == 0
    assert Image.open(tmp_path / "out.jpg").format == "PNG"  # the same ending: the photo's own format


@pytest.mark.parametrize("out", ["new", "new/", "there", "there.d"])
def test_one_photo_may_go_into_a_folder(blue_run: Path, tmp_path: Path, out: str) -> None:
    photo = write(tmp_path / "photo.png")
    (tmp_path / "there").mkdir()
    (tmp_path / "there.d").mkdir()
    assert remove(blue_run, photo, "--out", f"{tmp_path}/{out}").exit_code == 0
    assert (tmp_path / out / "photo.png").is_file()


def test_one_photo_gets_its_result_beside_it(blue_run: Path, tmp_path: Path) -> None:
    done = remove(blue_run, write(tmp_path / "a.photo.png"))
    assert done.exit_code == 0 and f"-> {tmp_path / 'a.photo-unmasked.png'}: 1 mask removed" in done.stdout
    assert not is_blue(tmp_path / "a.photo-unmasked.png")
    again = remove(blue_run, tmp_path / "a.photo.png")
    assert again.exit_code == 1 and "a.photo-unmasked.png is there already" in again.stderr


def test_odd_names_are_told_in_printable_characters(blue_run: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for name in ("new\nline.png", "\x1b[31mred.png", "été 写真.png", "-rf.png", "%s{0}.png"):
        write(photos / name)
    done = remove(blue_run, photos, "--out", tmp_path / "out")
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 6 and "\x1b" not in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_the_same_photo_gives_the_same_bytes(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png", masked_face(300))
    for name in ("one.png", "two.png"):
        assert remove(blue_run, photo, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("box", ["-5000,-5000,10100,10100", "0,0,8,8"])
def test_a_box_without_a_face_is_said_so(blue_run: Path, tmp_path: Path, box: str) -> None:
    photo = write(tmp_path / "grey.png", np.full((100, 100, 3), 128, np.uint8))
    done = unmask("remove", photo, "--out", tmp_path / "out.png", "--run", blue_run, "--box", box)
    assert done.exit_code == 0 and "left as it is: no face was found in the box, nor a mask\n" in done.stdout
    assert (tmp_path / "out.png").read_bytes() == photo.read_bytes()


def test_other_faces_are_told_of_in_words() -> None:
    photo, bare = masked_face(300), Place(np.array([[1.0, 0, 400], [0, 1, 400]]), (0, 0, 1, 1))
    restoration = restore_places(photo, [aligned_place(photo), bare], 2, BluePainter())
    assert removing._outcome(restoration).text == "1 mask removed (14 % of the frame); no mask on 1 other face"


def test_tasks_of_one_photo_know_their_other_files(tmp_path: Path) -> None:
    (task,), notes = list_tasks([str(write(tmp_path / "a.png"))], str(tmp_path / "out.tif"))
    assert notes == [] and task.map_path.name == "out.tif.map.png"
    assert task.side_by_side_path.name == "out.tif.side-by-side.jpg"
