"""unmask.evaluation.rows and results: per_image.csv and metrics.json, whole, damaged and missing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from small_results import results as small_results
from small_results import rows as small_rows

from unmask.errors import UnmaskError
from unmask.evaluation.results import Results, read_results, write_results
from unmask.evaluation.rows import Row, read_rows, write_rows


@pytest.fixture
def results() -> Results:
    return small_results(small_rows(["a", "b", "c"]))


def test_rows_survive_the_file(tmp_path: Path) -> None:
    rows = [
        Row("a, \"b\"\nc\udcff", "cloth", -1 / 3, 0.1, -1, "unmask", iou=1 / 7, psnr=None, l1=0.0),
        Row("d#2", "kf94", 2.0, 0.2, 12, "masked", identity_similarity=0.9),
    ]  # fmt: skip
    write_rows(tmp_path / "rows.csv", rows)
    assert read_rows(tmp_path / "rows.csv") == rows


def test_rows_that_are_damaged_or_missing_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with pytest.raises(UnmaskError, match="cannot be read"):
        read_rows(path)
    write_rows(path, 2 * [Row("key", "cloth", 0.0, 0.25, -1, "unmask", psnr=1.0)])
    whole = path.read_text()
    for text, message in ((whole[:-8], "row 2"), ("", "its columns are"), (whole.replace("0.25", "x"), "row 1")):
        path.write_text(text)
        with pytest.raises(UnmaskError, match=message):
            read_rows(path)


def test_results_that_are_half_written_or_of_another_version_are_errors(tmp_path: Path, results: Results) -> None:
    path = tmp_path / "metrics.json"
    with pytest.raises(UnmaskError, match="cannot be read"):
        read_results(path)
    write_results(path, results)
    whole = path.read_text()
    assert read_results(path) == results
    for text in (whole[: len(whole) // 2], "", "[]", "{}", whole.replace('"split"', '"spilt"')):
        path.write_text(text)
        with pytest.raises(UnmaskError, match="damaged, half written.*unmask evaluate"):
            read_results(path)
    path.write_text(whole.replace('"schema_version": 2', '"schema_version": 1'))
    with pytest.raises(UnmaskError, match="schema version 1; this is for 2"):
        read_results(path)


def test_every_field_of_the_results_survives_the_file(results: Results) -> None:
    alone = replace(results.protocol, inception_sha256=None, embedding_sha256=None, mean_face=None)
    for of in (results, replace(results, protocol=alone, mask=None, methods={}, identity_scale=None)):
        assert Results.from_dict(json.loads(json.dumps(of.to_dict()))) == of
