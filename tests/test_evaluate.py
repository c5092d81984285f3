"""`unmask evaluate`, through its real entry point."""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import records_of
from evaluations import SIZE, faces, spoil, write_run, write_split
from test_unmask_cli import start_unmask, unmask

from unmask.evaluation.estimates import IMAGE_METRICS, MASK_METRICS
from unmask.evaluation.extractors import embedding_extractor
from unmask.evaluation.results import Results, read_results
from unmask.evaluation.rows import read_rows
from unmask.networks.saved import FACE_FILE, MASK_FILE
from unmask.records import index_records


@pytest.fixture(scope="module", autouse=True)
def features(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where features are kept while these tests run; the network that makes them is loaded once."""
    folder = tmp_path_factory.mktemp("features")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unmask.evaluation.measuring.embedding_extractor", cache(embedding_extractor))
        patch.setattr("unmask.evaluation.extractors.feature_folder", lambda instead: folder)
        yield folder


@pytest.fixture(scope="module")
def test_records(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 records of 128 pixels to test on, and 3 to take the mean face of."""
    folder = tmp_path_factory.mktemp("test") / "records"
    write_split(folder, "train", faces(records, 3))
    return write_split(folder, "test", faces(records, 12))


@pytest.fixture(scope="module")
def run(test_records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "face")


@pytest.fixture(scope="module")
def evaluated(test_records: Path, run: Path) -> Path:
    """The folder of an evaluation, as the command leaves it."""
    done = unmask("evaluate", "--records", test_records, "--run", run, "--no-fid")
    assert done.exit_code == 0, done.output
    assert "Left out by --no-fid" in done.stdout and str(run / "evaluation" / "report.html") in done.stdout
    return run / "evaluation"


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the report, which takes longer to draw than a few photos to measure."""
    monkeypatch.setattr("unmask.evaluation.report.write_report", lambda *_: None)


@pytest.fixture(scope="module")
def results(evaluated: Path) -> Results:
    return read_results(evaluated / "metrics.json")


def write_pictures(folder: Path, records: Path, size: int = 128) -> Path:
    """The clean photos of a test split, by their keys."""
    for record in records_of(records):
        path = folder / f"{record.key}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.cvtColor(cv2.resize(record.clean, (size, size)), cv2.COLOR_RGB2BGR))
    return folder


def test_it_writes_results_rows_and_a_report(evaluated: Path, results: Results) -> None:
    assert sorted(path.name for path in evaluated.iterdir()) == ["metrics.json", "per_image.csv", "report.html"]
    assert json.loads((evaluated / "metrics.json").read_text()) == results.to_dict()
    rows = read_rows(evaluated / "per_image.csv")
    assert list(results.methods) == ["unmask", "masked", "jpeg95", "telea", "mean_face"]
    assert [(row.key, row.method) for row in rows[:6]] == [
        *(("person/000", method) for method in results.methods), ("person/001", "unmask"),
    ]  # fmt: skip
    assert len(rows) == 5 * 12 and all((row.iou is None) == (row.method != "unmask") for row in rows)


def test_a_table_holds_the_means_of_the_rows_by_template_yaw_and_area(evaluated: Path, results: Results) -> None:
    rows = read_rows(evaluated / "per_image.csv")
    for name, metrics, table in (
        ("unmask", MASK_METRICS, results.mask),
        *((name, IMAGE_METRICS, method.table) for name, method in results.methods.items()),
    ):
        assert table is not None and set(table.metrics) == set(metrics)
        own = [row for row in rows if row.method == name]
        for metric in metrics:
            estimate = table.metrics[metric]
            values = [row.value(metric) for row in own]
            assert estimate.mean == pytest.approx(np.mean(values), abs=1e-12) and estimate.count == 12
            assert estimate.low <= estimate.mean <= estimate.high
        assert list(table.groups["template"]) == ["cloth", "surgical"]
        assert list(table.groups["yaw"]) == ["0-10", "10-20", "20-30", "30+"]  # 3, -12, 20 and -35 degrees
        assert table.groups["yaw"]["30+"][metrics[0]].mean == pytest.approx(
            np.mean([row.value(metrics[0]) for row in own if row.yaw == -35])
        )
        for named in table.groups.values():
            assert sum(metrics_of[metrics[0]].count for metrics_of in named.values()) == 12


def test_the_masked_photo_and_the_jpeg_are_floor_and_ceiling(results: Results, evaluated: Path) -> None:
    metrics = {name: method.table.metrics for name, method in results.methods.items()}
    assert metrics["jpeg95"]["ssim_in_map"].mean > 0.95 and metrics["masked"]["ssim_in_map"].mean < 0.7
    assert metrics["jpeg95"]["identity"].mean > 0.97 > metrics["masked"]["identity"].mean
    distances = {name: method.distribution["embedding_frechet"].value for name, method in results.methods.items()}
    assert distances["jpeg95"] == min(distances.values()) < 0.1
    scale = results.identity_scale
    assert scale.same.count == 6 and scale.other.count == 60  # 12 photos, two of each identity


def test_the_protocol_names_what_was_measured(results: Results, test_records: Path) -> None:
    protocol = results.protocol
    assert (protocol.records, protocol.split, protocol.count, protocol.run) == ("records", "test", 12, "face")
    assert (protocol.image_size, protocol.stored_size, protocol.resize) == (SIZE, 128, "area")
    assert protocol.output == "completed" and set(protocol.networks) == {"mask", "face"}
    assert protocol.networks["face"].steps == 5 and protocol.networks["mask"].steps is None
    assert {"unmask", "keras", "tensorflow", "numpy", "opencv"} <= set(protocol.versions)


def test_the_same_command_writes_the_same_bytes_whatever_the_jobs_and_batches(
    test_records: Path, run: Path, evaluated: Path, tmp_path: Path
) -> None:
    done = unmask(
        "evaluate", "--records", test_records, "--run", run, "--no-fid", "--out", tmp_path, "--jobs", 2,
        "--batch-size", 5,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    for name in ("metrics.json", "per_image.csv", "report.html"):
        assert (tmp_path / name).read_bytes() == (evaluated / name).read_bytes(), name


@pytest.mark.usefixtures("no_report")
def test_raw_paint_is_measured_apart_from_the_completed_photo(
    test_records: Path, run: Path, results: Results, tmp_path: Path
) -> None:
    done = unmask("evaluate", "--records", test_records, "--run", run, "--no-fid", "--raw", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    raw = read_results(tmp_path / "metrics.json")
    assert raw.protocol.output == "raw" and raw.mask == results.mask
    assert raw.methods["unmask"].table != results.methods["unmask"].table
    assert {name: it for name, it in raw.methods.items() if name != "unmask"} == {
        name: it for name, it in results.methods.items() if name != "unmask"
    }


def test_a_run_of_mask_g_alone_is_measured_without_pictures(
    test_records: Path, results: Results, tmp_path: Path
) -> None:
    run = write_run(tmp_path / "mask", "mask")
    done = unmask("evaluate", "--records", test_records, "--run", run)
    assert done.exit_code == 0 and "Mask G" in done.stdout, done.output
    found = read_results(run / "evaluation" / "metrics.json")
    assert found.mask == results.mask and found.methods == {} and found.identity_scale is None
    assert (run / "evaluation" / "report.html").exists()
    done = unmask("evaluate", "--records", test_records, "--run", run, "--raw")
    assert done.exit_code == 1 and "--raw" in done.stderr


@pytest.mark.usefixtures("no_report")
def test_clean_photos_of_another_program_are_perfect(test_records: Path, tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", test_records)
    done = unmask("evaluate", "--records", test_records, "--restored", pictures, "--no-fid", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    found = read_results(tmp_path / "out" / "metrics.json")
    metrics = found.methods["restored"].table.metrics
    assert metrics["ssim"].mean == metrics["ssim_in_map"].mean == 1 and metrics["l1"].mean == 0
    assert metrics["psnr"].mean is None and metrics["psnr"].count == 0  # infinite
    assert metrics["identity"].mean == pytest.approx(1, abs=1e-6)
    assert found.methods["restored"].distribution["embedding_frechet"].value < 1e-6
    assert found.mask is None and found.protocol.networks == {} and found.protocol.image_size == 128


def test_pictures_that_are_missing_extra_twice_or_unreadable_are_errors(test_records: Path, tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", test_records)
    evaluate = ("evaluate", "--records", test_records, "--restored", pictures, "--out", tmp_path / "out")
    for number in (1, 2):
        (pictures / f"person/{number:03d}.png").unlink()
    shutil.copy(pictures / "person/003.png", pictures / "stranger.png")
    done = unmask(*evaluate)
    assert done.exit_code == 1 and "2 pictures are missing (person/001, person/002)" in done.stderr
    assert "1 are of no record (stranger)" in done.stderr and "12 records" in done.stderr
    shutil.copy(pictures / "person/003.png", pictures / "person/003.bmp")
    assert "two pictures of person/003" in unmask(*evaluate).stderr
    (pictures / "person/003.bmp").unlink()
    (pictures / "stranger.png").rename(pictures / "person/001.png")
    (pictures / "person/002.jpg").touch()
    done = unmask(*evaluate)
    assert done.exit_code == 1 and "002.jpg is no picture" in done.stderr
    assert not list(tmp_path.rglob("metrics.json"))


@pytest.mark.usefixtures("no_report")
def test_pictures_of_another_size_name_the_option(test_records: Path, tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", test_records, size=96)
    evaluate = ("evaluate", "--records", test_records, "--restored", pictures, "--no-fid", "--out", tmp_path / "out")
    done = unmask(*evaluate)
    assert done.exit_code == 1 and "96 x 96" in done.stderr and "--image-size 96" in done.stderr
    assert unmask(*evaluate, "--image-size", 96).exit_code == 0
    assert read_results(tmp_path / "out" / "metrics.json").protocol.resize == "area"


def test_an_empty_split_is_an_error(records: Path, run: Path, tmp_path: Path) -> None:
    folder = write_split(tmp_path / "records", "train", faces(records, 2))
    done = unmask("evaluate", "--records", folder, "--run", run)
    assert done.exit_code == 1 and "no record in its test split" in done.stderr


@pytest.mark.usefixtures("no_report")
def test_maps_of_all_zeros_are_an_error_in_all_records_and_left_out_in_some(
    records: Path, run: Path, tmp_path: Path
) -> None:
    some = faces(records, 4)
    bare = [replace(record, masked=record.clean, binary_map=np.zeros_like(record.binary_map)) for record in some]
    none = write_split(tmp_path / "none", "test", bare)
    done = unmask("evaluate", "--records", none, "--run", run, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "maps of all 4 records in the test split" in done.stderr
    assert not (tmp_path / "out").exists()
    mixed = write_split(tmp_path / "mixed", "test", bare[:1] + some[1:])
    done = unmask("evaluate", "--records", mixed, "--run", run, "--no-fid", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    metrics = read_results(tmp_path / "out" / "metrics.json").methods["unmask"].table.metrics
    assert metrics["ssim"].count == 4 and metrics["ssim_in_map"].count == metrics["l1_in_map"].count == 3


@pytest.mark.parametrize(("file", "network"), [(MASK_FILE, "Mask G"), (FACE_FILE, "Face G")])
def test_nan_in_an_output_names_key_and_network(
    test_records: Path, run: Path, tmp_path: Path, file: str, network: str
) -> None:
    shutil.copytree(run, tmp_path / "run", ignore=shutil.ignore_patterns("evaluation"))
    spoil(tmp_path / "run" / file)
    done = unmask("evaluate", "--records", test_records, "--run", tmp_path / "run", "--no-fid")
    assert done.exit_code == 1 and f"{network} gives NaN or infinity for person/000" in done.stderr
    assert list((tmp_path / "run" / "evaluation").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--records, or --compare"),
        (("--records", ".", "--restored", ".", "--raw", "--out", "o"), "--restored or --raw"),
        (("--records", ".", "--restored", "."), "--restored needs --out"),
        (("--records", ".", "--image-size", 64), "--image-size is for --restored"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(arguments: tuple[object, ...], message: str) -> None:
    done = unmask("evaluate", *arguments)
    assert done.exit_code == 2 and message in done.stderr


def test_missing_packages_a_run_and_records_are_named(
    test_records: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = unmask("evaluate", "--records", test_records, "--run", tmp_path / "nowhere")
    assert done.exit_code == 1 and "There is no run in" in done.stderr
    done = unmask("evaluate", "--records", tmp_path / "nowhere", "--run", run)
    assert done.exit_code == 1 and "is not a folder" in done.stderr
    (tmp_path / "file").touch()
    done = unmask("evaluate", "--records", test_records, "--run", run, "--out", tmp_path / "file")
    assert done.exit_code == 1 and "cannot be written" in done.stderr
    monkeypatch.setattr("unmask.evaluation.commands.find_spec", lambda name: None)
    done = unmask("evaluate", "--records", test_records, "--run", run)
    assert done.exit_code == 1 and "pip install 'maskify[train,evaluate]'" in done.stderr


@pytest.mark.usefixtures("no_report")
def test_the_limit_takes_an_even_sample(test_records: Path, run: Path, tmp_path: Path) -> None:
    done = unmask(
        "evaluate", "--records", test_records, "--run", run, "--no-fid", "--limit", 3, "--seed", 4, "--out", tmp_path
    )
    assert done.exit_code == 0, done.output
    keys = list(dict.fromkeys(row.key for row in read_rows(tmp_path / "per_image.csv")))
    assert keys == ["person/000", "person/006", "person/011"]
    assert len(index_records(test_records, "test", 100)) == 12


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_it_at_once_and_leaves_nothing(
    records: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_split(tmp_path / "records", "test", faces(records, 400))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out, cache = tmp_path / "out", tmp_path / "cache" / "unmask" / "features"
    process = start_unmask(
        "evaluate", "--records", folder, "--run", run, "--no-fid", "--out", out, "--jobs", 2, "--batch-size", 2
    )
    end = time.monotonic() + 60
    while not list(cache.glob(".*")) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Stopped before the evaluation was finished" in errors, errors[-2000:]
    assert "Traceback" not in errors and "oneDNN" not in errors
    assert list(out.iterdir()) == [] and list(cache.iterdir()) == []


def test_every_field_of_the_results_survives_the_file(results: Results) -> None:
    assert Results.from_dict(json.loads(json.dumps(results.to_dict()))) == results
