"""unmask.evaluation.workers: results in order, and processes that end with the main one, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from commands import ROOT
from doubling import doubled

from unmask.errors import UnmaskError
from unmask.evaluation.workers import map_ahead

PROGRAM = """
import os, time
from unmask.evaluation.workers import processes
with processes({count}) as pool:
    found = set()
    while len(found) < {count}:
        found |= {{task.result() for task in [pool.submit(os.getpid) for _ in range(20)]}}
    pool.submit(time.sleep, 100)  # one is at work, the others wait
    print(*found, flush=True)
    time.sleep(100)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order_and_errors_as_they_are(jobs: int) -> None:
    batches = [[1, 2, 3], [4], [5, 6]]
    assert list(map_ahead(jobs, doubled, batches)) == [2, 4, 6, 8, 10, 12]
    with pytest.raises(UnmaskError, match="-1 is negative"):
        list(map_ahead(jobs, doubled, [[1], [-1], [2]]))


def test_a_process_that_dies_is_an_error_that_names_the_option() -> None:
    with pytest.raises(UnmaskError, match="--jobs 1"):
        list(map_ahead(2, doubled, [[1, 99], [2]]))


def test_batches_are_made_two_ahead_and_no_further() -> None:
    made: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(5):
            made.append(number)
            yield [number]

    results = map_ahead(2, doubled, batches())
    next(results)
    assert made == [0, 1]
    next(results)
    assert made == [0, 1, 2]
    results.close()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("count", [1, 2])
def test_processes_end_soon_after_the_main_one_was_killed(count: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM.format(count=count)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        assert len(workers) == count and all(map(is_alive, workers))
        process.kill()
    until = time.monotonic() + 30
    while any(map(is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    left = [worker for worker in workers if is_alive(worker)]
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    assert left == []


def is_alive(process: int) -> bool:
    with suppress(OSError):
        os.kill(process, 0)
        return True
    return False
