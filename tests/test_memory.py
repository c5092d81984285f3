"""The main process of a build stays small, however long the list of photos."""

import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from commands import ROOT
from fakes import fake_photos

from maskify.config import BuildConfig
from maskify.folder import build_settings
from maskify.shards import plan_shards

MEASURED = """
import resource, sys
from maskify.cli import main
try:
    main()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def run_and_measure(*arguments: object) -> tuple[str, int]:
    """Runs a command as a process of its own; returns what it says and its peak of resident memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, int(done.stdout.split()[-1])


def celeba_of_empty_photos(folder: Path, count: int) -> Path:
    """An archive of so many photos without content, with CelebA's three lists beside it."""
    folder.mkdir()
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    with zipfile.ZipFile(folder / "img_align_celeba.zip", "w") as archive:
        for name in names:
            archive.writestr(f"img_align_celeba/{name}", b"")
    splits = [min(2, max(0, number * 10 // count - 7)) for number in range(count)]
    rows = {
        "list_eval_partition.txt": (str(split) for split in splits),
        "identity_CelebA.txt": (str(number // 20 + 1) for number in range(count)),
        "list_landmarks_align_celeba.txt": (
            " ".join(str((number * 7919 + point * 31) % 178) for point in range(10)) for number in range(count)
        ),
    }
    for file, values in rows.items():
        text = "".join(f"{name} {value}\n" for name, value in zip(names, values, strict=True))
        (folder / file).write_text(text)
    return folder


@pytest.mark.slow
def test_a_build_of_two_hundred_thousand_photos_takes_less_than_300_megabytes(tmp_path: Path) -> None:
    src = celeba_of_empty_photos(tmp_path / "src", 200_000)
    stdout, peak = run_and_measure("build", "--src", src, "--out", tmp_path / "out", "--jobs", 2, "--max-skip", 1)
    assert "200,000 empty_file" in stdout
    assert peak < 300


@pytest.mark.slow
def test_a_folder_of_two_hundred_thousand_files_is_listed_and_planned_in_less_than_300_megabytes(
    tmp_path: Path,
) -> None:
    for number in range(200_000):
        os.close(os.open(tmp_path / f"{number:07d}.jpg", os.O_CREAT | os.O_WRONLY))
    stdout, peak = run_and_measure("build", "--src", tmp_path, "--out", tmp_path / "out", "--dry-run")
    assert "200,000 photos found" in stdout
    assert peak < 300


def test_a_plan_takes_less_than_a_quarter_of_a_kilobyte_for_each_photo() -> None:
    count = 10_000
    photos = fake_photos(count).photos
    tracemalloc.start()
    plan = plan_shards(photos, BuildConfig())
    build_settings(BuildConfig(), plan, "")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / count < 250 and plan.photo_count == count
