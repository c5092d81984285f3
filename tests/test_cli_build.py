"""`maskify build`, through its real entry point: what lies there in the end, whatever came between."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import maskify, records_of, rows_of, start_maskify
from fakes import files_of
from joblib import effective_n_jobs
from odd_files import make_odd_files
from PIL import Image

from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.execution import PHOTOS_PER_WORKER, Backend, enough_jobs
from maskify.photos import PhotoSet
from maskify.sample import load_astronaut, make_sample

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


def test_a_further_worker_is_started_only_for_photos_enough_to_be_worth_it() -> None:
    here, cluster = Backend(jobs=-1), Backend("dask", -1, "tcp://localhost:8786")
    cores = effective_n_jobs(-1)
    assert [enough_jobs(here, photos) for photos in (1, PHOTOS_PER_WORKER, 2 * PHOTOS_PER_WORKER - 1)] == [1, 1, 1]
    assert enough_jobs(here, 2 * PHOTOS_PER_WORKER) == min(2, cores) and enough_jobs(here, 10**9) == cores
    assert enough_jobs(cluster, 1) == -1


def test_every_option_of_build_reaches_the_build(tmp_path: Path, few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def build(photo_set: PhotoSet, src: Path, out: Path, config: BuildConfig, **options: Any) -> None:
        seen.update(options, config=config, out=out)
        raise MaskifyError("that is enough")

    monkeypatch.setattr("maskify.pipeline.build", build)
    options = ["--image-size", 99, "--image-format", "png", "--limit", 2, "--split", "test", "--split", "train"]
    options += ["--split-shares", "2,1,1", "--shard-size", 7, "--jobs", 3, "--max-skip", 0.5, "--overwrite"]
    options += ["--seed", 5, "--templates", "cloth, kn95", "--faces", "all", "--detector", "hog", "--shadow", 0.1]
    assert maskify("build", "--src", few, "--out", tmp_path / "out", *options).exit_code == 1
    config, synthesis = seen["config"], seen["config"].synthesis
    assert (seen["jobs"], seen["max_skip"], seen["overwrite"], seen["out"]) == (3, 0.5, True, tmp_path / "out")
    assert (config.shard_size, config.limit, config.split_shares) == (7, 2, (0.5, 0.25, 0.25))
    assert set(config.splits) == {"test", "train"}
    assert (synthesis.image_size, synthesis.image_format, synthesis.seed, synthesis.shadow) == (99, "png", 5, 0.1)
    assert (synthesis.templates, synthesis.faces, synthesis.detector) == (("cloth", "kn95"), "all", "hog")


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
    photos = make_sample(tmp_path / "photos", 60)
    build = ["build", "--src", photos, "--image-size", 512, "--lossless", "--shard-size", 1, "--jobs", jobs]
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
    assert 3 <= len(list(out.glob("*.tfrecord"))) < 60 and not (out / "dataset_info.json").exists()
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
