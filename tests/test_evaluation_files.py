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
    for text, message in (
        (whole[:-8], "row 2"), ("", "is empty"), (whole.replace("key", "name", 1), "its columns are name, template"),
        (whole.replace("0.25", "x"), "row 1"), (whole.replace("0.25", "nan"), "row 1: 'nan' is no finite number"),
        (whole.replace("0.25", ""), "row 1: area is missing"),
    ):  # fmt: skip
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


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("protocol", "count"), "3", "protocol.count is '3', not a whole number"),
        (("protocol", "count"), 0, "protocol.count is 0"),
        (("protocol", "image_size"), True, "protocol.image_size is 'True', not a whole number"),
        (("protocol", "split"), "tset", "protocol.split is 'tset', none of test, validation, train"),
        (("protocol", "seed"), -1, "protocol.seed is -1"),
        (("protocol", "interval", "level"), 2, "protocol.interval.level 2"),
        (("protocol", "versions"), ["numpy"], "protocol.versions is .*, not an object"),
        (
            ("protocol", "networks", "mask", "steps"),
            "50",
            "protocol.networks.mask.steps is '50', not a whole number or",
        ),
        (("mask", "metrics", "iou", "mean"), "0.5", "mask.metrics.iou.mean is '0.5', not a finite number or null"),
        (("mask", "metrics", "iou", "high"), float("nan"), "mask.metrics.iou.high is 'nan'"),
        (("mask", "metrics"), {}, "a table has the metrics"),
        (("methods", "unmask", "distribution", "kid", "value"), [1], "distribution.kid.value is"),
        (("identity_scale", "same", "mean"), None, "identity_scale.same.mean is 'None', not a finite number"),
        (("rows_sha256",), 5, "rows_sha256 is '5', not text"),
    ],
)
def test_a_value_that_no_evaluation_writes_is_named(
    tmp_path: Path, results: Results, place: tuple[str, ...], value: object, message: str
) -> None:
    content = results.to_dict()
    *parents, last = place
    inner = content
    for name in parents:
        inner = inner[name]
    assert last in inner
    inner[last] = value
    (tmp_path / "metrics.json").write_text(json.dumps(content))
    with pytest.raises(UnmaskError, match=message):
        read_results(tmp_path / "metrics.json")


def test_every_field_of_the_results_survives_the_file(results: Results) -> None:
    alone = replace(results.protocol, inception_sha256=None, embedding_sha256=None, mean_face=None)
    for of in (results, replace(results, protocol=alone, mask=None, methods={}, identity_scale=None)):
        assert Results.from_dict(json.loads(json.dumps(of.to_dict()))) == of
