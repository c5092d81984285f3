"""Processes of an evaluation: results in order, nothing left behind when it ends, however it ends."""

import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import TypeVar

import cv2
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.backend import resource_tracker

from unmask.errors import UnmaskError

Task = TypeVar("Task")
Result = TypeVar("Result")

_PATIENCE = 1.0  # seconds in which a process that is to be ended may finish what it is at
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def map_ahead(jobs: int, function: Callable[[Task], Result], batches: Iterable[Sequence[Task]]) -> Iterator[Result]:
    """Applies a function to the tasks of all batches, in order.

    While processes work on one batch the next is made: two are held at a time, however many there are.

    Args:
      jobs: processes; 1 works in this one, where a debugger sees it. The results are the same.
      function: picklable, with its tasks and results.
      batches: of tasks.

    Raises:
      UnmaskError: a process died. Exceptions of the function come as they are.
    """
    if jobs == 1:
        yield from (function(task) for batch in batches for task in batch)
        return
    waiting: deque[list[Future[list[Result]]]] = deque()
    with processes(jobs) as pool:
        for batch in batches:
            size = -(-len(batch) // jobs)
            parts = [batch[start : start + size] for start in range(0, len(batch), size)]
            waiting.append([pool.submit(_all, function, part) for part in parts])
            if len(waiting) == 2:
                yield from _results(waiting.popleft())
        while waiting:
            yield from _results(waiting.popleft())


def _all(function: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
    return [function(task) for task in tasks]


def _results(parts: Iterable[Future[list[Result]]]) -> Iterator[Result]:
    for part in parts:
        yield from part.result()


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes for as long as the block lasts; where there are several, each computes on one core.

    Raises:
      UnmaskError: one of them died.
    """
    environment = {name: os.environ.get(name, "1") for name in _ONE_THREAD} if count > 1 else {}
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)  # at a Ctrl-C
    pool = ProcessPoolExecutor(count, initializer=_begin, initargs=(os.getpid(),), env=environment)
    try:
        with _no_ctrl_c_for_children():
            pool.submit(os.getpid)  # starts the processes
        yield pool
    except BrokenProcessPool as error:
        raise UnmaskError(
            "A process of the evaluation died: out of memory, or a crash in a library. --jobs 1 and --no-fid need less "
            "memory; --jobs 1 shows a crash where it happens."
        ) from error
    except BaseException:
        with suppress(Exception):  # loky stumbles over a task that it was given at the very moment of its end
            pool.submit(os.getpid).result(timeout=_PATIENCE)
        raise
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _begin(main_process: int) -> None:
    """Lets SIGINT pass by this process, for the main one to act on, and ends it soon after that has died."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with, args=(main_process,), daemon=True).start()


def _end_with(main_process: int) -> None:
    while os.getppid() == main_process:
        time.sleep(0.25)
    os._exit(1)


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
