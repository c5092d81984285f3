"""Processes that score pictures: as many as there are cores, results in order, nothing left behind."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

import cv2
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.backend import resource_tracker

from unmask.errors import UnmaskError

Task = TypeVar("Task")
Result = TypeVar("Result")

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def map_ahead(jobs: int, function: Callable[[Task], Result], batches: Iterable[list[Task]]) -> Iterator[Result]:
    """Applies a function to the tasks of all batches, in order.

    While processes work on one batch the next is made: two are held at a time, however many there are.

    Args:
      jobs: processes; 1 works in this one, where a debugger sees it. The results are the same.
      function: picklable, with its tasks and results.
      batches: of tasks.

    Raises:
      UnmaskError: a process died. Exceptions of the function come as they are.
    """
    waiting: deque[Iterator[Result]] = deque()
    with _processes(jobs) as apply:
        for batch in batches:
            waiting.append(apply(function, batch))
            if len(waiting) == 2:
                yield from waiting.popleft()
        while waiting:
            yield from waiting.popleft()


@contextmanager
def _processes(jobs: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Gives something that works as `map`."""
    if jobs == 1:
        yield map
        return
    environment = {name: os.environ.get(name, "1") for name in _ONE_THREAD}  # processes are the parallel unit
    pool = ProcessPoolExecutor(jobs, initializer=_begin, env=environment)
    try:
        with _no_ctrl_c_for_children():
            pool.submit(_begin)  # starts the processes
        yield pool.map
    except BrokenProcessPool as error:
        raise UnmaskError(
            "A process that scores pictures died: out of memory, or a crash in a library. With --jobs 1 it needs less "
            "memory, and shows a crash where it happens."
        ) from error
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _begin() -> None:
    """Lets SIGINT pass by this process, for the main one to act on; one thread, as there are many processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


@contextmanager
def _no_ctrl_c_for_children() -> Iterator[None]:
    """Processes started within the block have SIGINT blocked: a terminal sends it to all of them."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # starting it later would unblock SIGINT; it ignores it by itself
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
