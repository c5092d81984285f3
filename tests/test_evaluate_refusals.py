"""What `unmask evaluate` and `unmask remove` refuse before Keras is loaded, and how they say it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT
from evaluations import write_pictures, write_run
from test_unmask_cli import unmask

WITHOUT_KERAS = """
import json, sys
sys.modules["keras"] = sys.modules["tensorflow"] = None
from click.testing import CliRunner
from unmask.cli import main
found = [CliRunner().invoke(main, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([[done.exit_code, done.stderr] for done in found]))
"""


def without_keras(commands: list[tuple[object, ...]]) -> list[tuple[int, str]]:
    """Exit codes and errors of commands in a process in which Keras cannot be imported."""
    arguments = json.dumps([[str(argument) for argument in command] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [(code, error) for code, error in json.loads(done.stdout)]


def test_paths_sizes_and_options_are_checked_before_keras_is_loaded(
    test_records: Path, face_run: Path, tmp_path: Path
) -> None:
    mask_run, unfinished, empty = tmp_path / "mask", tmp_path / "unfinished", tmp_path / "empty"
    write_run(mask_run, "mask")
    shutil.copytree(face_run, unfinished, ignore=shutil.ignore_patterns("face_generator.keras", "evaluation"))
    empty.mkdir()
    (tmp_path / "file").touch()
    small = write_pictures(tmp_path / "small", test_records, size=16)
    cut = write_pictures(tmp_path / "cut", test_records)
    (cut / "person" / "011.png").write_bytes(b"no picture")
    one = ("evaluate", "--records", test_records, "--run")
    other = ("evaluate", "--records", test_records, "--out", tmp_path / "out", "--restored")
    cases = {
        (*one, tmp_path / "nowhere"): "Name another --run, or train one: unmask train-mask, then unmask train-face.",
        (*one, unfinished): "is not finished: it has no face_generator.keras",
        (*one, mask_run, "--raw"): "is a run of train-mask: it has none",
        (*one, face_run, "--out", tmp_path / "file"): "file is a file. It names the folder for the report.",
        (*one, face_run, "--out", tmp_path / "file" / "below"): "file is a file.",
        (*one, face_run, "--split", "validation"): "has no record in its validation split",
        ("evaluate", "--records", empty, "--run", face_run): "empty holds no records. Name the folder that",
        ("evaluate", "--records", tmp_path / "file", "--run", face_run): "is a file, not a folder. Name the folder",
        (*other, small): "has 16 x 16 pixels, but the records are measured at 128 x 128. Restore the square",
        (*other, cut): "011.png is no picture that can be read",
        ("remove", small, "--out", tmp_path / "out", "--run", unfinished): "not finished",
    }
    for (code, error), message in zip(without_keras(list(cases)), cases.values(), strict=True):
        assert code == 1 and message in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command", [("evaluate", "--records", "."), ("remove", "a.jpg"), ("export", "--format", "keras")]
)
def test_an_empty_path_is_not_the_folder_one_works_in(command: tuple[str, ...]) -> None:
    for option in ("--out", "--run"):
        done = unmask(*command, option, "")
        assert done.exit_code == 2 and f"Invalid value for '{option}': is empty. Name a path" in done.stderr


def test_weights_of_inception_need_pytorch_fid(
    test_records: Path, face_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unmask.evaluation.checks.find_spec", lambda name: None if name == "pytorch_fid" else name)
    (tmp_path / "weights.pth").touch()
    done = unmask(
        "evaluate", "--records", test_records, "--run", face_run, "--inception-weights", tmp_path / "weights.pth"
    )
    assert done.exit_code == 1 and "weights.pth needs pytorch-fid: pip install 'maskify[fid]'" in done.stderr


@pytest.mark.parametrize("settings", [{}, {"stage": "face"}, {"stage": "face", "preset": "x", "image_size": 64}, None])
def test_a_config_of_no_training_is_named(face_run: Path, tmp_path: Path, settings: object) -> None:
    shutil.copytree(face_run, tmp_path / "run", ignore=shutil.ignore_patterns("evaluation"))
    (tmp_path / "run" / "config.json").write_text(json.dumps({"settings": settings}))
    done = unmask("evaluate", "--records", ".", "--run", tmp_path / "run", "--out", tmp_path)
    assert done.exit_code == 1 and "config.json is of no run of unmask train-mask or train-face" in done.stderr
