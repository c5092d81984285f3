"""`unmask remove`: what it refuses, what it never overwrites, and how it ends."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import ROOT
from removals import is_blue, remove, unmask, write

from unmask import removing
from unmask.restorer import Restorer

pytestmark = pytest.mark.usefixtures("blue_run_loaded")


def test_no_photo_is_ever_overwritten(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photos" / "photo.png")
    (tmp_path / "link.png").symlink_to(photo)
    before = photo.read_bytes()
    for out in (photo, photo.parent, tmp_path / "link.png", f"{photo.parent}/../photos/photo.png"):
        done = remove(blue_run, photo, "--out", out, "--overwrite")
        assert done.exit_code == 1 and "would overwrite" in done.stderr
    for out in (photo.parent, tmp_path, photo.parent / "below"):
        done = remove(blue_run, photo.parent, "--out", out, "--overwrite")
        assert done.exit_code == 1 and "Choose" in done.stderr
    assert photo.read_bytes() == before and [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_results_that_are_there_stay_unless_told(blue_run: Path, tmp_path: Path) -> None:
    photo, out = write(tmp_path / "photo.png"), tmp_path / "out.png"
    out.write_bytes(b"mine")
    done = remove(blue_run, photo, "--out", out)
    assert done.exit_code == 1 and f"{out} is there already. Give --overwrite" in done.stderr
    assert out.read_bytes() == b"mine"
    assert remove(blue_run, photo, "--out", out, "--overwrite").exit_code == 0 and not is_blue(out)
    (tmp_path / "new.png.map.png").touch()
    assert remove(blue_run, photo, "--out", tmp_path / "new.png", "--save-map").exit_code == 1


def test_two_photos_never_become_one(blue_run: Path, tmp_path: Path) -> None:
    photos = [write(tmp_path / name / "same.png") for name in ("a", "b")]
    done = remove(blue_run, *photos, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "would both become" in done.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("extra", ["map.png", "side-by-side.jpg"])
def test_a_map_or_picture_never_becomes_another_photo_or_its_result(blue_run: Path, tmp_path: Path, extra: str) -> None:
    option = f"--save-{extra.split('.')[0]}"
    photos, target = tmp_path / "photos", tmp_path / "photos" / f"a.png.{extra}"
    write(photos / "a.png")
    before = write(target).read_bytes()
    done = remove(blue_run, photos, "--out", tmp_path / "out", option)
    assert done.exit_code == 1 and "would both become" in done.stderr and not (tmp_path / "out").exists()
    (photos / "a.png").unlink()
    done = remove(blue_run, target, "--out", photos / "a.png", option, "--overwrite")
    assert done.exit_code == 1 and f"{target} would overwrite a photo" in done.stderr
    assert target.read_bytes() == before and [path.name for path in photos.iterdir()] == [target.name]


@pytest.mark.parametrize("sources", [("a.png", "b.png"), ("folder",), ("photos.zip",)])
def test_several_photos_do_not_become_a_folder_that_is_named_like_a_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "folder/c.png", "folder/d.png"):
        write(tmp_path / name)
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.write("a.png")
    done = unmask("remove", *sources, "--out", "two.jpg")
    assert done.exit_code == 1 and "--out two.jpg is the name of one photo. Name a folder" in done.stderr
    assert not Path("two.jpg").exists()


def test_a_folder_beside_the_photos_is_suggested_by_a_name_that_fits(blue_run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photos" / "a.png")
    done = remove(blue_run, photo.parent, "--out", photo.parent / "below")
    assert f"--out {photo.parent}-unmasked." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument"),
        (("none.png", "--out", "x.png"), 1, "none.png does not exist"),
        (("none.txt",), 1, "none.txt does not exist"),
        (("notes.txt",), 1, "notes.txt has no ending of a photo. If it is one, name the result: --out NAME.png"),
        (("*.png", "--out", "x"), 1, "No photo matches"),
        (("photo.png", "photo2.png"), 2, "Give --out: the folder"),
        (("*.png",), 2, "Give --out: the folder"),
        ((".",), 2, "Give --out: the folder"),
        (("photo.png", "--out", "x.png", "--box", "1,2,3"), 2, "four numbers"),
        (("photo.png", "--out", "x.png", "--box", "1,2,0,5"), 2, "no width"),
        (("photo.png", "--out", "x.png", "--box", "1,2,nan,5"), 2, "no width"),
        (("photo.png", "--out", "x.png", "--box", "1,2,3,4", "--aligned"), 2, "not both"),
        (("photo.png", "photo2.png", "--out", "x", "--box", "1,2,3,4"), 1, "there are 2"),
        (("photo.png", "--out", "x.doc"), 1, "no ending of a photo"),
        (("photo.png", "--out", "photo2.png/x"), 1, "photo2.png is no folder. Choose another --out"),
        (("photo.png", "--out", "x.png", "--box", "90,0,30,30"), 1, "is not in the photo of 100 x 100"),
        (("wide.png", "--out", "x.png", "--aligned"), 1, "has 90 x 50 pixels. Leave --aligned out"),
        (("broken.png", "--out", "x.png"), 1, "failed: not_an_image"),
        (("photo.png", "--out", "x.png", "--run", "nowhere"), 1, "no run in nowhere"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if "*.png" not in arguments:
        write(tmp_path / "photo.png")
        write(tmp_path / "photo2.png")
        write(tmp_path / "wide.png", np.zeros((50, 90, 3), np.uint8))
        for name in ("broken.png", "notes.txt"):
            (tmp_path / name).write_text("no photo")
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(
        removing, "_restorer", lambda run: pytest.fail("networks are loaded") if run.exists() else Restorer.load(run)
    )
    done = unmask("remove", *arguments)
    assert done.exit_code == code and message in " ".join(done.stderr.split()), done.stderr
    assert not list(tmp_path.glob("x*"))


def test_a_crash_on_one_photo_is_its_line(blue_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "encode", lambda *_: 1 / 0)
    done = remove(blue_run, write(tmp_path / "photo.png"), "--out", tmp_path / "out.png")
    assert done.exit_code == 1 and "photo.png: failed: internal_error, ZeroDivisionError" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_result_appears_whole_or_not_at_all(blue_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    done = remove(blue_run, write(tmp_path / "photo.png"), "--out", tmp_path / "out.png")
    assert done.exit_code == 1 and "out.png cannot be written: No space left on device" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_names_as_long_as_can_be_are_written_and_longer_ones_fail_alone(blue_run: Path, tmp_path: Path) -> None:
    write(tmp_path / "photos" / f"{'n' * 251}.png")
    write(tmp_path / "photos" / "short.png")
    assert remove(blue_run, tmp_path / "photos", "--out", tmp_path / "out").exit_code == 0
    done = remove(blue_run, tmp_path / "photos", "--out", tmp_path / "maps", "--save-map")
    assert done.exit_code == 1 and "name_too_long" in done.stderr
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"short.png", "short.png.map.png"}


SLOW_COMMAND = """
import signal
import time
from painters import BluePainter
from unmask import removing
from unmask.cli import main
from unmask.restoration import aligned_place, restore_places

def restore(photo):
    time.sleep(0.05)
    return restore_places(photo, [aligned_place(photo)], 1, BluePainter())

removing._restore = lambda options: restore
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run in the background
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_the_command_at_once_and_leaves_whole_files(tmp_path: Path) -> None:
    for number in range(200):
        write(tmp_path / "photos" / f"{number:03d}.png")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_COMMAND, "remove", "photos", "--out", "out"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 60
    while len(list((tmp_path / "out").glob("*.png"))) < 3:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130 and "Stopped. What has been written is whole" in stderr
    assert "Traceback" not in stderr and 2 <= len(stdout.splitlines()) < 200
    for path in (tmp_path / "out").iterdir():
        assert cv2.imread(str(path)) is not None and not path.name.startswith(".")
