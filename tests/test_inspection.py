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


Damage = Callable[[Path, Path], object]  # of the records and the folder of both builds; returns the file to be named


def cut_shard(records: Path, builds: Path) -> str:
    (records / TFRECORD).write_bytes((records / TFRECORD).read_bytes()[:-1])
    return TFRECORD


def remove_shard(records: Path, builds: Path) -> str:
    (records / TFRECORD).unlink()
    return TFRECORD


def remove_shard_and_manifest(records: Path, builds: Path) -> str:
    (records / MANIFEST).unlink()
    return remove_shard(records, builds)


def remove_manifest(records: Path, builds: Path) -> str:
    (records / MANIFEST).unlink()
    return MANIFEST


def cut_manifest(records: Path, builds: Path) -> str:
    (records / MANIFEST).write_bytes((records / MANIFEST).read_bytes()[:-9])
    return MANIFEST


def remove_info(records: Path, builds: Path) -> str:
    (records / INFO_FILE).unlink()
    return INFO_FILE


def damage_info(records: Path, builds: Path) -> str:
    (records / INFO_FILE).write_text('{"shards": [1]}')
    return INFO_FILE


def add_shard(records: Path, builds: Path) -> str:
    for name in (TFRECORD, MANIFEST):
        shutil.copy(records / name, records / name.replace("train", "test"))
    return TFRECORD.replace("train", "test")


def leave_temporary_file(records: Path, builds: Path) -> str:
    (records / ".x.tfrecord.7.tmp").write_bytes(b"")
    return ".x.tfrecord.7.tmp"


def flip_image(records: Path, builds: Path) -> str:
    return flip(records / TFRECORD, 800)


def flip_checksum(records: Path, builds: Path) -> str:
    return flip(records / TFRECORD, -1)


def flip(path: Path, position: int) -> str:
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)
    return path.name


def take_foreign_shard(records: Path, builds: Path) -> str:
    shutil.copy(builds / "seed1" / TFRECORD, records / TFRECORD)
    return TFRECORD


def take_foreign_shard_and_manifest(records: Path, builds: Path) -> str:
    shutil.copy(builds / "seed1" / MANIFEST, records / MANIFEST)
    return take_foreign_shard(records, builds)


def change_key_in_manifest(records: Path, builds: Path) -> str:
    key = json.loads((records / MANIFEST).read_text().splitlines()[0])["key"]
    replace_text(records / MANIFEST, f'"key": "{key}"', f'"key": "{key[:-1]}X"')
    return TFRECORD


def change_score_in_manifest(records: Path, builds: Path) -> str:
    replace_text(records / MANIFEST, "0.3333", "0.3334")
    return MANIFEST


def replace_text(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    "damage",
    [
        cut_shard,
        remove_shard,
        remove_shard_and_manifest,
        remove_manifest,
        cut_manifest,
        remove_info,
        damage_info,
        add_shard,
        leave_temporary_file,
    ],
)
@pytest.mark.parametrize("verify", [False, True])
def test_damage_to_names_and_sizes_is_found(records: Path, builds: Path, damage: Damage, verify: bool) -> None:
    file = damage(records, builds)
    report = inspect_records(records, verify)
    assert [problem.split(":")[0] for problem in report.problems] == [file]
    assert report.problems[0] in format_report(report) and "Problems: 1\n" in format_report(report)


@pytest.mark.parametrize(
    "damage",
    [
        flip_image,
        flip_checksum,
        take_foreign_shard,
        take_foreign_shard_and_manifest,
        change_key_in_manifest,
        change_score_in_manifest,
    ],
)
def test_damage_to_content_is_found_by_reading_every_byte(records: Path, builds: Path, damage: Damage) -> None:
    file = damage(records, builds)
    report = inspect_records(records, verify=True)
    assert file in {problem.split(":")[0] for problem in report.problems} and len(report.problems) <= 2


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
