"""Workers on a cluster: Dask, Ray or Spark. Each task goes out as it is, and its result comes back."""

import logging
import pickle
import re
import secrets
import signal
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, TypeVar

import click

from maskify.errors import MaskifyError
from maskify.execution import WorkerDied, Workers

Task = TypeVar("Task")
Result = TypeVar("Result")

PACKAGES = {"dask": "distributed", "ray": "ray", "spark": "pyspark"}
"""What each backend needs; the extras of setup.cfg have the backends' names."""

CONNECT_SECONDS = 20

_HOST_AND_PORT = re.compile(r"(\w+://)?\[?(?P<host>[\w.:-]+?)\]?:(?P<port>\d{1,5})")
_AHEAD = 2  # tasks per worker: the next one is there when it ends one


def connect(name: str, address: str, jobs: int, tasks: int) -> Workers:
    """Connects to a cluster.

    Args:
      name: "dask", "ray" or "spark".
      address: what the cluster goes by: tcp://host:8786, ray://host:10001, spark://host:7077 and so on.
      jobs: tasks at once; -1 means twice as many as there are workers.
      tasks: how many there are in all.

    Raises:
      MaskifyError: a package is missing, nothing answers at the address, or there is no worker.
    """
    check_cluster(name, address)
    with _signal_handlers_kept():  # Ray and Spark install their own, which would end the build in their way
        workers = _KINDS[name](address)
    if not workers.slots:
        workers.stop()
        raise MaskifyError(f"The {name} cluster at {address} has no worker yet. Start some, then build.")
    workers.slots = min(tasks, workers.slots * _AHEAD if jobs < 1 else jobs)
    return workers


def check_cluster(name: str, address: str) -> None:
    """Raises MaskifyError where the package that a backend needs is missing, or nothing listens at host:port."""
    try:
        import_module(PACKAGES[name])
    except ImportError as error:
        raise MaskifyError(
            f"--backend {name} needs a package that is not installed ({error}). "
            f'Install it with: pip install "maskify[{name}]"'
        ) from error
    found = _HOST_AND_PORT.fullmatch(address)  # other addresses pass, such as Ray's "auto"
    if found:
        try:  # Ray would try for minutes
            socket.create_connection((found["host"], int(found["port"])), CONNECT_SECONDS).close()
        except OSError as error:
            raise _no_answer(name, address, error) from error


class ClusterWorkers(ABC):
    """Workers on other machines. What they are to do travels as bytes: one without maskify says so, and does not die.

    Attributes:
      slots: how many tasks are sent out at once.
    """

    slots: int

    def run(self, function: Callable[[Task], Result], task: Task) -> Result:
        """Runs a task and waits for it; see `Workers`."""
        try:
            return self._call(_unpack_and_run(), pickle.dumps((function, task)))
        except ImportError as error:
            raise MaskifyError(
                f"A machine of the cluster cannot run maskify ({error}). Install it there in the same version."
            ) from error

    @abstractmethod
    def _call(self, function: Callable[[bytes], Any], payload: bytes) -> Any: ...

    @abstractmethod
    def stop(self) -> None: ...


class DaskWorkers(ClusterWorkers):
    """The workers of a Dask scheduler."""

    def __init__(self, address: str):
        import distributed

        try:
            self._client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="maskify")
        except (OSError, ValueError) as error:  # a timeout is an OSError
            raise _no_answer("dask", address, error) from error
        with suppress(TimeoutError):  # a cluster that adapts starts its first worker for this
            self._client.submit(int, pure=False).result(timeout=CONNECT_SECONDS)
        threads = list(self._client.nthreads().values())
        self.slots = len(threads)
        self._address = address
        if any(count > 1 for count in threads):
            click.echo(
                f"The Dask workers at {address} have up to {max(threads)} threads; maskify uses one in each process. "
                "Start them with --nthreads 1 and more --nworkers to use all cores.",
                err=True,
            )

    def _call(self, function: Callable[[bytes], Any], payload: bytes) -> Any:
        from distributed import KilledWorker

        future = self._client.submit(function, payload, key=f"maskify-{secrets.token_hex(8)}", pure=False)
        try:
            return future.result()
        except KilledWorker as error:  # Dask has tried it on several workers
            raise WorkerDied from error
        except CancelledError as error:
            raise MaskifyError(
                f"The Dask scheduler at {self._address} is gone. "
                "Complete shards are kept; the same command goes on from there."
            ) from error

    def stop(self) -> None:
        for name in ("asyncio", "distributed", "tornado.application"):  # what Dask was just fetching or sending
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client.close(timeout=2)  # what nobody waits for is cancelled


class RayWorkers(ClusterWorkers):
    """The nodes of a Ray cluster, one CPU for each task."""

    def __init__(self, address: str):
        import ray

        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise _no_answer("ray", address, error) from error
        self._ray = ray
        self.slots = int(ray.cluster_resources().get("CPU", 0))

    def _call(self, function: Callable[[bytes], Any], payload: bytes) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(self._ray.remote(num_cpus=1, max_retries=0)(function).remote(payload))
        except (errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError) as error:
            raise WorkerDied from error

    def stop(self) -> None:
        self._ray.shutdown()  # what is at work ends with its driver


class SparkWorkers(ClusterWorkers):
    """The executors of a Spark cluster; each task is a job of one partition."""

    def __init__(self, address: str):
        from pyspark.sql import SparkSession

        try:
            self._session = SparkSession.builder.master(address).appName("maskify").getOrCreate()
        except Exception as error:  # py4j's own kinds
            raise _no_answer("spark", address, error) from error
        self._context = self._session.sparkContext
        self.slots = self._context.defaultParallelism

    def _call(self, function: Callable[[bytes], Any], payload: bytes) -> Any:
        from py4j.protocol import Py4JError

        def outcome(payload: bytes) -> tuple[Any, Exception | None]:  # Spark would give exceptions back as text
            try:
                return function(payload), None
            except Exception as error:
                return None, error

        try:
            [(result, error)] = self._context.parallelize([payload], 1).map(outcome).collect()
        except Py4JError as error:  # Spark has tried it several times
            raise WorkerDied from error
        if error is not None:
            raise error
        return result

    def stop(self) -> None:
        self._context.cancelAllJobs()
        self._session.stop()


_KINDS: dict[str, Callable[[str], ClusterWorkers]] = {"dask": DaskWorkers, "ray": RayWorkers, "spark": SparkWorkers}


def _unpack_and_run() -> Callable[[bytes], Any]:
    """A function that travels by value, as it is inside another: it can be called where there is no maskify."""

    def unpack_and_run(payload: bytes) -> Any:
        import pickle

        function, task = pickle.loads(payload)
        return function(task)

    return unpack_and_run


def _no_answer(name: str, address: str, error: Exception) -> MaskifyError:
    return MaskifyError(f"No {name} cluster answers at --cluster {address}: {' '.join(str(error).split())[:200]}")


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])
