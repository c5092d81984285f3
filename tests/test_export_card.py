"""The model card of an export: what it says of data, licence, metrics and frame."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from small_results import results, rows

from maskify import align
from maskify.portrait import PORTRAIT_POINTS
from maskify.sample import load_astronaut
from unmask.builds import data_of
from unmask.evaluation.results import write_results
from unmask.exporting.card import POINTS, Facts, card
from unmask.exporting.check import Checked
from unmask.exporting.formats import FORMATS
from unmask.exporting.run import measured, trained_on
from unmask.records import index_records

SETTINGS = {"stage": "face", "preset": "base", "image_size": 128, "steps": 1000}
DATA = {"layout": "folder", "records": 4506, "licences": ["The photos keep their own licence."]}
FACTS = Facts(
    "face.onnx", FORMATS["onnx"], SETTINGS, {"keras": "3.12.0"}, DATA, {"Mask G": "ab" * 32, "Face G": "cd" * 32},
    None, None,
)  # fmt: skip


def test_networks_trained_on_celeba_are_for_research_only() -> None:
    found = card(replace(FACTS, data={**DATA, "layout": "celeba"}))
    assert "this network is **for non-commercial research only**" in found and "4,506 records" in found
    assert "The photos keep their own licence." in found


def test_other_photos_have_their_own_licences() -> None:
    found = card(FACTS)
    assert "research only" not in found and "- The photos keep their own licence." in found


def test_what_is_not_known_to_be_free_is_for_research_only() -> None:
    assert "**for non-commercial research only**" in card(replace(FACTS, data=None))


def test_it_says_that_a_face_is_invented() -> None:
    assert "It does not reveal the person" in card(FACTS)


def test_metrics_stand_in_it_with_their_protocol() -> None:
    assert "Not measured." in card(FACTS)
    found = card(replace(FACTS, results=results(rows(["a", "b", "c"]))))
    assert "Not measured" not in found and "3 photos of the test split" in found and "mean_face" in found


def test_a_check_stands_in_it() -> None:
    assert "Not checked" in card(FACTS)
    assert "- Checked with onnxruntime 1.30 on 8 photos: the largest difference from Keras is 1 grey level." in card(
        replace(FACTS, checked=Checked("onnxruntime 1.30", 8, 1, 99.0))
    )


def test_its_lines_bring_a_photo_into_the_frame_that_it_describes() -> None:
    found = card(FACTS)
    rows_of_table = re.findall(r"\| (\w[\w ]+) \| ([\d.]+) \| ([\d.]+) \|", found)
    table = {name: (float(x), float(y)) for name, x, y in rows_of_table}
    assert set(table) == set(POINTS)
    here = {"photo": load_astronaut(), "points": PORTRAIT_POINTS}
    exec(re.findall(r"```python\n(.*?)```", found, re.DOTALL)[1], here)
    assert here["photos"].shape == (1, 128, 128, 3) and here["photos"].dtype == np.uint8
    places = align.apply(here["transform"], PORTRAIT_POINTS)
    np.testing.assert_allclose(places, [table[name] for name in POINTS], atol=4)  # no face is the mean face


def test_metrics_are_taken_from_the_run_if_they_are_of_these_very_networks(tmp_path: Path) -> None:
    assert measured(tmp_path, set()) is None
    found = results(rows(["a", "b", "c"]))
    (tmp_path / "evaluation").mkdir()
    write_results(tmp_path / "evaluation" / "metrics.json", found)
    hashes = {network.sha256 for network in found.protocol.networks.values()}
    assert measured(tmp_path, hashes) == found and measured(tmp_path, {"ef" * 32, "12" * 32}) is None


def test_data_is_what_the_run_says_or_what_the_records_say_that_it_was_trained_on(
    records: Path, tmp_path: Path
) -> None:
    index = index_records(records, "train")
    (tmp_path / "config.json").write_text(json.dumps({"settings": SETTINGS}))
    assert trained_on(tmp_path, {**SETTINGS, "records": index.fingerprint()}, records) == data_of(index)
    assert trained_on(tmp_path, {**SETTINGS, "records": "ab" * 32}, records) is None
    assert trained_on(tmp_path, {**SETTINGS, "records": index.fingerprint()}, None) is None
    (tmp_path / "config.json").write_text(json.dumps({"settings": SETTINGS, "data": DATA}))
    assert trained_on(tmp_path, SETTINGS, None) == DATA


def test_records_say_how_their_photos_lay_and_under_which_licences(records: Path, tmp_path: Path) -> None:
    index = index_records(records, "train")
    found = data_of(index)
    assert found is not None and found["layout"] == "celeba" and found["records"] == len(index)
    assert any("CelebA" in sentence for sentence in found["licences"])
    for content in ("", "{}", "[1]"):
        (tmp_path / "dataset_info.json").write_text(content)
        assert data_of(replace(index, paths=(tmp_path / "train-00000-of-00001.tfrecord",))) is None
