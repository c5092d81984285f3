"""Training on JAX: the steps of TensorFlow, the same checkpoints, and no need of TensorFlow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from on_jax import HERE, environment, on_jax
from triplets import run, settings_for, write_records

from unmask.training import schedule
from unmask.training.run_folder import RunFolder
from unmask.training.settings import Running

pytest.importorskip("jax")
START, STEPS = 1, 4
# Not from the very first step on: in it Face D region sees exact zeros outside of the map, without a bias yet, and
# there the slope of the leaky ReLU is 1 for JAX and 0.2 for TensorFlow.
NO_EFFECT = {"discriminator_whole/0003", "discriminator_region/0003"}
"""Biases in front of an instance norm: their gradients, and what Adam makes of them, are nothing but rounding."""

GO_ON = """
import pathlib
from test_jax import train
from unmask.training import schedule

schedule.PHASES = (0.0, 0.0, 0.0)
stage, step = sys.argv[1], int(sys.argv[2])
train(stage, *map(pathlib.Path, sys.argv[3:]), step)
"""


def train(stage: str, records: Path, path: Path, step: int | None = None) -> None:
    """Trains the micro networks, from a checkpoint or from the start; in stage 2 against both discriminators."""
    settings = settings_for(stage, records, STEPS, learning_rate=5e-3)
    run(records, path, settings, Running(save_every=1, keep=9, from_checkpoint=step), validate=stage == "mask")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("triplets") / "records")


def state_of(path: Path, step: int) -> dict[str, np.ndarray]:
    with np.load(path / "checkpoints" / f"{step:08d}" / "state.npz") as arrays:
        return dict(arrays)


def distance(one: dict[str, Any], other: dict[str, Any], group: str = "") -> float:
    """The largest difference between values of the same name."""
    assert one.keys() == other.keys()
    names = [name for name in one if name.startswith(group) and name not in NO_EFFECT]
    return max(float(np.abs(np.asarray(one[name], np.float64) - other[name]).max()) for name in names)


@pytest.mark.parametrize("stage", [pytest.param("mask", marks=pytest.mark.slow), "face"])
def test_three_steps_on_both_backends_agree_and_one_goes_on_from_the_others_checkpoint(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(schedule, "PHASES", (0.0, 0.0, 0.0))
    with_tensorflow, with_jax, back = (tmp_path / name for name in ("tensorflow", "jax", "back"))
    train(stage, records, with_tensorflow)
    shutil.copytree(with_tensorflow, with_jax)
    on_jax(GO_ON, stage, START, records, with_jax)
    if stage == "mask":
        shutil.copytree(with_jax, back)
        train(stage, records, back, START + 1)
    state, row = state_of(with_tensorflow, STEPS), RunFolder(with_tensorflow).rows()[-1]
    for other in filter(Path.exists, (with_jax, back)):
        values, losses = distance(state, state_of(other, STEPS)), distance(row, RunFolder(other).rows()[-1])
        print(f"{stage}, {other.name}: {values:.0e} in variables, {losses:.0e} in losses and measures")
        assert values < 1e-4 and losses < 1e-4
    assert distance(state, state_of(with_jax, START), "generator/") > 1e-3


CHAIN = """
import json, pathlib
import numpy as np
from unmask.backend import load_backend
load_backend()
import keras
from triplets import MICRO
from unmask.cli import main
from unmask.presets import PRESETS
from unmask.training import callbacks

PRESETS["tiny"] = MICRO
callbacks.ROW_EVERY = 1

records, out = sys.argv[1:]
common = ["--records", records, "--preset", "tiny", "--batch-size", "4", "--val-steps", "1"]
for command in (
    ["train-mask", "--run", f"{out}/mask", "--steps", "2"],
    ["train-face", "--run", f"{out}/face", "--steps", "5", "--mask-run", f"{out}/mask", "--perceptual", "none"],
):
    main(command + common, standalone_mode=False)
photo = np.load(f"{out}/photo.npy")
for path in sorted(pathlib.Path(out).glob("*/*.keras")):
    network = keras.models.load_model(path)
    np.save(path.with_suffix(".npy"), network(photo[..., : network.inputs[0].shape[-1]]))
print(json.dumps([name for name, module in sys.modules.items() if name.startswith("tensorflow") and module]))
"""


def test_the_chain_trains_where_there_is_no_tensorflow_and_tensorflow_reads_its_networks(
    records: Path, tmp_path: Path
) -> None:
    photo = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 4)).astype(np.float32)
    np.save(tmp_path / "photo.npy", photo)
    assert json.loads(on_jax(CHAIN, records, tmp_path)[-1]) == []
    rows = RunFolder(tmp_path / "face").rows()
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    phases = {row["phase"]: {name for name in row if name.startswith("discriminator")} for row in rows}
    whole, region = "discriminator_whole", "discriminator_region"
    assert phases == {1: {whole}, 2: {whole, region}} and "val_psnr" in rows[-1]
    assert set(RunFolder(tmp_path / "face").config()["versions"]) == {"maskify", "keras", "jax", "numpy"}
    assert list((tmp_path / "face" / "samples").glob("*.png")) and list((tmp_path / "face").rglob("events*"))
    files = sorted(tmp_path.glob("*/*.keras"))
    assert [path.name for path in files] == ["face_generator.keras", "mask_generator.keras", "mask_generator.keras"]
    for path in files[:2]:
        network = keras.models.load_model(path)
        found = network(photo[..., : network.inputs[0].shape[-1]])
        np.testing.assert_allclose(found, np.load(path.with_suffix(".npy")), atol=1e-4)


@pytest.mark.slow
def test_what_is_tested_of_training_holds_on_jax_too() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "", "test_resume.py", "test_unmask_cli.py"]
    done = subprocess.run(command, cwd=HERE, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
