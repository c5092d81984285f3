"""The recipe: every command in it is one that the programs take."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from commands import ROOT
from triplets import write_records

import maskify.cli
import unmask.cli
from recipes.celeba import Lengths, check_splits, commands, main, run

PROGRAMS = {"maskify": maskify.cli.main, "unmask": unmask.cli.main}


@pytest.mark.parametrize("perceptual", [["--perceptual", "none"], ["--perceptual-layers", "block3_conv1"]])
def test_every_command_is_understood(tmp_path: Path, perceptual: list[str]) -> None:
    (tmp_path / "base").mkdir()
    for module, (name, *arguments) in commands(tmp_path, tmp_path, 128, Lengths(), perceptual):
        program = PROGRAMS[module]
        command = program.get_command(click.Context(program), name)
        assert command is not None, name
        command.make_context(name, arguments, resilient_parsing=False)


def test_a_command_that_fails_ends_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="ended with 2"):
        run("maskify", ["build", "--no-such-option"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--perceptual-layers", "block3_conv1"], "needs --vgg-weights"),
        (["--image-size", "100"], "100 is no multiple of 32"),
    ],
)
def test_what_would_fail_hours_later_fails_at_once(tmp_path: Path, options: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["--src", str(tmp_path), "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == 2 and message in result.output and not (tmp_path / "out").exists()


def test_weights_that_are_none_are_refused_before_the_first_build(tmp_path: Path) -> None:
    (tmp_path / "vgg.h5").write_text("no weights")
    options = ["--src", tmp_path, "--out", tmp_path / "out", "--vgg-weights", tmp_path / "vgg.h5"]
    done = subprocess.run([sys.executable, ROOT / "recipes" / "celeba.py", *options], capture_output=True, text=True)
    assert done.returncode == 1 and "vgg.h5" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


def test_a_split_without_records_is_named_after_the_first_build(tmp_path: Path) -> None:
    records = write_records(tmp_path / "records")
    with pytest.raises(click.ClickException, match="has no record in its test split"):
        check_splits(records)
    shutil.copy(records / "validation-00000-of-00001.tfrecord", records / "test-00000-of-00001.tfrecord")
    check_splits(records)


SAVING = """
import signal, sys, time
from pathlib import Path
def save(number, frame):
    time.sleep(1)  # longer than Python waits for a child before it kills it
    Path(sys.argv[1], "saved").touch()
    if sys.argv[2] == "crash":
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
    sys.exit(0 if sys.argv[2] == "well" else 128 + number)
signal.signal(signal.SIGINT, save)
signal.signal(signal.SIGTERM, save)
Path(sys.argv[1], "running").touch()
time.sleep(60)
"""
RECIPE = """
import signal, sys, click
from recipes.celeba import run
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run in the background
click.command()(lambda: run("saving", [FOLDER, HOW]))()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("send", "how"), [(os.kill, "stopped"), (os.killpg, "stopped"), (os.kill, "well"), (os.kill, "crash")]
)
def test_a_command_that_is_stopped_saves_its_work_first(
    tmp_path: Path, number: signal.Signals, send: Callable[[int, int], None], how: str
) -> None:
    """Sent to the recipe alone, or to all as a terminal does; the command ends as it likes."""
    (tmp_path / "saving.py").write_text(SAVING)
    line = [sys.executable, "-c", RECIPE.replace("FOLDER", repr(str(tmp_path))).replace("HOW", repr(how))]
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    process = subprocess.Popen(line, start_new_session=True, env={**os.environ, **paths})
    while not (tmp_path / "running").exists():
        assert process.poll() is None
        time.sleep(0.05)
    send(process.pid, number)
    assert process.wait(20) == 128 + number and (tmp_path / "saved").exists()


@pytest.mark.slow
def test_photos_to_table(tmp_path: Path) -> None:
    sample = CliRunner().invoke(maskify.cli.main, ["sample", "--out", str(tmp_path / "photos"), "-n", "24"])
    assert sample.exit_code == 0
    lengths = [word for stage in ("mask", "base", "seed") for word in (f"--{stage}-epochs", "1")]
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, ["--src", str(tmp_path / "photos"), "--out", str(out), "--image-size", "64", *lengths]
    )
    assert result.exit_code == 0, result.output
    assert (out / "comparison.json").exists()
