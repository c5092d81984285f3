"""maskify.preview and maskify.sheet: the pages show what is in the records."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import records_of
from PIL import Image

from maskify.errors import MaskifyError
from maskify.preview import PAGES, draw_pages, triplet
from maskify.record import CorruptShard, Record, decode_record, encode_record, frame
from maskify.sheet import Cell, Section, save_sheet
from maskify.templates import names

RED, BLUE = (250, 10, 20), (10, 20, 250)


def flat(colour: tuple[int, int, int], width: int = 40, height: int = 40) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def count(sheet: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((sheet == colour).all(axis=2).sum())


def opened(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def write(folder: Path, records: list[Record]) -> Path:
    folder.mkdir()
    payloads = [frame(encode_record(record, "png")) for record in records]
    (folder / "train-00000-of-00001.tfrecord").write_bytes(b"".join(payloads))
    return folder


def test_a_triplet_is_masked_clean_and_map_side_by_side(records: Path) -> None:
    record = records_of(records)[0]
    masked, clean, binary_map = np.split(triplet(record), 3, axis=1)
    np.testing.assert_array_equal(masked, record.masked)
    np.testing.assert_array_equal(clean, record.clean)
    np.testing.assert_array_equal(binary_map, np.repeat(record.binary_map[..., None], 3, axis=2))


def test_a_sheet_shows_every_picture_once_and_whole(tmp_path: Path) -> None:
    sections = [
        Section("some", [Cell(flat(RED)) for _ in range(3)]),
        Section("none", []),
        Section("more", [Cell(flat(BLUE), "with a caption that is much too long for its picture")]),
    ]
    save_sheet("Title", sections, 2, 60, tmp_path / "deep" / "sheet.png")
    sheet = opened(tmp_path / "deep" / "sheet.png")
    assert count(sheet, RED) == 3 * 60 * 60 and count(sheet, BLUE) == 60 * 60
    reds, blues = (np.nonzero((sheet == colour).all(axis=2)) for colour in (RED, BLUE))
    assert reds[0].max() < blues[0].min() and reds[1].max() > blues[1].max()
    assert len(np.unique(reds[0])) == 2 * 60  # two rows of at most two


def test_a_sheet_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MaskifyError, match=r"cannot be written.*--out"):
        save_sheet("Title", [Section("one", [Cell(flat(RED))])], 1, 60, tmp_path / "file" / "sheet.png")


def test_every_page_is_written_beside_the_overview(records: Path, tmp_path: Path) -> None:
    written = draw_pages(records, tmp_path / "look.png", 2, PAGES)
    assert written[0] == tmp_path / "look.png" and len({path.name for path in written}) == len(PAGES)
    assert sorted(tmp_path.iterdir()) == sorted(written)
    for path in written:
        assert opened(path).std() > 20


def test_a_sheet_without_a_picture_is_an_error_and_no_file(tmp_path: Path) -> None:
    for sections in ([], [Section("none", [])]):
        with pytest.raises(MaskifyError, match=r"no picture.*sheet\.png"):
            save_sheet("Title", sections, 2, 60, tmp_path / "sheet.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("changed", [{"template": "mine"}, {"params": {"wear": "chin", "coverage": 0.5, "spill": 0.1}}])
def test_records_of_a_users_own_templates_or_wear_have_every_page(
    records: Path, tmp_path: Path, changed: dict[str, Any]
) -> None:
    folder = write(tmp_path / "records", [replace(record, **changed) for record in records_of(records)[:4]])
    written = draw_pages(folder, tmp_path / "look.png", 2, PAGES)
    assert len(written) == len(PAGES) and all(opened(path).std() > 20 for path in written)


def test_only_records_that_are_drawn_are_decoded(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def counted(payload: bytes) -> Record:
        decoded.append(len(payload))
        return decode_record(payload)

    monkeypatch.setattr("maskify.preview.decode_record", counted)
    for page, most in (("wear", 1), ("templates", 2), ("yaw", 10)):
        decoded.clear()
        draw_pages(records, tmp_path / "look.png", 2, [page])
        assert 1 <= len(decoded) <= most, page


def test_only_the_pages_that_were_asked_for_are_drawn(records: Path, tmp_path: Path) -> None:
    (path,) = draw_pages(records, tmp_path / "look.png", 2, ["yaw"])
    assert path.name == "look-yaw.png" and list(tmp_path.iterdir()) == [path]


def test_the_overview_shows_each_template_as_often_as_fits_a_row(records: Path, tmp_path: Path) -> None:
    painted = [
        replace(record, masked=flat(RED, 128, 128) if record.template == names()[0] else record.masked)
        for record in records_of(records)
    ]
    folder = write(tmp_path / "records", painted)
    for per_row in (1, 3):
        draw_pages(folder, tmp_path / "look.png", per_row, ["overview"])
        sheet = opened(tmp_path / "look.png")
        assert count(sheet, RED) >= 0.95 * per_row * 128 * 128
        assert sheet.shape[1] > per_row * 3 * 128


def test_the_worst_page_begins_with_the_worst(records: Path, tmp_path: Path) -> None:
    painted = [
        replace(record, masked=flat(BLUE, 128, 128), params={**record.params, "coverage": 1.0, "spill": 0.0})
        for record in records_of(records)
    ]
    worst = {**painted[7].params, "coverage": 0.1, "spill": 0.9}
    painted[7] = replace(painted[7], masked=flat(RED, 128, 128), params=worst)
    (path,) = draw_pages(write(tmp_path / "records", painted), tmp_path / "look.png", 2, ["worst"])
    sheet = opened(path)
    for first_row in np.flatnonzero((sheet == RED).all(axis=2).any(axis=1))[[0, -1]]:  # of both sections
        line = sheet[first_row]
        red, blue = (np.flatnonzero((line == colour).all(axis=1)) for colour in (RED, BLUE))
        assert len(red) and len(blue) and red.max() < blue.min()
    rows = np.flatnonzero((sheet == RED).all(axis=2).any(axis=1))
    assert np.count_nonzero(np.diff(rows) > 1) == 1  # once in each section


def test_a_folder_without_records_is_an_error_that_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match="maskify build"):
        draw_pages(tmp_path, tmp_path / "look.png", 2, PAGES)
    assert not list(tmp_path.iterdir())


def test_damaged_records_are_an_error_that_names_the_shard(records: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(records, tmp_path / "records"))
    shard = sorted(folder.glob("*.tfrecord"))[0]
    data = bytearray(shard.read_bytes())
    data[200] ^= 255
    shard.write_bytes(data)
    with pytest.raises((MaskifyError, CorruptShard), match=shard.name):
        draw_pages(folder, tmp_path / "look.png", 2, ["overview"])
