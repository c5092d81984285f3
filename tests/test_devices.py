"""unmask.training.devices: two devices see the losses of one with the same global batch."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from on_jax import on_jax
from triplets import write_records

from unmask.errors import UnmaskError
from unmask.training.devices import choose_devices

HERE = Path(__file__).parent

TWO_DEVICES = """
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
"""

PROGRAM = """
import sys, json, pathlib
from triplets import run, settings_for
from unmask.training import schedule
from unmask.training.run_folder import RunFolder
from unmask.training.settings import Running

schedule.PHASES = (0.0, 0.0, 0.0)  # both discriminators from the first step

stage = sys.argv.pop(1)
records, out = map(pathlib.Path, sys.argv[1:])
for devices in (1, 2):
    path, running = out / f"{stage}{devices}", Running(save_every=3, devices=devices)
    run(records, path, settings_for(stage, records, 6), running, validate=stage == "mask")
    print(json.dumps(RunFolder(path).rows()))
path = out / f"{stage}1"  # a run can go on with other devices
running = Running(save_every=3, devices=2, from_checkpoint=3)
run(records, path, settings_for(stage, records, 6), running, validate=stage == "mask")
print(json.dumps(RunFolder(path).rows()[-1:]))
"""


def on_tensorflow(program: str, *arguments: object) -> list[str]:
    command = [sys.executable, "-c", TWO_DEVICES + program, *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


@pytest.mark.parametrize("stage", ["mask", pytest.param("face", marks=pytest.mark.slow)])
@pytest.mark.parametrize("start", [on_tensorflow, pytest.param(on_jax, marks=needs_jax)])
def test_two_devices_have_the_losses_of_one_with_the_same_global_batch(
    tmp_path: Path, start: Callable[..., list[str]], stage: str
) -> None:
    records = write_records(tmp_path / "records", validation=5)
    one_device, two_devices, gone_on = map(json.loads, start(PROGRAM, stage, records, tmp_path)[-3:])
    assert len(one_device) == 2
    for one, two in ((one_device, two_devices), (one_device[-1:], gone_on)):
        for row, other in zip(one, two, strict=True):
            assert row.keys() == other.keys()
            for name, value in row.items():
                assert other[name] == pytest.approx(value, rel=2e-3, abs=1e-4), name


def test_a_batch_must_be_shared_evenly_and_devices_must_be_there() -> None:
    with pytest.raises(UnmaskError, match="--devices 64, but there are"):
        choose_devices(64, 64)
