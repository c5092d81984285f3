"""`unmask evaluate`, through its real entry point."""

import json
from pathlib import Path

import numpy as np
import pytest
from evaluations import SIZE, write_pictures, write_run
from test_unmask_cli import unmask

from unmask.evaluation.estimates import IMAGE_METRICS, MASK_METRICS
from unmask.evaluation.networks import Networks
from unmask.evaluation.results import MeanOf, Results, read_results
from unmask.evaluation.rows import read_rows
from unmask.evaluation.test_set import open_test_set
from unmask.files import sha256_of
from unmask.metrics.identity import packaged_model
from unmask.records import index_records
from unmask.resizing import FILTER
from unmask.restorer import Restorer

pytestmark = pytest.mark.usefixtures("one_embedder")


@pytest.fixture(scope="module")
def evaluated(one_embedder: None, test_records: Path, face_run: Path) -> Path:
    """The folder of an evaluation, as the command leaves it."""
    done = unmask("evaluate", "--records", test_records, "--run", face_run, "--no-fid")
    assert done.exit_code == 0, done.output
    assert "Left out by --no-fid" in done.stdout and str(face_run / "evaluation" / "report.html") in done.stdout
    return face_run / "evaluation"


@pytest.fixture(scope="module")
def results(evaluated: Path) -> Results:
    return read_results(evaluated / "metrics.json")


def test_it_writes_results_rows_and_a_report(evaluated: Path, results: Results) -> None:
    assert sorted(path.name for path in evaluated.iterdir()) == [
        "embeddings.npz",
        "metrics.json",
        "per_image.csv",
        "report.html",
    ]
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
    assert (protocol.image_size, protocol.stored_size, protocol.resize) == (SIZE, 128, FILTER)
    assert protocol.output == "completed" and set(protocol.networks) == {"mask", "face"}
    assert protocol.networks["face"].steps == 5 and protocol.networks["mask"].steps is None
    assert protocol.inception_sha256 is None and protocol.embedding_sha256 == sha256_of(packaged_model())
    assert protocol.mean_face == MeanOf("train", 3)
    assert {"unmask", "keras", "tensorflow", "numpy", "opencv", "pillow"} <= set(protocol.versions)


def test_the_same_command_writes_the_same_bytes_whatever_the_jobs(
    test_records: Path, face_run: Path, evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # no feature comes from the other's cache
    out = tmp_path / "out"
    done = unmask(
        "evaluate", "--records", test_records, "--run", face_run, "--no-fid", "--out", out, "--jobs", 2,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    for name in ("embeddings.npz", "metrics.json", "per_image.csv", "report.html"):
        assert (out / name).read_bytes() == (evaluated / name).read_bytes(), name
    assert list(tmp_path.glob("cache/unmask/features/*.npy"))


def test_photos_are_restored_one_by_one_whatever_is_restored_with_them(
    test_records: Path, face_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks, test_set = Networks(face_run, raw=False), open_test_set(test_records, "test", None, SIZE)
    samples, shapes = [test_set.read(number) for number in range(3)], []
    restore_batch = Restorer.restore_batch
    monkeypatch.setattr(Restorer, "restore_batch", lambda it, x: shapes.append(x.shape) or restore_batch(it, x))
    together = networks.restore(samples)
    assert shapes == 3 * [(1, SIZE, SIZE, 3)]
    for sample, output in zip(samples[::-1], together[::-1], strict=True):
        (alone,) = networks.restore([sample])
        assert np.array_equal(alone.found, output.found) and np.array_equal(alone.image, output.image)


@pytest.mark.usefixtures("no_report")
def test_raw_paint_is_measured_apart_from_the_completed_photo(
    test_records: Path, face_run: Path, results: Results, tmp_path: Path
) -> None:
    done = unmask("evaluate", "--records", test_records, "--run", face_run, "--no-fid", "--raw", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    raw = read_results(tmp_path / "metrics.json")
    assert raw.protocol.output == "raw" and raw.mask == results.mask
    assert raw.methods["unmask"].table != results.methods["unmask"].table
    assert {name: it for name, it in raw.methods.items() if name != "unmask"} == {
        name: it for name, it in results.methods.items() if name != "unmask"
    }


@pytest.mark.usefixtures("no_report")
def test_a_run_of_mask_g_alone_is_measured_without_pictures(
    test_records: Path, results: Results, tmp_path: Path
) -> None:
    run = write_run(tmp_path / "mask", "mask")
    done = unmask("evaluate", "--records", test_records, "--run", run)
    assert done.exit_code == 0 and "Mask G" in done.stdout, done.output
    found = read_results(run / "evaluation" / "metrics.json")
    assert found.mask == results.mask and found.methods == {} and found.identity_scale is None
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


@pytest.mark.usefixtures("no_report")
def test_the_limit_takes_an_even_sample(test_records: Path, face_run: Path, tmp_path: Path) -> None:
    done = unmask(
        "evaluate",
        "--records",
        test_records,
        "--run",
        face_run,
        "--no-fid",
        "--limit",
        3,
        "--seed",
        4,
        "--out",
        tmp_path,
    )
    assert done.exit_code == 0, done.output
    keys = list(dict.fromkeys(row.key for row in read_rows(tmp_path / "per_image.csv")))
    assert keys == ["person/000", "person/006", "person/011"]
    assert len(index_records(test_records, "test", 100)) == 12
