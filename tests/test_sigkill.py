"""A real SIGKILL after a step, in processes of their own, on preset tiny: the run goes on to the same bits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT
from triplets import write_records

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")]

PROGRAM = """
import os, signal, sys
from unmask.backend import load_backend
load_backend()
from unmask.training import callbacks
from unmask.cli import main

left = int(sys.argv.pop(1))
tick = callbacks.Ticking.on_train_batch_end
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def tick_and_die(self, batch, logs=None):
    tick(self, batch, logs)
    if self._clock.step == left:
        die()
def begin_and_die(self, batch, logs=None):
    if left < 0 and self._clock.step == -left:
        die()
callbacks.Ticking.on_train_batch_end = tick_and_die
callbacks.Ticking.on_train_batch_begin = begin_and_die
main()
"""


def unmask(die_at: int, *arguments: object) -> int:
    """Runs a command in a process that kills itself right after a step, before that has a checkpoint; a negative step
    is killed once all that belongs to it is done, before the next begins; 0 is for never."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(die_at), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, -9), done.stderr[-3000:]
    return done.returncode


def last_checkpoint(run: Path) -> bytes:
    return (sorted((run / "checkpoints").iterdir())[-1] / "state.npz").read_bytes()


def test_killed_runs_of_both_stages_end_with_the_bits_of_undisturbed_ones(tmp_path: Path) -> None:
    records = write_records(tmp_path / "records")
    common = ("--records", records, "--preset", "tiny", "--batch-size", 4, "--steps", 10, "--save-every", 1)
    face = ("--mask-run", tmp_path / "mask-whole", "--perceptual", "none")
    for stage, more, deaths in (("mask", (), (2, -4, 9)), ("face", face, (-1, 2, -4, 5, 8))):
        arguments = (f"train-{stage}", *common, *more, "--run")
        assert unmask(0, *arguments, tmp_path / f"{stage}-whole") == 0
        for step in deaths:  # in stage 2 phases begin at steps 1 and 4
            assert unmask(step, *arguments, tmp_path / f"{stage}-killed") == -9
        assert unmask(0, *arguments, tmp_path / f"{stage}-killed") == 0
        whole, killed = tmp_path / f"{stage}-whole", tmp_path / f"{stage}-killed"
        assert last_checkpoint(killed) == last_checkpoint(whole)
        assert (killed / "metrics.jsonl").read_text() == (whole / "metrics.jsonl").read_text()
