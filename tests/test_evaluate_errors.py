"""`unmask evaluate`, where something is wrong: each a clear error, or measured all the same."""

import os
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evaluations import faces, spoil, write_pictures, write_split
from test_unmask_cli import start_unmask, unmask

from unmask.evaluation.results import read_results
from unmask.networks.saved import FACE_FILE, MASK_FILE
from unmask.resizing import FILTER

pytestmark = pytest.mark.usefixtures("one_embedder")


def test_pictures_that_are_missing_extra_twice_or_unreadable_are_errors(test_records: Path, tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", test_records)
    evaluate = ("evaluate", "--records", test_records, "--restored", pictures, "--out", tmp_path / "out")
    for number in (1, 2):
        (pictures / f"person/{number:03d}.png").unlink()
    shutil.copy(pictures / "person/003.png", pictures / "stranger.png")
    done = unmask(*evaluate)
    assert done.exit_code == 1 and "Pictures missing: 2 (person/001, person/002)" in done.stderr
    assert "of no record: 1 (stranger)" in done.stderr and "12 records" in done.stderr
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
    assert read_results(tmp_path / "out" / "metrics.json").protocol.resize == FILTER


def test_an_empty_split_is_an_error(records: Path, face_run: Path, tmp_path: Path) -> None:
    folder = write_split(tmp_path / "records", "train", faces(records, 2))
    done = unmask("evaluate", "--records", folder, "--run", face_run)
    assert done.exit_code == 1 and "no record in its test split" in done.stderr


@pytest.mark.usefixtures("no_report")
def test_maps_of_all_zeros_are_an_error_in_all_records_and_left_out_in_some(
    records: Path, face_run: Path, tmp_path: Path
) -> None:
    some = faces(records, 4)
    bare = [replace(record, masked=record.clean, binary_map=np.zeros_like(record.binary_map)) for record in some]
    none = write_split(tmp_path / "none", "test", bare)
    done = unmask("evaluate", "--records", none, "--run", face_run, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "maps of all 4 records in the test split" in done.stderr
    assert not (tmp_path / "out").exists()
    mixed = write_split(tmp_path / "mixed", "test", bare[:1] + some[1:])
    done = unmask("evaluate", "--records", mixed, "--run", face_run, "--no-fid", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    metrics = read_results(tmp_path / "out" / "metrics.json").methods["unmask"].table.metrics
    assert metrics["ssim"].count == 4 and metrics["ssim_in_map"].count == metrics["l1_in_map"].count == 3


@pytest.mark.parametrize(("file", "network"), [(MASK_FILE, "Mask G"), (FACE_FILE, "Face G")])
def test_nan_in_an_output_names_key_and_network(
    test_records: Path, face_run: Path, tmp_path: Path, file: str, network: str
) -> None:
    shutil.copytree(face_run, tmp_path / "run", ignore=shutil.ignore_patterns("evaluation"))
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
        (("--records", ".", "--restored", ".", "--run", ".", "--out", "o"), "--run or --restored"),
        (("--records", ".", "--image-size", 64), "--image-size is for --restored"),
        (("--records", ".", "--no-fid", "--inception-weights", __file__), "--no-fid or --inception-weights"),
        (("--compare", "a", "b", "--seed", 0, "--no-fid", "--out", "o"), "--seed, --fid/--no-fid would do nothing"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(arguments: tuple[object, ...], message: str) -> None:
    done = unmask("evaluate", *arguments)
    assert done.exit_code == 2 and message in done.stderr


def test_missing_packages_a_run_and_records_are_named(
    test_records: Path, face_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = unmask("evaluate", "--records", test_records, "--run", tmp_path / "nowhere")
    assert done.exit_code == 1 and "There is no run in" in done.stderr
    done = unmask("evaluate", "--records", tmp_path / "nowhere", "--run", face_run)
    assert done.exit_code == 1 and "is not a folder" in done.stderr
    (tmp_path / "file").touch()
    done = unmask("evaluate", "--records", test_records, "--run", face_run, "--out", tmp_path / "file")
    assert done.exit_code == 1 and "cannot be written" in done.stderr
    monkeypatch.setattr("unmask.evaluation.checks.find_spec", lambda name: None)
    done = unmask("evaluate", "--records", test_records, "--run", face_run)
    assert done.exit_code == 1 and "pip install 'maskify[evaluate]'" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs file names of any bytes")
@pytest.mark.usefixtures("no_report")
def test_folders_may_have_names_that_are_no_text(test_records: Path, face_run: Path, tmp_path: Path) -> None:
    records, run, pictures = (tmp_path / os.fsdecode(name) for name in (b"rec\xff", b"run\xfe", b"pictures\xfd"))
    shutil.copytree(test_records, records)
    shutil.copytree(face_run, run, ignore=shutil.ignore_patterns("evaluation"))
    write_pictures(tmp_path / "pictures", records).rename(pictures)
    done = unmask("evaluate", "--records", records, "--run", run, "--no-fid")
    assert done.exit_code == 0 and "run\\udcfe/evaluation/report.html" in done.stdout, done.output
    protocol = read_results(run / "evaluation" / "metrics.json").protocol
    assert (protocol.records, protocol.run) == ("rec\\udcff", "run\\udcfe")
    out = tmp_path / "out"
    done = unmask("evaluate", "--records", records, "--restored", pictures, "--no-fid", "--out", out)
    assert done.exit_code == 0, done.output
    assert read_results(out / "metrics.json").methods["restored"].title == "pictures in pictures\\udcfd"


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_it_at_once_and_leaves_nothing(
    records: Path, face_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_split(tmp_path / "records", "test", faces(records, 200))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out, cache = tmp_path / "out", tmp_path / "cache" / "unmask" / "features"
    process = start_unmask("evaluate", "--records", folder, "--run", face_run, "--no-fid", "--out", out, "--jobs", 2)
    end = time.monotonic() + 60
    while not list(cache.glob(".*")) and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Stopped before the evaluation was finished" in errors, errors[-2000:]
    assert not [word for word in ("Traceback", "Warning", "oneDNN") if word in errors], errors[-2000:]
    assert list(out.iterdir()) == [] and list(cache.iterdir()) == []
