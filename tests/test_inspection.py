"""maskify.inspection: every kind of damage is found, and named by its file."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import fake_photos, make_fake

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import MaskifyError
from maskify.folder import BUILD_FILE, INFO_FILE
from maskify.inspection import format_report, inspect_records
from maskify.locking import only_build_in
from maskify.pipeline import build

CONFIG = BuildConfig(SynthesisConfig(), shard_size=16)
FIRST = "train-00000-of-00009"
TFRECORD, MANIFEST = f"{FIRST}.tfrecord", f"{FIRST}.manifest.jsonl"


def make(folder: Path, config: BuildConfig = CONFIG) -> Path:
    build(fake_photos(160), Path("/photos"), folder, config, make_synthesizer=make_fake, progress=False)
    return folder


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound builds with the same photos: seed0 and seed1."""
    folder = tmp_path_factory.mktemp("builds")
    for seed in (0, 1):
        make(folder / f"seed{seed}", replace(CONFIG, synthesis=SynthesisConfig(seed=seed)))
    return folder


@pytest.fixture
def records(builds: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(builds / "seed0", tmp_path / "records"))


@pytest.mark.parametrize("verify", [False, True])
def test_a_sound_build_has_no_problem_and_its_true_counts(records: Path, verify: bool) -> None:
    report = inspect_records(records, verify)
    info = json.loads((records / INFO_FILE).read_text())
    assert report.problems == () and report.verified == verify
    assert report.total.to_json() == info["total"]
    assert {split: tally.to_json() for split, tally in report.splits.items()} == info["splits"]
    assert (report.shards, report.size) == (12, sum(path.stat().st_size for path in records.glob("*.tfrecord")))


def test_the_report_shows_every_table(records: Path) -> None:
    text = format_report(inspect_records(records))
    lines = [line.split() for line in text.splitlines()]
    assert "170 records of 150 photos in 12 shards" in text and text.endswith("--verify reads every byte.")
    assert ["total", "160", "150", "10", "170"] in lines and ["no_face", "10", "6.2%"] in lines
    assert {"surgical", "cloth", "40+", "hog"} <= {line[0] for line in lines if line}
    assert format_report(inspect_records(records, verify=True)).endswith("No problem found: every byte was read.")


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def copy_foreign(records: Path, builds: Path, *names: str) -> None:
    for name in names:
        shutil.copy(builds / "seed1" / name, records / name)


def rename_photo(path: Path) -> None:
    """Changes a key in the manifest without changing its length."""
    first = json.loads(path.read_text().splitlines()[0])["key"]
    path.write_text(path.read_text().replace(f'"key": "{first}"', f'"key": "{first[:-1]}X"'))


Damage = Callable[[Path, Path], object]
SEEN_AT_ONCE: dict[str, tuple[str, Damage]] = {
    "truncated shard": (TFRECORD, lambda records, _: cut(records / TFRECORD)),
    "missing shard": (TFRECORD, lambda records, _: (records / TFRECORD).unlink()),
    "missing shard and manifest": (
        TFRECORD, lambda records, _: [(records / name).unlink() for name in (TFRECORD, MANIFEST)],
    ),
    "missing manifest": (MANIFEST, lambda records, _: (records / MANIFEST).unlink()),
    "truncated manifest": (MANIFEST, lambda records, _: (records / MANIFEST).write_bytes(b'{"key": "p')),
    "missing info": (INFO_FILE, lambda records, _: (records / INFO_FILE).unlink()),
    "damaged info": (INFO_FILE, lambda records, _: (records / INFO_FILE).write_text('{"shards": [1]}')),
    "shard not listed": (
        "test-00000-of-00009.tfrecord",
        lambda records, _: [
            shutil.copy(records / name, records / name.replace("train", "test")) for name in (TFRECORD, MANIFEST)
        ],
    ),
    "temporary file": (".x.tfrecord.7.tmp", lambda records, _: (records / ".x.tfrecord.7.tmp").write_bytes(b"")),
}  # fmt: skip
SEEN_BY_READING: dict[str, tuple[str, Damage]] = {
    "flipped byte in an image": (TFRECORD, lambda records, _: flip(records / TFRECORD, 800)),
    "flipped byte in a checksum": (TFRECORD, lambda records, _: flip(records / TFRECORD, -1)),
    "shard of another build": (TFRECORD, lambda records, builds: copy_foreign(records, builds, TFRECORD)),
    "shard and manifest of another build": (
        TFRECORD, lambda records, builds: copy_foreign(records, builds, TFRECORD, MANIFEST),
    ),
    "key in the manifest": (TFRECORD, lambda records, _: rename_photo(records / MANIFEST)),
    "score in the manifest": (
        MANIFEST,
        lambda records, _: (records / MANIFEST).write_text((records / MANIFEST).read_text().replace("0.3333", "0.3334")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SEEN_AT_ONCE)
@pytest.mark.parametrize("verify", [False, True])
def test_damage_to_names_and_sizes_is_found(records: Path, builds: Path, kind: str, verify: bool) -> None:
    file, damage = SEEN_AT_ONCE[kind]
    damage(records, builds)
    report = inspect_records(records, verify)
    assert [problem.split(":")[0] for problem in report.problems] == [file]
    assert report.problems[0] in format_report(report) and "Problems: 1\n" in format_report(report)


@pytest.mark.parametrize("kind", SEEN_BY_READING)
def test_damage_to_content_is_found_by_reading_every_byte(records: Path, builds: Path, kind: str) -> None:
    file, damage = SEEN_BY_READING[kind]
    damage(records, builds)
    report = inspect_records(records, verify=True)
    assert file in {problem.split(":")[0] for problem in report.problems}
    assert len(report.problems) <= 2


def test_every_shard_of_an_unfinished_build_that_is_not_there_is_named(records: Path) -> None:
    (records / INFO_FILE).unlink()
    kept = records / "train-00004-of-00009.tfrecord"
    for path in records.glob("train-*"):
        if path.stem.split(".")[0] != kept.stem:
            path.unlink()
    report = inspect_records(records, verify=True)
    missing = [f"train-{index:05d}-of-00009.tfrecord: missing." for index in range(9) if index != 4]
    assert list(report.problems[1:]) == missing and report.problems[0].startswith(INFO_FILE)


def test_what_a_running_build_has_not_written_yet_is_no_problem(records: Path) -> None:
    (records / INFO_FILE).unlink()
    (records / TFRECORD).unlink()
    (records / f".{TFRECORD}.{1}.tmp").write_bytes(b"half")
    with only_build_in(records):
        report = inspect_records(records)
    assert report.problems == () and report.builder is not None
    assert report.builder in format_report(report) and report.total.photos < 160


def test_a_folder_without_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match="is not a folder"):
        inspect_records(tmp_path / "nowhere")
    with pytest.raises(MaskifyError, match=f"neither a shard nor {BUILD_FILE}"):
        inspect_records(tmp_path)
