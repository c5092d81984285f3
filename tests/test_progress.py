"""maskify.progress: the bar counts photos of complete shards and of those being written, and never goes back."""

import ast
import sys
from pathlib import Path

import pytest
from commands import ROOT
from fakes import run_build

from maskify.progress import PhotoProgress


def test_photos_are_counted_while_their_shard_is_being_written(tmp_path: Path) -> None:
    bar = PhotoProgress(tmp_path, 100, 10, shown=False)
    assert bar.photos_done() == 10
    one, two = (tmp_path / f".train-0000{n}-of-00002.manifest.jsonl.{n}.tmp" for n in range(2))
    one.write_text("{}\n{}\n{")
    (tmp_path / ".train-00000-of-00002.tfrecord.0.tmp").write_text("\n\n\n\n")
    assert bar.photos_done() == 12
    with one.open("a") as stream:
        stream.write("}\n")
    two.write_text("{}\n")
    assert bar.photos_done() == 14
    (tmp_path / ".train-00000-of-00002.manifest.jsonl.0-1.tmp").write_text("{}\n")  # the same shard once more
    assert bar.photos_done() == 14
    bar.shard_done("train-00000-of-00002", 5)
    assert bar.photos_done() == 10 + 5 + 1  # its temporary manifest may be there a moment longer
    one.unlink()
    assert bar.photos_done() == 10 + 5 + 1


def test_the_bar_ends_at_all_photos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run_build(tmp_path, progress=True)
    last = capsys.readouterr().err.split("\r")[-1]
    assert "100%" in last and "160/160" in last and "photo/s" in last


def test_there_is_no_bar_where_stderr_is_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_build(tmp_path, progress=True)
    assert "%" not in capsys.readouterr().err


@pytest.mark.parametrize("package", ["maskify", "unmask"])
def test_every_bar_says_when_there_is_none(package: str) -> None:
    calls = [
        call
        for path in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tqdm"
    ]
    assert len(calls) >= 3
    for call in calls:  # tqdm itself looks for a terminal where `disable` is None
        (disable,) = [ast.unparse(it.value) for it in call.keywords if it.arg == "disable"]
        assert "None" in disable or disable == "hidden", disable
