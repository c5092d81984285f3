"""Where shards are worked on: in this process, in processes of this machine, or on a cluster."""

import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import LifoQueue
from typing import Protocol, TypeVar

from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import ProcessPoolExecutor

from maskify.stopping import ignore_ctrl_c, no_ctrl_c_for_children

Task = TypeVar("Task")
Result = TypeVar("Result")

PHOTOS_PER_WORKER = 200
"""With fewer, a further worker takes longer to load its models than it saves."""

MOST_UNEXPLAINED = 3
"""Deaths of workers over one task, none of them at a photo, after which a build gives up."""

_FILES_PER_WORKER, _OTHER_FILES = 10, 200  # open files; seven for each of loky's executors
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class WorkerDied(Exception):
    """The process that worked on a task is gone, and nothing came back from it."""


@dataclass(frozen=True)
class Backend:
    """Where the work is done.

    Attributes:
      name: "loky" (processes of this machine), "dask", "ray" or "spark".
      jobs: shards in work at once; 1 means in this process with loky, -1 one per core, or all that a cluster takes.
      cluster: address of the cluster; None with loky.
    """

    name: str = "loky"
    jobs: int = 1
    cluster: str | None = None

    @property
    def is_cluster(self) -> bool:
        return self.name != "loky"


class Workers(Protocol):
    """Something that tasks can be given to.

    Attributes:
      slots: how many tasks it takes at once.
    """

    slots: int

    def run(self, function: Callable[[Task], Result], task: Task) -> Result:
        """Runs a task and waits for it; called by several threads at once.

        Raises:
          WorkerDied: the process is gone. Exceptions of the task come as they are.
        """

    def stop(self) -> None:
        """Ends all that is still at work."""


class ThisProcess:
    """No worker at all: the same work, where a debugger sees it."""

    slots = 1

    def run(self, function: Callable[[Task], Result], task: Task) -> Result:
        return function(task)

    def stop(self) -> None:
        pass


class LocalProcesses:
    """Processes of this machine, each the only one of its pool, so that none is ended by the death of another.

    Args:
      count: of processes; they are started at once.
    """

    def __init__(self, count: int):
        self.slots = count
        _allow_open_files(_FILES_PER_WORKER * count + _OTHER_FILES)
        self._lock = threading.Lock()
        self._stopped = False
        self._pools: list[ProcessPoolExecutor] = []
        self._idle: LifoQueue[ProcessPoolExecutor] = LifoQueue()  # last in, first out: few tasks, few models loaded
        try:
            for _ in range(count):
                self._idle.put(self._new_pool())
        except BaseException:
            self.stop()
            raise

    def run(self, function: Callable[[Task], Result], task: Task) -> Result:
        pool = self._idle.get()
        try:
            return pool.submit(function, task).result()
        except BrokenProcessPool as error:
            pool.shutdown(wait=True, kill_workers=True)
            pool = self._new_pool()
            raise WorkerDied from error
        finally:
            self._idle.put(pool)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
        for pool in self._pools:
            pool.shutdown(wait=True, kill_workers=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._stopped:
                raise WorkerDied
            environment = {name: os.environ.get(name, "1") for name in _ONE_THREAD}  # processes are the parallel unit
            pool = ProcessPoolExecutor(max_workers=1, env=environment)
            self._pools.append(pool)
            with no_ctrl_c_for_children():
                pool.submit(ignore_ctrl_c)  # starts the process
            return pool


def run_tasks(
    backend: Backend,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    deaths_explained: Callable[[Task], int] = lambda task: 0,
) -> Generator[Result, None, None]:
    """Runs all tasks and yields their results as they come. A task whose worker dies is run again.

    An exception, of a task or of a signal, ends the workers before it goes on; so does closing the iterator.

    Args:
      backend: where.
      function: what to do with a task; it and the tasks can be pickled unless all is done in this process.
      tasks: in the order in which they are begun.
      deaths_explained: how many deaths over a task have left a trace; it gives up after `MOST_UNEXPLAINED` others.

    Raises:
      WorkerDied: again and again.
      MaskifyError: there is no such cluster, or what a task raised.
    """
    if not tasks:
        return
    workers = open_workers(backend, len(tasks))
    try:
        parallel = Parallel(n_jobs=workers.slots, backend="threading", return_as="generator_unordered", batch_size=1)
        results = parallel(delayed(_persist)(workers, function, task, deaths_explained) for task in tasks)
        with warnings.catch_warnings(), closing(results):
            warnings.simplefilter("ignore")  # joblib's, about tasks that a stopped build leaves undone
            yield from results
    finally:
        workers.stop()


def open_workers(backend: Backend, tasks: int) -> Workers:
    """Starts or finds the workers for so many tasks."""
    if backend.is_cluster:
        from maskify.cluster import connect

        return connect(backend.name, backend.cluster or "", backend.jobs, tasks)
    if backend.jobs == 1:
        return ThisProcess()
    return LocalProcesses(min(effective_n_jobs(backend.jobs), tasks))


def enough_jobs(backend: Backend, photos: int) -> int:
    """How many jobs so many photos are worth, where nothing is said: all of a cluster's, or at most one per core."""
    if backend.is_cluster:
        return -1
    return max(1, min(effective_n_jobs(-1), photos // PHOTOS_PER_WORKER))


def _persist(
    workers: Workers, function: Callable[[Task], Result], task: Task, deaths_explained: Callable[[Task], int]
) -> Result:
    explained = unexplained = 0
    while True:
        try:
            return workers.run(function, task)
        except WorkerDied:
            before, explained = explained, deaths_explained(task)
            unexplained += explained == before
            if unexplained == MOST_UNEXPLAINED:
                raise


def _allow_open_files(count: int) -> None:
    """Raises this process's soft limit of open files, where the system has one and lets it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def check_backend(backend: Backend) -> None:
    """Raises MaskifyError where it is clear from the start that a backend cannot work."""
    if backend.is_cluster:
        from maskify.cluster import check_cluster

        check_cluster(backend.name, backend.cluster or "")
