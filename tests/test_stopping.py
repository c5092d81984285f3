"""maskify.stopping: a build that is killed or stopped leaves no process and no half file, and can go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import files_of, make_slow_fake, reference, run_build

from maskify.folder import INFO_FILE

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def start(out: Path, jobs: int) -> subprocess.Popen[str]:
    """The same build as the reference, slower, in a process group of its own; waits until shards are there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    command = [sys.executable, str(HERE / "fakes.py"), str(out), "--jobs", str(jobs)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: len(list(out.glob("*.tfrecord"))) >= 2 and any(out.glob(".*.tmp")))
    return process


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def members(group: int) -> list[int]:
    """Living processes of a process group."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "records"
    process = start(out, jobs)
    process.kill()
    process.communicate()
    assert not (out / INFO_FILE).exists()
    summary = run_build(out, make_synthesizer=make_slow_fake, jobs=jobs)
    assert 2 <= summary.resumed_shards < 12
    assert files_of(out) == reference()
    wait_for(lambda: members(process.pid) == [])  # the workers noticed that their build was killed


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_stopped_build_says_how_to_go_on_and_leaves_nothing_behind(
    tmp_path: Path, jobs: int, number: signal.Signals, whole_group: bool
) -> None:
    out = tmp_path / "records"
    process = start(out, jobs)
    sent = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, number)  # a terminal's Ctrl-C reaches the whole group
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - sent < 5 and process.returncode == 128 + number
    done = len(list(out.glob("*.tfrecord")))
    assert stderr.endswith(f"Stopped: {done} of 12 shards are done. The same command goes on from there.\n")
    assert "Traceback" not in stderr and "Warning" not in stderr
    wait_for(lambda: members(process.pid) == [], 3)
    assert not [name for name in files_of(out) if name.startswith(".")] and not (out / INFO_FILE).exists()
    run_build(out)
    assert files_of(out) == reference()


LEAVES = """
from maskify.stopping import no_ctrl_c_for_children
with no_ctrl_c_for_children():
    pass
from joblib.externals.loky.backend import resource_tracker
resource_tracker.register("/nowhere/at/all", "folder")
"""


def test_what_is_gone_already_is_no_talk_for_the_user() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == ""
