"""The command `maskify`, through its real entry point: what users type, what they read, and what lies there then."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from commands import maskify, rows_of
from fakes import files_of
from PIL import Image

from maskify.cli import main
from maskify.config import SynthesisConfig
from maskify.templates import library, names


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
        (["build", "--jobs", "0"], "0 jobs"),
        (["build", "--backend", "slurm"], "slurm"),
        (["build", "--backend", "dask"], "--cluster"),
        (["build", "--cluster", "tcp://host:8786"], "--cluster"),
        (["build", "--shadow", "7"], "7"),
        (["build", "--faces", "two"], "two"),
        (["build", "--detector", "cnn"], "cnn"),
        (["build", "--landmark-model", "no-model.dat"], "no-model.dat"),
        (["build", "--wear", "sideways=1"], "sideways"),
        (["build", "--patterns", "picture=1"], "--pattern FOLDER"),
        (["apply", "--patterns", "plain,picture"], "--pattern FOLDER"),
        (["build", "--no-such-option"], "--no-such-option"),
        (["apply", "--seed", "x"], "x"),
        (["sample", "-n", "0"], "0"),
        (["sample", "--seed", "-1"], "-1"),
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


@pytest.mark.parametrize("option", ["--src", "--out"])
def test_an_empty_path_is_not_the_folder_one_works_in(few: Path, tmp_path: Path, option: str) -> None:
    given = {"--src": few, "--out": tmp_path / "out", option: ""}
    done = maskify("build", *[word for pair in given.items() for word in pair])
    assert done.exit_code == 2 and f"Invalid value for '{option}': is empty. Name a path" in done.stderr


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


def test_paths_among_the_settings_are_absolute_and_names_of_the_library_stay(
    tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(library() / "kn95", tmp_path / "mine")
    (tmp_path / "prints").mkdir()
    (tmp_path / "model.dat").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    seen: list[SynthesisConfig] = []

    def watched(config: SynthesisConfig) -> str:
        seen.append(config)
        return ""

    monkeypatch.setattr("maskify.synthesis.art_fingerprint", watched)
    options = ["--templates", "kn95,mine", "--pattern", "prints", "--landmark-model", "model.dat", "--dry-run"]
    assert maskify("build", "--src", few, "--out", "out", *options).exit_code == 0
    assert seen[0].templates == ("kn95", str(tmp_path / "mine"))
    assert (seen[0].pictures, seen[0].landmark_model) == (str(tmp_path / "prints"), str(tmp_path / "model.dat"))


def test_inspect_counts_what_is_there(records: Path) -> None:
    done = maskify("inspect", records, "--verify")
    assert done.exit_code == 0 and "24 records of 24 photos" in done.stdout and "every byte was read" in done.stdout
    for text in ("train", "validation", "aligned", *{row["template"] for row in rows_of(records)}):
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
