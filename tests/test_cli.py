"""The command `maskify`, through its real entry point: what users type, what they read, and what lies there then."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from commands import maskify, records_of, rows_of, start_maskify
from fakes import files_of
from odd_files import make_odd_files
from PIL import Image

from maskify.cli import main
from maskify.sample import load_astronaut, make_sample
from maskify.templates import names

FACE_REASONS = {
    "no_face",
    "face_too_small",
    "landmarks_off",
    "mask_covers_eye",
    "mask_misses_face",
    "mask_spills",
    "mask_folded",
}
NEW_FILES = {"build.json", "dataset_info.json"}

needs_signals = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos in CelebA's layout, one for each split."""
    return make_sample(tmp_path_factory.mktemp("few") / "photos", 3)


def commands_below(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """The group itself and all its commands, by what users type."""
    yield name, group
    for word, command in group.commands.items():
        below = f"{name} {word}".strip()
        if isinstance(command, click.Group):
            yield from commands_below(command, below)
        else:
            yield below, command


COMMANDS = dict(commands_below(main))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_all_its_options(command: str) -> None:
    for flag in ("--help", "-h"):
        done = maskify(*command.split(), flag)
        assert done.exit_code == 0 and done.stdout.startswith(f"Usage: maskify {command}".rstrip())
    options = [option for option in COMMANDS[command].params if isinstance(option, click.Option)]
    assert COMMANDS[command].help and [option.name for option in options if not option.help] == []


def test_there_are_all_the_commands_that_the_documents_name() -> None:
    assert {"build", "apply", "preview", "inspect", "sample", "templates list"} <= set(COMMANDS)


def test_help_of_build_shows_the_defaults() -> None:
    shown = " ".join(maskify("build", "--help").stdout.split())
    for default in ("256", "jpeg", "512", "80,10,10", "0.3", "largest", "auto"):
        assert f"[default: {default}" in shown or f"; {default}" in shown or f"default: {default};" in shown, default


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["build", "--image-size", "12"], "12"),
        (["build", "--image-format", "gif"], "gif"),
        (["build", "--split", "holdout"], "holdout"),
        (["build", "--split-shares", "80,20"], "80,20"),
        (["build", "--split-shares", "a,b,c"], "a,b,c"),
        (["build", "--max-skip", "1.5"], "1.5"),
        (["build", "--limit", "0"], "0"),
        (["build", "--shard-size", "-3"], "-3"),
        (["build", "--shadow", "7"], "7"),
        (["build", "--faces", "two"], "two"),
        (["build", "--detector", "cnn"], "cnn"),
        (["build", "--landmark-model", "no-model.dat"], "no-model.dat"),
        (["build", "--wear", "sideways=1"], "sideways"),
        (["build", "--no-such-option"], "--no-such-option"),
        (["apply", "--seed", "x"], "x"),
        (["sample", "-n", "0"], "0"),
        (["preview", "--per-row", "99", "records"], "99"),
        (["preview", "--page", "last", "records"], "last"),
        (["undress"], "undress"),
    ],
)
def test_a_wrong_option_is_wrong_usage_and_the_value_is_named(
    tmp_path: Path, few: Path, arguments: list[str], shown: str
) -> None:
    command, *options = arguments
    needed = {"build": ["--src", few, "--out", tmp_path / "out"], "apply": ["--src", few, "--out", tmp_path / "out"],
              "sample": ["--out", tmp_path / "out"]}  # fmt: skip
    done = maskify(command, *needed.get(command, []), *options)
    assert done.exit_code == 2 and shown in done.stderr and done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [["build"], ["apply"], ["sample"], ["preview"], ["inspect"]])
def test_what_is_missing_on_the_command_line_is_named(command: list[str]) -> None:
    done = maskify(*command)
    assert done.exit_code == 2 and "Missing" in done.stderr


@pytest.mark.parametrize("command", ["build", "apply"])
def test_a_source_that_is_missing_is_an_error_that_names_it(tmp_path: Path, command: str) -> None:
    done = maskify(command, "--src", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert done.exit_code == 1 and f"{tmp_path / 'nowhere'} does not exist" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["build", "apply"])
