"""maskify.pipeline and maskify.worker: every photo is accounted for, and the bytes do not depend on the processes."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from fakes import SIZE, fake_photos, files_of, named, reference, run_build

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import MaskifyError
from maskify.folder import BUILD_FILE, INFO_FILE
from maskify.manifest import keys_of, read_manifest
from maskify.record import decode_record, read_frames


def test_one_and_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    run_build(tmp_path, jobs=2)
    assert files_of(tmp_path) == reference()
    assert {BUILD_FILE, INFO_FILE} < set(reference()) and len(reference()) == 2 + 2 * 12


def test_each_input_photo_has_exactly_one_row_and_each_row_its_records(tmp_path: Path) -> None:
    summary = run_build(tmp_path)
    rows = []
    for manifest in tmp_path.glob("*.manifest.jsonl"):
        rows += (of_shard := read_manifest(manifest))
        keys = [key for row in of_shard for key in keys_of(row)]
        path = Path(str(manifest).replace(".manifest.jsonl", ".tfrecord"))
        records = [decode_record(payload) for payload in read_frames(path)]
        assert [record.key for record in records] == keys
    assert sorted(row["key"] for row in rows) == [photo.key for photo in fake_photos(160).photos]
    assert summary.total.records == sum(row["faces"] for row in rows) == 170
    assert (summary.total.photos, summary.total.written, summary.total.reasons) == (160, 150, {"no_face": 10})
    assert {row["source"] for row in rows} == {f"{row['key']}.jpg" for row in rows}


def test_further_faces_of_a_photo_have_numbered_keys_and_their_own_fields(tmp_path: Path) -> None:
    run_build(tmp_path, named("group"))
    (row,) = read_manifest(next(tmp_path.glob("*.manifest.jsonl")))
    payloads = list(read_frames(next(tmp_path.glob("*.tfrecord"))))
    assert [decode_record(payload).key for payload in payloads] == ["group", "group#2", "group#3"]
    assert [face["length"] for face in (row, *row["more"])] == [len(payload) for payload in payloads]
    assert [face["seed"] for face in (row, *row["more"])] == [0, 1, 2]


def test_an_unexpected_error_costs_one_photo_and_is_named(tmp_path: Path) -> None:
    run_build(tmp_path, named("one", "broken", "two"), max_skip=0.5)
    rows = {row["key"]: row for row in read_manifest(next(tmp_path.glob("*.manifest.jsonl")))}
    assert (rows["broken"]["reason"], rows["broken"]["detail"]) == ("internal_error", "TypeError: what is this?")
    assert rows["one"]["status"] == rows["two"]["status"] == "written" and rows["broken"]["offset"] is None


def fail_at_once(config: SynthesisConfig) -> object:
    raise MaskifyError("no landmark model")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_the_installation_ends_the_build_and_leaves_nothing_half(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(MaskifyError, match="no landmark model"):
        run_build(tmp_path, jobs=jobs, make_synthesizer=fail_at_once)
    assert list(files_of(tmp_path)) == [BUILD_FILE]
    other = BuildConfig(SynthesisConfig(seed=5), shard_size=16)
    run_build(tmp_path, config=other)  # no shard was there, so nothing is lost


def test_too_many_skipped_photos_fail_with_the_reasons_but_keep_the_shards(tmp_path: Path) -> None:
    photos = named("faceless1", "faceless2", "broken", "good1", "good2")
    with pytest.raises(MaskifyError) as caught:
        run_build(tmp_path, photos)
    assert "3 of 5 photos were skipped (60%, --max-skip is 30%)" in caught.value.message
    assert "2  no_face" in caught.value.message and "1  internal_error" in caught.value.message
    assert (tmp_path / INFO_FILE).exists() and list(tmp_path.glob("test*.tfrecord"))
    assert run_build(tmp_path, photos, max_skip=0.6).total.skipped == 3


def test_info_describes_the_build_and_nothing_of_the_machine(tmp_path: Path) -> None:
    run_build(tmp_path / "records", licences=["CelebA: research only"], templates_hash="f00")
    text = (tmp_path / "records" / INFO_FILE).read_text()
    info = json.loads(text)
    assert info["settings"] == json.loads(json.dumps(asdict(BuildConfig(shard_size=16)))) and info["licences"] == [
        "CelebA: research only"
    ]
    assert info["features"][4]["name"] == "landmarks" and info["features"][4]["shape"] == [68, 2]
    assert info["total"]["photos"] == 160 and sum(info["total"]["yaw"].values()) == info["total"]["records"] == 170
    assert sum(split["records"] for split in info["splits"].values()) == 170
    assert sum(shard["bytes"] for shard in info["shards"]) == sum(
        path.stat().st_size for path in (tmp_path / "records").glob("*.tfrecord")
    )
    assert info["templates_hash"] == "f00" and str(tmp_path) not in text and "/photos" not in text


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MaskifyError, match="--out .*file cannot be used"):
        run_build(tmp_path / "file")


def test_images_keep_the_size_that_the_synthesizer_gave(tmp_path: Path) -> None:
    run_build(tmp_path, named("one"))
    (payload,) = read_frames(next(tmp_path.glob("*.tfrecord")))
    assert decode_record(payload).clean.shape == (SIZE, SIZE, 3)
