"""Packing a run's networks for the package: the same networks in fewer bytes."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from tools.pack_weights import half, main
from unmask.finished_run import FACE_FILE, MASK_FILE
from unmask.networks.saved import load_network
from unmask.restorer import Restorer


@pytest.fixture(scope="module")
def packed(face_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed") / "weights"
    result = CliRunner().invoke(main, ["--run", str(face_run), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


def test_it_is_a_run_like_any_other(packed: Path, face_run: Path) -> None:
    assert sorted(path.name for path in packed.iterdir()) == ["config.json", FACE_FILE, MASK_FILE]
    assert json.loads((packed / "config.json").read_text()) == json.loads((face_run / "config.json").read_text())
    assert Restorer.load(packed).size == Restorer.load(face_run).size


def test_weights_are_in_half_precision_and_networks_compute_in_single(packed: Path, face_run: Path) -> None:
    for name in (MASK_FILE, FACE_FILE):
        whole, small = load_network(face_run / name), load_network(packed / name)
        for before, after in zip(whole.get_weights(), small.get_weights(), strict=True):
            assert after.dtype == before.dtype
            np.testing.assert_array_equal(after, before.astype(np.float16).astype(before.dtype))
        # The weights take half the bytes; what describes a network is a large part of the tiny ones here.
        assert (packed / name).stat().st_size < 0.8 * (face_run / name).stat().st_size


def test_the_same_run_gives_the_same_bytes(packed: Path, face_run: Path, tmp_path: Path) -> None:
    CliRunner().invoke(main, ["--run", str(face_run), "--out", str(tmp_path)], catch_exceptions=False)
    for path in packed.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_a_run_is_not_packed_onto_itself_and_not_before_it_is_finished(face_run: Path, tmp_path: Path) -> None:
    before = (face_run / MASK_FILE).read_bytes()
    result = CliRunner().invoke(main, ["--run", str(face_run), "--out", str(face_run / ".." / face_run.name)])
    assert result.exit_code == 2 and "--out is --run" in result.output
    assert (face_run / MASK_FILE).read_bytes() == before
    shutil.copy(face_run / "config.json", tmp_path)
    result = CliRunner().invoke(main, ["--run", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1 and "is not finished" in result.output and not (tmp_path / "out").exists()


def test_a_damaged_network_is_named_and_nothing_is_written(face_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(face_run, run, ignore=shutil.ignore_patterns("checkpoints"))
    (run / FACE_FILE).write_bytes((run / FACE_FILE).read_bytes()[:1000])
    result = CliRunner().invoke(main, ["--run", str(run), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1 and f"{FACE_FILE} is damaged" in result.output and not (tmp_path / "out").exists()


def test_a_number_too_large_for_half_precision_is_an_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file, pytest.raises(ValueError, match="too large for float16"):
        half(file.create_dataset("kernel", data=np.array([1e6], np.float32)))