def test_a_folder_without_photos_is_an_error_that_lists_what_is_read(tmp_path: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    done = maskify(command, "--src", tmp_path / "empty", "--out", tmp_path / "out")
    assert done.exit_code == 1 and "no photo" in done.stderr and ".jpg" in done.stderr


@pytest.mark.parametrize("command", ["build", "apply"])
def test_an_unknown_template_is_an_error_that_lists_the_library(tmp_path: Path, few: Path, command: str) -> None:
    done = maskify(command, "--src", few, "--out", tmp_path / "out", "--templates", "surgical,plague-doctor")
    assert done.exit_code == 1 and "plague-doctor" in done.stderr and "kn95" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path, few: Path) -> None:
    done = maskify("build", "--src", few, "--out", tmp_path / "out", "--shard-size", 1, "--dry-run")
    assert done.exit_code == 0 and not list(tmp_path.iterdir())
    for text in ("3 photos found", "1 train", "1 validation", "1 test", "3 shards", "Nothing was written"):
        assert text in done.stdout


def test_a_build_says_what_it_wrote_and_where(tmp_path: Path, few: Path) -> None:
    out = tmp_path / "out"
    done = maskify("build", "--src", few, "--out", out, "--image-size", 64, "--jobs", 1)
    assert done.exit_code == 0
    assert "3 of 3 photos written (1 train, 1 validation, 1 test); 0 skipped." in done.stdout
    assert f"maskify preview {out}" in done.stdout and "list_eval_partition.txt" in done.stderr
    again = maskify("build", "--src", few, "--out", out, "--image-size", 64, "--jobs", 1)
    assert again.exit_code == 0 and "All 3 shards were there already." in again.stdout


def test_a_trailing_slash_changes_nothing(tmp_path: Path, few: Path) -> None:
    for name, slash in (("one", ""), ("two", "/")):
        assert (
            maskify("build", "--src", f"{few}{slash}", "--out", f"{tmp_path / name}{slash}", "--jobs", 1).exit_code == 0
        )
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_other_settings_are_refused_until_overwritten(tmp_path: Path, few: Path) -> None:
    build = ["build", "--src", few, "--out", tmp_path / "out", "--image-size", 64, "--jobs", 1]
    assert maskify(*build).exit_code == 0
    refused = maskify(*build, "--seed", 7)
    assert refused.exit_code == 1 and "seed: 0, now 7" in refused.stderr and "--overwrite" in refused.stderr
    assert maskify(*build, "--seed", 7, "--overwrite").exit_code == 0
    assert json.loads((tmp_path / "out" / "build.json").read_text())["settings"]["synthesis"]["seed"] == 7


def test_lossless_is_png(records: Path) -> None:
    info = json.loads((records / "dataset_info.json").read_text())
    assert info["settings"]["synthesis"]["image_format"] == "png"
    assert len(info["licences"]) >= 2


def test_only_the_splits_and_the_number_that_were_asked_for_are_built(tmp_path: Path, sample_photos: Path) -> None:
    common = ["build", "--src", sample_photos, "--image-size", 64, "--jobs", 1]
    assert maskify(*common, "--out", tmp_path / "test", "--split", "test").exit_code == 0
    assert {row["split"] for row in rows_of(tmp_path / "test")} == {"test"}
    assert maskify(*common, "--out", tmp_path / "five", "--limit", 5).exit_code == 0
    assert len(rows_of(tmp_path / "five")) == 5


def test_splits_follow_the_official_partition(records: Path, sample_photos: Path) -> None:
    lines = (sample_photos / "list_eval_partition.txt").read_text().split()
    official = dict(zip(lines[::2], lines[1::2], strict=True))
    for row in rows_of(records):
        number = {"train": "0", "validation": "1", "test": "2"}[row["split"]]
        assert official[Path(row["source"]).name] == number


def test_every_row_and_every_record_belong_together(records: Path, sample_photos: Path) -> None:
    rows, made = rows_of(records), records_of(records)
    assert len(rows) == len(made) == len(list((sample_photos / "img_align_celeba").iterdir()))
    for row, record in zip(rows, made, strict=True):
        assert (row["key"], row["template"], row["identity"]) == (record.key, record.template, record.identity)
        np.testing.assert_allclose(row["pose"], record.pose, atol=0.006)
        assert record.clean.shape == (128, 128, 3)


