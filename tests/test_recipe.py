"""The recipe: every command in it is one that the programs take."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import maskify.cli
import unmask.cli
from recipes.celeba import Lengths, commands, main, run

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


@pytest.mark.slow
def test_photos_to_table(tmp_path: Path) -> None:
    sample = CliRunner().invoke(maskify.cli.main, ["sample", "--out", str(tmp_path / "photos"), "-n", "12"])
    assert sample.exit_code == 0
    lengths = [word for stage in ("mask", "base", "seed") for word in (f"--{stage}-epochs", "1")]
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, ["--src", str(tmp_path / "photos"), "--out", str(out), "--image-size", "64", *lengths]
    )
    assert result.exit_code == 0, result.output
    assert (out / "comparison.json").exists()
