"""unmask.builds: several builds as one, and those that do not go together."""

import json
from pathlib import Path

import pytest
from test_unmask_cli import TINY, unmask
from triplets import write_records

from maskify.manifest import FACE_FIELDS, PHOTO_FIELDS
from unmask.builds import check_apart, data_of, index_all
from unmask.errors import UnmaskError
from unmask.records import index_records


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("triplets") / "records")


def describe(folder: Path, layout: str = "celeba", licence: str = "Their own.", **moved: str) -> Path:
    """Gives a build what maskify writes beside its shards: photo 7 was skipped, `moved` are in other splits."""
    for path in folder.glob("*.tfrecord"):
        shard = path.name[: -len(".tfrecord")]
        rows = [
            dict.fromkeys((*PHOTO_FIELDS, *FACE_FIELDS)) | {"key": f"{shard}/{number}", "status": "written"}
            | {"split": moved.get(f"{shard}/{number}", shard.split("-")[0])}
            for number in range(6)
        ]  # fmt: skip
        rows.append({**rows[0], "key": "photo 7", "status": "skipped", "split": moved.get("skipped", "train")})
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
    more = describe(write_records(tmp_path / "more"), skipped="validation")
    check_apart([describe(records), more])
    check_apart([tmp_path / "no manifests are needed for one"])


def test_a_photo_that_changes_its_split_is_named(records: Path, tmp_path: Path) -> None:
    first = "validation-00000-of-00001/2"
    more = describe(write_records(tmp_path / "more"), **{first: "train", "validation-00000-of-00001/4": "train"})
    with pytest.raises(UnmaskError, match=f"{first} is in the validation split of .*records and in the train .*1 more"):
        check_apart([describe(records), more])


def test_a_build_named_twice_and_a_build_without_manifests_are_errors(records: Path, tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="names a build twice"):
        check_apart([describe(records), records / ".." / records.name])
    with pytest.raises(UnmaskError, match=r"manifest\.jsonl is missing\. With several --records"):
        check_apart([records, write_records(tmp_path / "bare")])


def test_two_builds_train_one_network(records: Path, tmp_path: Path) -> None:
    more = describe(write_records(tmp_path / "more", train=4), layout="folder", licence="Another.")
    folders = ("--records", describe(records), "--records", more)
    done = unmask("train-mask", *folders, "--run", tmp_path / "run", *TINY, "--steps", 2)
    assert done.exit_code == 0, done.output
    data = json.loads((tmp_path / "run" / "config.json").read_text())["data"]
    assert data == data_of(index_all([records, more], "train")) == {
        "layout": "celeba, folder", "records": 16, "licences": ["Their own.", "The models'.", "Another."],
    }  # fmt: skip
    again = unmask("train-mask", *folders[2:], "--run", tmp_path / "run", *TINY, "--steps", 2)
    assert again.exit_code == 1 and "--records (its train split) was" in again.output
    done = unmask("train-mask", *folders[:2], *folders[:2], "--run", tmp_path / "other", *TINY, "--steps", 2)
    assert done.exit_code == 1 and "twice" in done.output
