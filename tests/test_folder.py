"""maskify.folder: a build goes on in its own folder alone, and nothing but its own files is removed."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import fake_photos, files_of, reference, run_build

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import MaskifyError
from maskify.files import AtomicFile
from maskify.folder import BUILD_FILE

CONFIG = BuildConfig(shard_size=16)


def test_a_finished_build_is_left_as_it_is(tmp_path: Path) -> None:
    run_build(tmp_path)
    before = {path.name: path.stat().st_ino for path in tmp_path.glob("t*")}
    summary = run_build(tmp_path)
    assert (summary.resumed_shards, summary.shards) == (12, 12) and summary.total.records == 170
    assert {path.name: path.stat().st_ino for path in tmp_path.glob("t*")} == before
    assert files_of(tmp_path) == reference()


def test_broken_and_missing_shards_are_built_again_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_build(tmp_path)
    flipped, cut, foreign, gone, bare, other = sorted(tmp_path.glob("train*.tfrecord"))[:6]
    flipped.write_bytes(flipped.read_bytes()[:300] + b"?" + flipped.read_bytes()[301:])
    cut.write_bytes(cut.read_bytes()[:-7])
    foreign.write_bytes(other.read_bytes())
    gone.unlink()
    Path(str(bare).replace(".tfrecord", ".manifest.jsonl")).unlink()
    (tmp_path / ".train-00000-of-00009.tfrecord.999999.tmp").write_bytes(b"left by a dead run")
    summary = run_build(tmp_path)
    assert summary.resumed_shards == 12 - 5 and files_of(tmp_path) == reference()
    said = capsys.readouterr().err
    assert said.count("The shard is built again.") == 4
    assert all(path.stem in said for path in (flipped, cut, foreign, bare)) and gone.stem not in said


def test_other_settings_are_refused_with_each_difference(tmp_path: Path) -> None:
    run_build(tmp_path)
    before = files_of(tmp_path)
    other = BuildConfig(SynthesisConfig(seed=7, image_format="png"), shard_size=16)
    with pytest.raises(MaskifyError) as caught:
        run_build(tmp_path, fake_photos(158), config=other, templates_hash="abc")
    for text in ("seed: 0, now 7", "image_format: jpeg, now png", "photos count: 160, now 158", "templates_hash",
                 "--overwrite", "another --out"):  # fmt: skip
        assert text in caught.value.message
    assert "shard_size" not in caught.value.message and files_of(tmp_path) == before


def test_other_versions_are_refused(tmp_path: Path) -> None:
    run_build(tmp_path)
    settings = json.loads((tmp_path / BUILD_FILE).read_text())
    settings["versions"]["opencv"] = "3.1"
    (tmp_path / BUILD_FILE).write_text(json.dumps(settings))
    with pytest.raises(MaskifyError, match=r"versions opencv: 3\.1, now"):
        run_build(tmp_path)


def test_settings_do_not_depend_on_where_templates_and_model_lie(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.dat").write_bytes(b"68 points")
        synthesis = SynthesisConfig(
            templates=(str(tmp_path / name / "mine"),), landmark_model=str(tmp_path / name / "model.dat")
        )
        run_build(tmp_path / "out", config=replace(CONFIG, synthesis=synthesis))
    assert all(str(tmp_path).encode() not in data for data in files_of(tmp_path / "out").values())


def test_overwrite_removes_what_maskify_made_and_nothing_else(tmp_path: Path) -> None:
    run_build(tmp_path, config=replace(CONFIG, shard_size=7))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "train.tfrecord").write_text("mine too")
    run_build(tmp_path, overwrite=True)
    assert files_of(tmp_path) == {**reference(), "notes.txt": b"mine", "train.tfrecord": b"mine too"}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["thesis.docx", "train-00000-of-00001.tfrecord"])
def test_a_folder_with_other_content_is_refused_and_not_touched(tmp_path: Path, name: str, overwrite: bool) -> None:
    (tmp_path / name).write_text("years of work")
    with pytest.raises(MaskifyError, match=f"{name}.*no build.json"):
        run_build(tmp_path, overwrite=overwrite)
    assert files_of(tmp_path) == {name: b"years of work"}


def test_shards_of_another_build_beside_ours_are_refused(tmp_path: Path) -> None:
    run_build(tmp_path)
    (tmp_path / "train-00000-of-00002.tfrecord").write_bytes(b"")
    with pytest.raises(MaskifyError, match="train-00000-of-00002.tfrecord"):
        run_build(tmp_path)


def test_damaged_settings_are_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    run_build(tmp_path)
    (tmp_path / BUILD_FILE).write_text("{")
    with pytest.raises(MaskifyError, match="damaged. Use --overwrite"):
        run_build(tmp_path)
    run_build(tmp_path, overwrite=True)
    assert files_of(tmp_path) == reference()


def test_a_full_disk_is_an_error_that_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: AtomicFile, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run_build(tmp_path)
    next(tmp_path.glob("train*.tfrecord")).unlink()
    monkeypatch.setattr(AtomicFile, "write", full)
    with pytest.raises(MaskifyError, match="cannot be written: No space left on device. Complete shards are kept"):
        run_build(tmp_path)
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]