def test_too_many_skipped_photos_are_a_failure_with_the_reasons(tmp_path: Path, few: Path) -> None:
    photos = tmp_path / "photos"
    shutil.copytree(few / "img_align_celeba", photos)
    for name in "abc":
        Image.new("RGB", (100, 100), (90, 120, 150)).save(photos / f"{name}.png")
    (photos / "text.jpg").write_text("no photo")
    build = ["build", "--src", photos, "--out", tmp_path / "out", "--image-size", 64, "--jobs", 1]
    done = maskify(*build)
    assert done.exit_code == 1 and "4 of 7 photos were skipped (57%, --max-skip is 30%)" in done.stderr
    assert "3  no_face" in done.stderr and "1  not_an_image" in done.stderr
    assert maskify(*build, "--max-skip", 0.6).exit_code == 0


def test_odd_files_never_end_a_build_and_each_has_its_row_with_a_fitting_reason(tmp_path: Path) -> None:
    face = np.ascontiguousarray(load_astronaut()[:256, 96:352])
    (tmp_path / "odd").mkdir()
    expected = make_odd_files(tmp_path / "odd", face)
    out = tmp_path / "out"
    done = maskify("build", "--src", tmp_path / "odd", "--out", out, "--image-size", 64, "--jobs", 1, "--max-skip", 1)
    assert done.exit_code == 0, done.output
    rows = {row["source"]: row for row in rows_of(out)}
    assert len(rows) == len(rows_of(out)) == len(expected) >= 36 and set(rows) == set(expected)
    wrong = {}
    for name, row in rows.items():
        reason, want = row["reason"], expected[name]
        if want.reasons:
            fits = reason in want.reasons
        else:
            fits = reason in FACE_REASONS or (reason is None and want.face is not False)
        if not fits or (reason is None) != (row["status"] == "written"):
            wrong[name] = reason
    assert wrong == {}
    faces = [rows[name]["status"] for name, want in expected.items() if want.face]
    assert faces.count("written") >= 0.97 * len(faces)
    assert maskify("inspect", out, "--verify").exit_code == 0


def test_one_and_two_jobs_write_the_same_bytes(tmp_path: Path, sample_photos: Path) -> None:
    build = ["build", "--src", sample_photos, "--image-size", 96, "--limit", 12, "--shard-size", 2]
    for jobs in (1, 2):
        assert maskify(*build, "--out", tmp_path / f"jobs{jobs}", "--jobs", jobs).exit_code == 0
    one, two = files_of(tmp_path / "jobs1"), files_of(tmp_path / "jobs2")
    assert one == two and set(one) > NEW_FILES and len(one) >= 2 + 2 * 6


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_killed_in_the_middle_goes_on_to_the_same_bytes(tmp_path: Path, jobs: int) -> None:
    photos = make_sample(tmp_path / "photos", 96)
    build = ["build", "--src", photos, "--image-size", 512, "--lossless", "--shard-size", 2, "--jobs", jobs]
    assert maskify(*build, "--out", tmp_path / "whole").exit_code == 0
    out = tmp_path / "killed"
    process = start_maskify(*build, "--out", out)
    until = time.monotonic() + 60
    while len(list(out.glob("*.tfrecord"))) < 3:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(1)  # workers notice that their build is gone
    assert 3 <= len(list(out.glob("*.tfrecord"))) < 48 and not (out / "dataset_info.json").exists()
    again = maskify(*build, "--out", out)
    assert again.exit_code == 0
    assert files_of(out) == files_of(tmp_path / "whole")


def test_a_build_is_the_same_as_a_process_of_its_own(tmp_path: Path, few: Path) -> None:
    build = ["build", "--src", few, "--image-size", 64, "--jobs", 1]
    assert maskify(*build, "--out", tmp_path / "here").exit_code == 0
    process = start_maskify(*build, "--out", tmp_path / "there")
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert files_of(tmp_path / "here") == files_of(tmp_path / "there")
    assert "3 of 3 photos written" in stdout and "Traceback" not in stderr and "Warning" not in stderr


