"""`unmask remove`, on photos whose masks are blue and networks that paint skin over what is blue."""

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
from broken_files import saved
from click.testing import CliRunner, Result
from commands import ROOT
from painters import BLUE, masked_face, write_blue_run
from PIL import Image

from unmask import removing
from unmask.cli import main
from unmask.restorer import Restorer
from unmask.tasks import list_tasks


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_blue_run(tmp_path_factory.mktemp("runs") / "blue")


@pytest.fixture(autouse=True)
def loaded_once(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restorer = Restorer.load(run)
    load = Restorer.load.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(
        Restorer, "load", classmethod(lambda cls, path=None: restorer if path == run else load(cls, path))
    )


def unmask(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments)], prog_name="unmask")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def remove(run: Path, *arguments: object) -> Result:
    """The command on photos that are aligned, which needs no detector."""
    return unmask("remove", *arguments, "--run", run, "--aligned")


def is_blue(path: Path) -> bool:
    return bool((np.asarray(Image.open(path).convert("RGB")) == BLUE).all(axis=2).any())


def write(path: Path, pixels: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(masked_face(100) if pixels is None else pixels).save(path)
    return path


def test_a_photo_is_restored_into_a_file_and_told_of(run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png")
    done = remove(run, photo, "--out", tmp_path / "clean.png")
    assert done.exit_code == 0 and done.stderr == ""
    assert done.stdout == f"{photo} -> {tmp_path / 'clean.png'}: 1 mask removed (15 % of the frame)\n"
    assert is_blue(photo) and not is_blue(tmp_path / "clean.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.png", "photo.png"]


def test_a_photo_without_a_mask_is_copied_byte_for_byte_and_said_so(run: Path, tmp_path: Path) -> None:
    bare = np.full((90, 90, 3), (190, 140, 110), np.uint8)
    (tmp_path / "bare.jpg").write_bytes(saved(Image.fromarray(bare), "JPEG", quality=31))
    done = remove(run, tmp_path / "bare.jpg", "--out", tmp_path / "out.jpg", "--save-map")
    assert done.exit_code == 0 and "bare.jpg: left as it is: no mask was found on its face\n" in done.stdout
    assert (tmp_path / "out.jpg").read_bytes() == (tmp_path / "bare.jpg").read_bytes()
    assert not np.asarray(Image.open(tmp_path / "out.jpg.map.png")).any()


def test_the_map_says_what_was_replaced_and_pictures_stand_side_by_side(run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png")
    remove(run, photo, "--out", tmp_path / "out.png", "--save-map", "--save-side-by-side")
    before, after = (np.asarray(Image.open(path)) for path in (photo, tmp_path / "out.png"))
    found = np.asarray(Image.open(tmp_path / "out.png.map.png"))
    assert found.shape == (100, 100) and found.max() == 255
    np.testing.assert_array_equal(after[found == 0], before[found == 0])
    assert (after[found == 255] != before[found == 255]).any(axis=1).mean() > 0.99
    beside = np.asarray(Image.open(tmp_path / "out.png.side-by-side.jpg"))
    assert beside.shape == (100, 300, 3)
    for number, column in enumerate((before, np.dstack([found] * 3), after)):
        assert np.abs(beside[:, 100 * number : 100 * number + 100].astype(int) - column).mean() < 6


def test_folders_keep_their_paths_and_bad_photos_end_nothing(run: Path, tmp_path: Path) -> None:
    photos, out = tmp_path / "photos", tmp_path / "out"
    write(photos / "a.png")
    write(photos / "deep" / "er" / "b.bmp")
    write(photos / "wide.png", np.zeros((50, 90, 3), np.uint8))
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    (photos / "empty.png").touch()
    (photos / "notes.txt").write_text("no photo")
    done = remove(run, photos, "--out", out)
    lines = done.stdout.splitlines()
    assert done.exit_code == 1
    assert lines[-1] == f"2 of 5 photos restored, 0 left as they are, 3 failed; all in {out}"
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")} == {"a.png", "deep/er/b.bmp"}
    failed = [line for line in done.stderr.splitlines() if ": failed: " in line]
    assert len(failed) == 3 and any("empty_file" in line for line in failed)
    assert any("wide.png" in line and "--aligned is for photos in the training frame" in line for line in failed)
    assert "1 files with other endings were ignored: .txt" in done.stderr


def test_patterns_archives_and_several_sources_become_one_folder(run: Path, tmp_path: Path) -> None:
    for name in ("p/a.png", "p/b.png", "p/c.bmp", "q/d.png"):
        write(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(tmp_path / "p" / "a.png", "in/side.png")
    done = remove(run, tmp_path / "p" / "*.png", tmp_path / "q", tmp_path / "z.zip", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
    assert found == {"a.png", "b.png", "d.png", "z/in/side.png"}


def test_another_ending_is_another_format(run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.bmp")
    assert remove(run, photo, "--out", tmp_path / "clean.png").exit_code == 0
    assert Image.open(tmp_path / "clean.png").format == "PNG"
    (tmp_path / "png.jpg").write_bytes(photo.with_name("clean.png").read_bytes())
    assert remove(run, tmp_path / "png.jpg", "--out", tmp_path / "out.jpg").exit_code == 0
    assert Image.open(tmp_path / "out.jpg").format == "PNG"  # the same ending: the photo's own format


@pytest.mark.parametrize("out", ["new", "new/", "there", "there.d"])
def test_one_photo_may_go_into_a_folder(run: Path, tmp_path: Path, out: str) -> None:
    photo = write(tmp_path / "photo.png")
    (tmp_path / "there").mkdir()
    (tmp_path / "there.d").mkdir()
    assert remove(run, photo, "--out", f"{tmp_path}/{out}").exit_code == 0
    assert (tmp_path / out / "photo.png").is_file()


def test_no_photo_is_ever_overwritten(run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photos" / "photo.png")
    (tmp_path / "link.png").symlink_to(photo)
    before = photo.read_bytes()
    for out in (photo, photo.parent, tmp_path / "link.png", f"{photo.parent}/../photos/photo.png"):
        done = remove(run, photo, "--out", out, "--overwrite")
        assert done.exit_code == 1 and "would overwrite" in done.stderr
    for out in (photo.parent, tmp_path, photo.parent / "below"):
        done = remove(run, photo.parent, "--out", out, "--overwrite")
        assert done.exit_code == 1 and "Choose" in done.stderr
    assert photo.read_bytes() == before and [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_results_that_are_there_stay_unless_told(run: Path, tmp_path: Path) -> None:
    photo, out = write(tmp_path / "photo.png"), tmp_path / "out.png"
    out.write_bytes(b"mine")
    done = remove(run, photo, "--out", out)
    assert done.exit_code == 1 and f"{out} are there already. Give --overwrite" in done.stderr
    assert out.read_bytes() == b"mine"
    assert remove(run, photo, "--out", out, "--overwrite").exit_code == 0 and not is_blue(out)
    (tmp_path / "new.png.map.png").touch()
    assert remove(run, photo, "--out", tmp_path / "new.png", "--save-map").exit_code == 1


def test_two_photos_never_become_one(run: Path, tmp_path: Path) -> None:
    photos = [write(tmp_path / name / "same.png") for name in ("a", "b")]
    done = remove(run, *photos, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "would both become" in done.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument"),
        (("none.png", "--out", "x.png"), 1, "none.png does not exist"),
        (("*.png", "--out", "x"), 1, "No photo matches"),
        (("photo.png",), 2, "Missing option '--out'"),
        (("photo.png", "--out", "x.png", "--box", "1,2,3"), 2, "four numbers"),
        (("photo.png", "--out", "x.png", "--box", "1,2,0,5"), 2, "no width"),
        (("photo.png", "--out", "x.png", "--box", "1,2,nan,5"), 2, "no width"),
        (("photo.png", "--out", "x.png", "--box", "1,2,3,4", "--aligned"), 2, "not both"),
        (("photo.png", "photo2.png", "--out", "x", "--box", "1,2,3,4"), 1, "there are 2"),
        (("photo.png", "--out", "x.doc"), 1, "no ending of a photo"),
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
    done = unmask("remove", *arguments)
    assert done.exit_code == code and message in " ".join(done.stderr.split()), done.stderr
    assert not list(tmp_path.glob("x*"))


def test_a_crash_on_one_photo_is_its_line(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "encode", lambda *_: 1 / 0)
    done = remove(run, write(tmp_path / "photo.png"), "--out", tmp_path / "out.png")
    assert done.exit_code == 1 and "photo.png: failed: internal_error, ZeroDivisionError" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_result_appears_whole_or_not_at_all(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    done = remove(run, write(tmp_path / "photo.png"), "--out", tmp_path / "out.png")
    assert done.exit_code == 1 and "out.png cannot be written: No space left on device" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_names_as_long_as_can_be_are_written_and_longer_ones_fail_alone(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "photos" / f"{'n' * 251}.png")
    write(tmp_path / "photos" / "short.png")
    assert remove(run, tmp_path / "photos", "--out", tmp_path / "out").exit_code == 0
    done = remove(run, tmp_path / "photos", "--out", tmp_path / "maps", "--save-map")
    assert done.exit_code == 1 and "name_too_long" in done.stderr
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"short.png", "short.png.map.png"}


def test_odd_names_are_told_in_printable_characters(run: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for name in ("new\nline.png", "\x1b[31mred.png", "été 写真.png", "-rf.png", "%s{0}.png"):
        write(photos / name)
    done = remove(run, photos, "--out", tmp_path / "out")
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 6 and "\x1b" not in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_the_same_photo_gives_the_same_bytes(run: Path, tmp_path: Path) -> None:
    photo = write(tmp_path / "photo.png", masked_face(300))
    for name in ("one.png", "two.png"):
        assert remove(run, photo, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_tasks_of_one_photo_know_their_other_files(tmp_path: Path) -> None:
    (task,), notes = list_tasks([str(write(tmp_path / "a.png"))], str(tmp_path / "out.tif"))
    assert notes == [] and task.map_path.name == "out.tif.map.png"
    assert task.side_by_side_path.name == "out.tif.side-by-side.jpg"


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
