"""maskify.cluster: a Dask cluster of two processes on this machine writes the bytes of a local build, come what may."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cloudpickle
import pytest
from commands import maskify
from fakes import files_of, named, reference, run_build
from test_pipeline import fail_at_once
from test_stopping import members, wait_for

from maskify import cluster as clusters
from maskify.errors import MaskifyError
from maskify.execution import Backend, check_backend, run_tasks
from maskify.folder import INFO_FILE
from maskify.locking import LOCK_FILE

HERE = Path(__file__).parent
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def new_cluster(workers: int, threads: int = 1) -> "distributed.LocalCluster":
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=threads, processes=True, host="127.0.0.1", silence_logs=50,
        dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0",
    )  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator["distributed.LocalCluster"]:
    with new_cluster(2) as running:
        yield running


@pytest.fixture
def src(tmp_path: Path) -> Path:
    """A folder that a cluster's workers find photos in; the fake ones need not be there."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.jpg").touch()
    return tmp_path / "src"


def start(out: Path, src: Path, address: str) -> subprocess.Popen[str]:
    """The same build as the reference on a cluster, slower, as a process of its own; waits until shards are there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    command = [sys.executable, HERE / "fakes.py", out, "--src", src, "--cluster", address, "--jobs", "-1"]
    process = subprocess.Popen(
        list(map(str, command)), env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: len(list(out.glob("*.tfrecord"))) >= 2 and any(out.glob(".*.tmp")))
    return process


def test_the_real_command_writes_the_same_bytes_as_on_one_machine(
    tmp_path: Path, cluster: "distributed.LocalCluster", sample_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the workers are not
    build = ["build", "--src", sample_photos, "--image-size", 64, "--limit", 4, "--shard-size", 1]
    done = maskify(*build, "--out", "dask", "--backend", "dask", "--cluster", cluster.scheduler_address)
    assert done.exit_code == 0 and "4 of 4 photos written" in done.stdout
    assert maskify(*build, "--out", tmp_path / "here", "--jobs", 1).exit_code == 0
    assert files_of(tmp_path / "dask") == files_of(tmp_path / "here")


def test_both_workers_write_their_shards_themselves_and_send_statistics(
    tmp_path: Path, src: Path, cluster: "distributed.LocalCluster"
) -> None:
    summary = run_build(tmp_path / "out", src=src, backend="dask", cluster=cluster.scheduler_address, jobs=-1)
    assert files_of(tmp_path / "out") == reference() and summary.total.records == 170
    again = run_build(tmp_path / "out", src=src, backend="dask", cluster=cluster.scheduler_address, jobs=-1)
    assert again.resumed_shards == 12


def test_a_worker_killed_in_the_middle_costs_nothing(
    tmp_path: Path, src: Path, cluster: "distributed.LocalCluster"
) -> None:
    out = tmp_path / "out"
    process = start(out, src, cluster.scheduler_address)
    victim = next(iter(cluster.workers.values())).pid
    os.kill(victim, signal.SIGKILL)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert files_of(out) == reference()


def test_photos_that_kill_their_process_are_listed_as_on_one_machine(
    tmp_path: Path, src: Path, cluster: "distributed.LocalCluster"
) -> None:
    photos = named("a", "b", "deadly", "deadly-killed", src=src)  # four deaths over one shard: Dask gives it up once
    at = {"backend": "dask", "cluster": cluster.scheduler_address, "jobs": -1}
    summary = run_build(tmp_path / "dask", photos, src=src, max_skip=0.5, **at)
    assert summary.total.reasons == {"crashed_worker": 2} and summary.total.written == 2
    run_build(tmp_path / "here", photos, src=src, jobs=2, max_skip=0.5)
    assert files_of(tmp_path / "dask") == files_of(tmp_path / "here")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_stopped_build_stops_its_workers_too(
    tmp_path: Path, src: Path, cluster: "distributed.LocalCluster", number: signal.Signals
) -> None:
    out = tmp_path / "out"
    process = start(out, src, cluster.scheduler_address)
    sent = time.monotonic()
    os.kill(process.pid, number)
    _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - sent < 5 and process.returncode == 128 + number
    assert "of 12 shards are done. The same command goes on from there.\n" in stderr
    assert "Traceback" not in stderr and "Error" not in stderr
    with distributed.Client(cluster, set_as_default=False) as client:
        wait_for(lambda: not any(client.processing().values()))  # what was at work has noticed
    assert not [name for name in files_of(out) if name.startswith(".") or name == INFO_FILE]
    assert members(process.pid) == []
    run_build(out, src=src)
    assert files_of(out) == reference()


def test_a_killed_build_goes_on_to_the_same_bytes_while_its_workers_are_still_at_it(
    tmp_path: Path, src: Path, cluster: "distributed.LocalCluster"
) -> None:
    out = tmp_path / "out"
    process = start(out, src, cluster.scheduler_address)
    process.kill()
    process.communicate()
    assert (out / LOCK_FILE).exists()
    run_build(out, src=src, backend="dask", cluster=cluster.scheduler_address, jobs=-1)
    with distributed.Client(cluster, set_as_default=False) as client:
        wait_for(lambda: not any(client.processing().values()))
    assert files_of(out) == reference()


@pytest.mark.slow
def test_threads_of_one_worker_take_turns(tmp_path: Path, src: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with new_cluster(1, threads=3) as running:
        run_build(tmp_path / "out", src=src, backend="dask", cluster=running.scheduler_address, jobs=-1)
    assert files_of(tmp_path / "out") == reference()
    assert "--nthreads 1" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_or_has_no_worker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(MaskifyError, match=f"No dask cluster answers at --cluster {address}"):
        list(run_tasks(Backend("dask", -1, address), str, [1]))
    with new_cluster(0) as empty, pytest.raises(MaskifyError, match="has no worker yet"):
        list(run_tasks(Backend("dask", -1, empty.scheduler_address), str, [1]))


@pytest.mark.parametrize("name", clusters.PACKAGES)
def test_a_missing_package_is_an_error_that_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, clusters.PACKAGES[name], None)
    with pytest.raises(MaskifyError, match=rf'pip install "maskify\[{name}\]"'):
        check_backend(Backend(name, -1, "host"))


def far_away(function: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """The function as it arrives at another machine."""
    return pickle.loads(cloudpickle.dumps(function))


class FakeRay(ModuleType):
    """As much of Ray as maskify uses, without its processes."""

    def __init__(self) -> None:
        super().__init__("ray")
        crashed = type("Crashed", (Exception,), {})
        self.exceptions = SimpleNamespace(WorkerCrashedError=crashed, NodeDiedError=crashed, OutOfMemoryError=crashed)
        self.crashes: list[Exception] = []

    def init(self, address: str, **_: object) -> None:
        assert address == "auto"
        self.crashes = [self.exceptions.WorkerCrashedError(), self.exceptions.NodeDiedError()]

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def remote(self, **_: object) -> Callable[[Callable[[bytes], object]], object]:
        return lambda function: SimpleNamespace(remote=lambda payload: (far_away(function), payload))

    def get(self, sent: tuple[Callable[[bytes], object], bytes]) -> object:
        if self.crashes:
            raise self.crashes.pop()
        function, payload = sent
        return function(payload)

    def shutdown(self) -> None:
        self.crashes = [RuntimeError("used after its end")]


class FakeSpark:
    """As much of a Spark session, its builder and its context as maskify uses."""

    defaultParallelism = 2

    def __getattr__(self, name: str) -> object:
        return self if name in ("builder", "sparkContext") else lambda *_: self

    def parallelize(self, payloads: list[bytes], partitions: int) -> "FakeSpark":
        partition = FakeSpark()
        partition.__dict__["collect"] = lambda: [partition.function(payload) for payload in payloads]
        partition.__dict__["map"] = lambda function: partition.__dict__.update(function=far_away(function)) or partition
        return partition


@pytest.mark.parametrize(("name", "address"), [("ray", "auto"), ("spark", "local[2]")])
def test_ray_and_spark_are_asked_for_the_same_work(
    name: str, address: str, tmp_path: Path, src: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark = SimpleNamespace(SparkSession=FakeSpark())
    modules = {"ray": FakeRay(), "pyspark": spark, "pyspark.sql": spark}
    modules["py4j.protocol"] = SimpleNamespace(Py4JError=ConnectionError)
    for module, stand_in in modules.items():
        monkeypatch.setitem(sys.modules, module, stand_in)
    monkeypatch.setattr("maskify.workplace._LOCK_SECONDS", 0.0)  # what is sent out after an error ends at once
    at = {"backend": name, "cluster": address, "jobs": -1, "src": src}
    run_build(tmp_path / "out", **at)
    assert files_of(tmp_path / "out") == reference()
    with pytest.raises(MaskifyError, match="no landmark model"):
        run_build(tmp_path / "failed", make_synthesizer=fail_at_once, **at)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_ends_the_build_and_keeps_its_shards(tmp_path: Path, src: Path) -> None:
    with new_cluster(1) as running:
        process = start(tmp_path / "out", src, running.scheduler_address)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1 and "is gone. Complete shards are kept" in stderr
    run_build(tmp_path / "out", src=src)
    assert files_of(tmp_path / "out") == reference()
