"""maskify.commit: a shard is there whole or not at all, and is checked byte by byte before it is trusted."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import fake_record, files_of

from maskify.commit import BrokenShard, ShardWriter, check_shard
from maskify.manifest import BadManifest, face_fields, photo_row, skipped_row, written_row
from maskify.photos import Photo
from maskify.record import CorruptShard, encode_record
from maskify.shards import Shard

SHARD = Shard("train", 0, 1, tuple(Photo(key=key, path=key) for key in ("first", "second", "third")))


def write_shard(folder: Path, shard: Shard = SHARD, commit: bool = True, seed: int = 0) -> None:
    with ShardWriter(folder, shard) as writer:
        for item in shard.photos:
            row = photo_row(item.key, item.key, shard.split, item.identity)
            if item.key == "second":
                writer.add_row(skipped_row(row, "no_face", "none\nat all"))
                continue
            record = fake_record(item.key, seed=seed)
            span = writer.append(encode_record(record))
            writer.add_row(written_row(row, [face_fields("hog", 0.5, record.pose, record.template, seed, span)]))
        if commit:
            writer.commit()


def test_a_shard_without_commit_leaves_nothing(tmp_path: Path) -> None:
    write_shard(tmp_path, commit=False)
    assert files_of(tmp_path) == {}


def test_a_later_attempt_knows_the_photo_that_an_earlier_one_died_at(tmp_path: Path) -> None:
    def attempt(*numbers: int) -> list[int]:
        """Works on these photos and dies, which leaves its temporary files; returns what it knew of earlier ones."""
        writer = ShardWriter(tmp_path, SHARD)
        for number in numbers:
            writer.take(number)
        return writer.earlier

    assert attempt(0, 1, 2, 0, 1) == []  # three were looked at ahead, and the second was then given its mask
    assert attempt(0, 1, 2) == [1]
    assert attempt() == [1, 2]
    with ShardWriter(tmp_path, SHARD) as writer:
        assert writer.earlier == [1, 2, 0]


def test_a_committed_shard_passes_its_check_with_the_same_result(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, SHARD) as writer:
        assert not (tmp_path / SHARD.records_file).exists()
        for item in SHARD.photos:
            writer.add_row(skipped_row(photo_row(item.key, "source", "train", 3), "no_face", ""))
        result = writer.commit()
    assert sorted(files_of(tmp_path)) == [SHARD.manifest_file, SHARD.records_file]
    assert check_shard(tmp_path, SHARD) == result
    assert (result.tally.photos, result.tally.records, result.tally.reasons["no_face"], result.size) == (3, 0, 3, 0)


def test_the_check_finds_each_kind_of_damage(tmp_path: Path) -> None:
    records, manifest = tmp_path / SHARD.records_file, tmp_path / SHARD.manifest_file
    write_shard(tmp_path)
    sound = files_of(tmp_path)
    write_shard(tmp_path, seed=1)
    foreign = files_of(tmp_path)
    data, rows = sound[records.name], sound[manifest.name]
    cases = (
        (data[:-1], rows, CorruptShard),
        (data[:500] + bytes([data[500] ^ 1]) + data[501:], rows, CorruptShard),
        (b"", rows, BrokenShard),
        (data + data, rows, BrokenShard),
        (foreign[records.name], rows, BrokenShard),
        (data, rows[:-5], BadManifest),
        (data, b"\xff" + rows, BadManifest),
        (data, b"[]\n" + rows, BadManifest),
        (data, b"".join(rows.splitlines(keepends=True)[:2]), BrokenShard),
        (data, None, BadManifest),
    )
    for number, (bad_data, bad_rows, error) in enumerate(cases):
        records.write_bytes(bad_data)
        manifest.unlink() if bad_rows is None else manifest.write_bytes(bad_rows)
        with pytest.raises(error, match="train-00000-of-00001"):
            check_shard(tmp_path, SHARD)
            pytest.fail(f"case {number} passed")
    records.write_bytes(data)
    manifest.write_bytes(rows)
    assert check_shard(tmp_path, SHARD).size == len(data)
    with pytest.raises(BrokenShard, match="other photos"):
        check_shard(tmp_path, replace(SHARD, photos=SHARD.photos[::-1]))
