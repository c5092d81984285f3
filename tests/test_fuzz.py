"""Damaged files by the hundred: no crash, no hang, no word on stderr, and each has its row."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import ROOT, maskify, rows_of
from fakes import FakeFound, FakeSynthesizer, run_build
from mutants import mutants, sound_files
from PIL import Image

from maskify.config import BuildConfig, SynthesisConfig
from maskify.decode import decode_photo, read_photo
from maskify.photos import Photo, list_photos
from maskify.sample import load_astronaut

HERE = Path(__file__).parent
REASONS = {"empty_file", "not_an_image", "truncated", "corrupt", "too_large", "too_small"}


@pytest.fixture(scope="module", params=[300, pytest.param(2000, marks=pytest.mark.slow)])
def corpus(request: pytest.FixtureRequest, picture: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of so many damaged files."""
    folder = tmp_path_factory.mktemp("mutants")
    for name, data in mutants(Image.fromarray(picture[:60, :48]), request.param, seed=request.param):
        (folder / name).write_bytes(data)
    return folder


def test_the_files_that_are_damaged_are_sound_before(picture: np.ndarray) -> None:
    sound = sound_files(Image.fromarray(picture[:60, :48]))
    assert {Path(name).suffix for name in sound} == {".jpg", ".png", ".webp", ".tif"}
    assert all(sorted(decode_photo(data).shape) == [3, 48, 60] for data in sound.values())


def test_no_damaged_file_crashes_the_decoder_or_keeps_it_for_ever_or_makes_it_talk(corpus: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)])}
    command = [sys.executable, "-W", "always", str(HERE / "mutants.py"), str(corpus)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    outcomes = dict(json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0 and done.stderr == "", (len(outcomes), done.stderr)
    assert sorted(outcomes) == sorted(path.name for path in corpus.iterdir())
    counts = Counter(outcomes.values())
    assert set(counts) <= REASONS | {"decoded"}
    assert counts["decoded"] > len(outcomes) / 20 and counts["corrupt"] + counts["truncated"] > len(outcomes) / 4


class Decoder(FakeSynthesizer):
    """Reads the photo, and goes on as if a face had been found in it."""

    def find(self, photo: Photo) -> FakeFound:
        return replace(super().find(photo), pixels=read_photo(photo, max_pixels=4_000_000))


def make_decoder(config: SynthesisConfig) -> Decoder:
    return Decoder(config)


def test_a_build_of_damaged_files_loses_no_row(corpus: Path, tmp_path: Path) -> None:
    config = BuildConfig(shard_size=50)
    run_build(tmp_path, list_photos(corpus), config, src=corpus, jobs=2, make_synthesizer=make_decoder, max_skip=1.0)
    rows = rows_of(tmp_path)
    assert sorted(row["source"] for row in rows) == sorted(path.name for path in corpus.iterdir())
    assert {row["reason"] for row in rows} <= REASONS | {None}
    assert maskify("inspect", tmp_path, "--verify").exit_code == 0


@pytest.mark.slow
def test_the_real_build_loses_no_row_either(tmp_path: Path) -> None:
    face = Image.fromarray(load_astronaut()[:256, 96:352]).resize((128, 128))
    (tmp_path / "src").mkdir()
    for name, data in mutants(face, 200):
        (tmp_path / "src" / name).write_bytes(data)
    done = maskify("build", "--src", tmp_path / "src", "--out", tmp_path / "out", "--image-size", 64, "--max-skip", 1)
    assert done.exit_code == 0, done.output
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 200 and not {"internal_error", "crashed_worker"} & {row["reason"] for row in rows}
    assert sum(row["status"] == "written" for row in rows) > 20
