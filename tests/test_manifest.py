"""maskify.manifest: rows read back as they were written, and counts are those of the rows."""

from pathlib import Path

import pytest

from maskify.commit import ShardWriter, check_shard
from maskify.manifest import Span, Tally, face_fields, photo_row, row_line, skipped_row, written_row, yaw_bin
from maskify.photos import Photo
from maskify.shards import Shard


def test_manifest_rows_read_back_as_they_were_even_for_names_that_are_no_text(tmp_path: Path) -> None:
    odd = Shard("test", 0, 1, tuple(Photo(key=key, path=key) for key in ("Zoë", "bytes \udcff")))
    with ShardWriter(tmp_path, odd) as writer:
        for item in odd.photos:
            writer.add_row(skipped_row(photo_row(item.key, item.path, "test", -1), "odd", ""))
        writer.commit()
    assert check_shard(tmp_path, odd).tally.photos == 2
    assert "Zoë" in (tmp_path / odd.manifest_file).read_text(encoding="utf-8")


def test_rows_have_their_fields_in_a_fixed_order_and_numbers_rounded() -> None:
    face = face_fields("hog", 1 / 3, (1.23456, -0.0001, 40), "cloth", 7, Span(0, 10, 99))
    row = photo_row("a", "a.jpg", "train", 5)
    assert row_line(written_row(row, [face])) == (
        '{"key": "a", "status": "written", "reason": null, "detail": null, "source": "a.jpg", "split": "train", '
        '"identity": 5, "faces": 1, "detector": "hog", "score": 0.3333, "pose": [1.23, 0.0, 40.0], '
        '"template": "cloth", "seed": 7, "offset": 0, "length": 10, "crc32c": 99}'
    )
    assert '"faces": 2,' in (line := row_line(written_row(row, [face, face]))) and line.count('"offset"') == 2


@pytest.mark.parametrize(
    ("yaw", "name"),
    [(0, "0-10"), (-9.99, "0-10"), (10, "10-20"), (-29.99, "20-30"), (30, "30-40"), (-40, "40+"), (90, "40+")],
)
def test_yaw_bins_are_by_size_and_hold_their_lower_bound(yaw: float, name: str) -> None:
    assert yaw_bin(yaw) == name


def test_a_tally_counts_photos_by_reason_and_faces_by_what_they_are() -> None:
    photo = photo_row("a", "a.jpg", "train", 5)
    faces = [face_fields("hog", 1, (yaw, 0, 0), name, 0, Span(0, 1, 2)) for yaw, name in ((5, "cloth"), (-35, "kn95"))]
    rows = [written_row(photo, faces), written_row(photo, faces[:1]), skipped_row(photo, "no_face", "")]
    tally = Tally.of_rows(rows)
    assert (tally.photos, tally.written, tally.skipped, tally.records) == (3, 2, 1, 3)
    assert (tally.templates, tally.reasons) == ({"cloth": 2, "kn95": 1}, {"no_face": 1})
    assert Tally.total([tally, tally]) == Tally.of_rows(rows + rows)
    assert list(tally.to_json()["yaw"].values()) == [2, 0, 0, 1, 0]
