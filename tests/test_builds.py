"""unmask.builds: several builds as one, and those that do not go together."""

import json
import shutil
from pathlib import Path

import pytest
from test_unmask_cli import TINY, unmask
from triplets import write_records

from maskify.manifest import FACE_FIELDS, PHOTO_FIELDS
from unmask.augmentation import MASK
from unmask.builds import check_apart, data_of, index_all
from unmask.errors import UnmaskError
from unmask.presets import PRESETS
from unmask.records import index_records
from unmask.training.settings import fingerprint_of


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("triplets") / "records")


def describe(
    folder: Path, layout: str = "celeba", licence: str = "Their own.", prefix: str = "", people: int = 0,
    yaw: float = 0.0, **moved: str,
) -> Path:  # fmt: skip
    """Gives a build what maskify writes beside its shards: photo 7 was skipped, `moved` are in other splits."""
    for begun, path in enumerate(sorted(folder.glob("*.tfrecord"))):
        shard = path.name[: -len(".tfrecord")]
        rows = [
            dict.fromkeys((*PHOTO_FIELDS, *FACE_FIELDS)) | {
                "key": f"{prefix}{shard}/{number}", "source": f"{prefix}{shard}/{number}.jpg", "status": "written",
                "split": moved.get(f"{shard}/{number}", shard.split("-")[0]),
                "identity": people + number if people else -1,
                "pose": [float(begun if shard.startswith("train") else -1), yaw, 0.0],
            }
            for number in range(6)
        ]  # fmt: skip
        skipped = {"key": "photo 7", "status": "skipped", "pose": None, "split": moved.get("skipped", "train")}
        rows.append({**rows[0], **skipped})
        path.with_suffix(".manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "dataset_info.json").write_text(json.dumps({"layout": layout, "licences": [licence, "The models'."]}))
    return folder


def test_several_builds_are_one(records: Path, tmp_path: Path) -> None:
    more = write_records(tmp_path / "more", train=4)
    for path in more.glob("validation-*"):
        path.unlink()
    parts, joined = [index_records(folder, "train") for folder in (records, more)], index_all([records, more], "train")
    assert [joined.read(number) for number in range(16)] == [part.read(n) for part in parts for n in range(len(part))]
    assert len({it.fingerprint() for it in (*parts, joined)}) == 3
    alone = index_all([records], "train", limit=3)
    assert alone.fingerprint() == index_records(records, "train", limit=3).fingerprint()
    assert [joined.read(0), joined.read(15)] == [index_all([records, more], "train", 2).read(n) for n in (0, 1)]
    assert index_all([records, more], "validation").paths == index_records(records, "validation").paths


def test_builds_that_cannot_be_one_are_named(records: Path, tmp_path: Path) -> None:
    larger = write_records(tmp_path / "larger", size=48)
    with pytest.raises(UnmaskError, match=r"images of different sizes \(.*records: 32, .*larger: 48\).*--image-size"):
        index_all([records, larger], "train")
    with pytest.raises(UnmaskError, match="maskify build --src PHOTOS"):
        index_all([records, tmp_path / "nowhere"], "train")
    with pytest.raises(UnmaskError, match="no record in its test split"):
        index_all([records, larger], "test")


def test_a_build_whose_shards_of_a_split_are_empty_counts_for_nothing(records: Path, tmp_path: Path) -> None:
    more = write_records(tmp_path / "more", train=4)
    next(more.glob("validation-*")).write_bytes(b"")
    assert index_all([more, records], "validation").paths == index_records(records, "validation").paths


def test_builds_of_the_same_photos_in_the_same_splits_go_together(records: Path, tmp_path: Path) -> None:
    more = describe(write_records(tmp_path / "more", train=14), skipped="validation")
    check_apart([describe(records), more])
    other = describe(write_records(tmp_path / "other", train=10), prefix="other/", people=100)
    check_apart([records, more, other])
    check_apart([tmp_path / "no manifests are needed for one"])


def test_a_photo_that_changes_its_split_is_named(records: Path, tmp_path: Path) -> None:
    first = "validation-00000-of-00001/2"
    moved = {first: "train", "validation-00000-of-00001/4": "train"}
    more = describe(write_records(tmp_path / "more", train=14), prefix="elsewhere/", **moved)
    expected = r"Photo 2\.jpg is in the validation split of .*records and in the train split of .*more, one of 2 photos"
    with pytest.raises(UnmaskError, match=expected):
        check_apart([describe(records), more])


def test_other_photos_of_the_same_names_go_together(records: Path, tmp_path: Path) -> None:
    more = describe(write_records(tmp_path / "more", train=14), **{"validation-00000-of-00001/2": "train"}, yaw=9.0)
    check_apart([describe(records), more])


def test_a_person_who_changes_splits_is_named(records: Path, tmp_path: Path) -> None:
    folder = write_records(tmp_path / "one", train=14)
    for path in folder.glob("validation-*"):
        path.unlink()
    other = write_records(tmp_path / "other", train=2)
    for path in other.glob("train-*"):
        path.unlink()
    builds = [describe(folder, people=3), describe(other, prefix="other/", people=8)]
    with pytest.raises(UnmaskError, match="Person 8 is in the train split of .*one and in the validation split"):
        check_apart(builds)
    check_apart([folder, describe(other, prefix="other/", people=9)])


def test_a_build_named_twice_and_a_build_without_manifests_are_errors(records: Path, tmp_path: Path) -> None:
    for again in (records / ".." / records.name, shutil.copytree(records, tmp_path / "copy")):
        with pytest.raises(UnmaskError, match="has a build twice, or a copy of it"):
            check_apart([describe(records), again])
    with pytest.raises(UnmaskError, match=r"manifest\.jsonl is missing\. With several --records"):
        check_apart([records, write_records(tmp_path / "bare", train=14)])


def test_two_builds_train_one_network(records: Path, tmp_path: Path) -> None:
    more = describe(write_records(tmp_path / "more", train=4), layout="folder", licence="Another.")
    folders = ("--records", describe(records), "--records", more)
    done = unmask("train-mask", *folders, "--run", tmp_path / "run", *TINY, "--steps", 2)
    assert done.exit_code == 0, done.output
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["settings"]["numbers"] == fingerprint_of("mask", PRESETS["tiny"], MASK)
    data = config["data"]
    assert data == data_of(index_all([records, more], "train")) == {
        "layout": "celeba, folder", "records": 16, "licences": ["Their own.", "The models'.", "Another."],
    }  # fmt: skip
    again = unmask("train-mask", *folders[2:], "--run", tmp_path / "run", *TINY, "--steps", 2)
    assert again.exit_code == 1 and "--records (its train split) was" in again.output
    done = unmask("train-mask", *folders[:2], *folders[:2], "--run", tmp_path / "other", *TINY, "--steps", 2)
    assert done.exit_code == 1 and "twice" in done.output