def test_inspect_counts_what_is_there(records: Path) -> None:
    done = maskify("inspect", records, "--verify")
    assert done.exit_code == 0 and "24 records of 24 photos" in done.stdout and "every byte was read" in done.stdout
    for text in ("train", "validation", "aligned", *names()):
        assert text in done.stdout


@pytest.mark.parametrize("damage", ["cut", "flip", "missing"])
def test_inspect_fails_on_a_damaged_shard_and_names_it(records: Path, tmp_path: Path, damage: str) -> None:
    folder = Path(shutil.copytree(records, tmp_path / "records"))
    shard = sorted(folder.glob("*.tfrecord"))[-1]
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    if damage == "missing":
        shard.unlink()
    else:
        shard.write_bytes(data if damage == "flip" else data[:-9])
    done = maskify("inspect", folder, "--verify")
    assert done.exit_code == 1 and shard.name in done.stdout
    quick = maskify("inspect", folder)
    assert quick.exit_code == (0 if damage == "flip" else 1)  # only --verify reads what is inside


@pytest.mark.parametrize("command", ["inspect", "preview"])
def test_a_folder_that_holds_no_records_is_an_error(tmp_path: Path, command: str) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = maskify(command, folder)
        assert done.exit_code == 1 and str(folder) in done.stderr


def test_preview_says_which_pictures_it_drew(records: Path, tmp_path: Path) -> None:
    done = maskify("preview", records, "--out", tmp_path / "deep" / "look.png", "--per-row", 2)
    assert done.exit_code == 0
    written = [Path(line) for line in done.stdout.splitlines()]
    assert tmp_path / "deep" / "look.png" in written and set(written) == set((tmp_path / "deep").iterdir())


def test_preview_is_drawn_beside_the_records_by_default(records: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(records, tmp_path / "records"))
    done = maskify("preview", folder, "--page", "overview")
    assert done.exit_code == 0 and done.stdout == f"{folder / 'preview.png'}\n"
    assert maskify("inspect", folder, "--verify").exit_code == 0  # a picture is no problem


def test_apply_writes_masked_photos_and_their_maps(tmp_path: Path, few: Path) -> None:
    done = maskify("apply", "--src", few, "--out", tmp_path / "out", "--binary-maps")
    assert done.exit_code == 0 and "3 of 3 photos written" in done.stdout and "0 skipped" in done.stdout
    for number in (1, 2, 3):
        name = f"img_align_celeba/{number:06d}.jpg"
        with Image.open(tmp_path / "out" / name) as masked, Image.open(few / name) as photo:
            assert (masked.size, masked.format) == (photo.size, "JPEG")
            assert np.abs(np.asarray(masked).astype(int) - np.asarray(photo)).max() > 40
        with Image.open(tmp_path / "out" / f"{name}.map.png") as binary_map:
            assert set(np.unique(np.asarray(binary_map))) == {0, 255}


def test_apply_refuses_to_write_over_the_photos(few: Path) -> None:
    before = files_of(few / "img_align_celeba")
    done = maskify("apply", "--src", few, "--out", few)
    assert done.exit_code == 1 and "Choose another --out" in done.stderr
    assert files_of(few / "img_align_celeba") == before


def test_apply_names_what_it_skipped_and_fails_if_that_is_all(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (100, 100), (90, 120, 150)).save(tmp_path / "photos" / "wall.png")
    done = maskify("apply", "--src", tmp_path / "photos", "--out", tmp_path / "out")
    assert done.exit_code == 1 and "skipped wall: no_face" in done.stderr and "0 of 1 photos" in done.stdout


def test_templates_list_names_the_library() -> None:
    done = maskify("templates", "list")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == names()
    assert all(len(line.split()) > 2 for line in done.stdout.splitlines())


def test_sample_says_what_it_made(tmp_path: Path) -> None:
    done = maskify("sample", "--out", tmp_path / "photos", "-n", 2)
    assert done.exit_code == 0 and done.stdout == f"2 photos in {tmp_path / 'photos'}\n"
    assert len(list((tmp_path / "photos" / "img_align_celeba").iterdir())) == 2
