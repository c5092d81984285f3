"""Whatever happens to a build on its way, the same command ends it with the bytes of an undisturbed one."""

import ctypes
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ROOT, maskify
from fakes import FakeFound, FakeSynthesizer, files_of, make_fake, named, reference, run_build
from test_stopping import HERE, members, wait_for

from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError
from maskify.files import AtomicFile
from maskify.folder import INFO_FILE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)])}


def kill_again_and_again(folder: Path, times: int) -> list[Path]:
    """Starts the same build many times, kills it at a random moment of each; returns the folders it has worked in.

    A build goes on where it was killed; once it is finished, another begins.
    """
    moments = random.Random(times)
    outs = [folder / "0"]
    for number in range(times):
        command = [sys.executable, str(HERE / "fakes.py"), str(outs[-1]), "--jobs", "2"]
        process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(moments.uniform(0.3, 2.2))  # from the imports to the last shards
        process.kill()
        process.wait()
        if (outs[-1] / INFO_FILE).exists():
            outs.append(folder / str(number + 1))
    return [out for out in outs if out.exists()]


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_build_killed_at_random_moments_ends_with_the_same_bytes(tmp_path: Path, times: int) -> None:
    for out in kill_again_and_again(tmp_path, times):
        run_build(out, jobs=2)
        assert files_of(out) == reference()


STOPPED_WHILE = {
    "listing": "import maskify.photos; maskify.photos.list_photos = wait",
    "checking": "import maskify.worker; maskify.worker.check_shard = wait",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", STOPPED_WHILE)
def test_a_build_can_be_stopped_before_its_first_shard(
    tmp_path: Path, records: Path, sample_photos: Path, phase: str, number: signal.Signals
) -> None:
    out = Path(shutil.copytree(records, tmp_path / "records"))
    before = files_of(out)
    arguments = ["build", "--src", sample_photos, "--out", out, "--image-size", 128, "--lossless"]
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def wait(*_):\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(60)\n"
        f"{STOPPED_WHILE[phase]}\n"
        "from maskify.cli import main\n"
        f"main({list(map(str, arguments))})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "waiting\n"
    sent = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - sent < 5 and process.returncode == 128 + number
    assert "Stopped" in stderr and "The same command" in stderr and "Traceback" not in stderr
    assert files_of(out) == before


class Stuck(FakeSynthesizer):
    """Its photo takes a minute, in a call that lets no other thread of Python run."""

    def find(self, photo: object) -> FakeFound:
        ctypes.PyDLL(None).sleep(60)
        raise AssertionError


def make_stuck(config: SynthesisConfig) -> Stuck:
    return Stuck(config)


def test_a_photo_that_takes_for_ever_does_not_keep_a_build_from_stopping(tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from fakes import run_build; from test_nothing_lost import make_stuck\n"
        f"run_build(Path({str(out)!r}), jobs=2, make_synthesizer=make_stuck)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: len(list(out.glob(".*.tmp"))) == 6)  # three for each worker
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - sent < 5 and "Stopped: 0 of 12 shards are done." in stderr
    wait_for(lambda: members(process.pid) == [], 3)
    assert not list(out.glob(".*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 256 kB; half of what the build of 160 photos needs."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_an_error_that_names_it_and_keeps_what_is_done(small_disk: Path) -> None:
    out = small_disk / "out"
    with pytest.raises(MaskifyError, match=rf"{out} cannot be (written|used): No space left on device"):
        run_build(out, jobs=2)
    kept = files_of(out)
    assert len([name for name in kept if name.endswith(".tfrecord")]) >= 2
    assert kept.items() <= reference().items()
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    assert run_build(out, jobs=2).resumed_shards >= 2
    assert files_of(out) == reference()


def make_fake_on_a_full_disk(config: SynthesisConfig) -> FakeSynthesizer:
    """The disk fills up after forty photos of this process; it must be a worker's."""
    written = []
    write = AtomicFile.write

    def fill_up(file: AtomicFile, data: bytes) -> None:
        written.append(len(data))
        if len(written) > 80:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, data)

    AtomicFile.write = fill_up  # type: ignore[method-assign]
    return make_fake(config)


def test_a_disk_that_fills_up_under_a_worker_ends_the_build_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match=rf"{tmp_path} cannot be written: No space left on device.* are kept"):
        run_build(tmp_path, jobs=2, make_synthesizer=make_fake_on_a_full_disk)
    kept = files_of(tmp_path)
    assert kept.items() <= reference().items() and len(kept) >= 1 + 2 * 2
    run_build(tmp_path)
    assert files_of(tmp_path) == reference()


def test_inspect_names_every_kind_of_damage_and_the_next_build_repairs_it(tmp_path: Path, sample_photos: Path) -> None:
    out, other = tmp_path / "records", tmp_path / "other"
    common = ["build", "--src", sample_photos, "--image-size", 64, "--limit", 10, "--shard-size", 1, "--jobs", 1]
    assert maskify(*common, "--out", out).exit_code == maskify(*common, "--out", other, "--seed", 1).exit_code == 0
    whole = files_of(out)
    flipped, cut, missing, foreign, *_ = sorted(out.glob("*.tfrecord"))
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 1
    flipped.write_bytes(data)
    cut.write_bytes(cut.read_bytes()[:-100])
    missing.unlink()
    for path in (foreign, out / f"{foreign.stem}.manifest.jsonl"):
        shutil.copy(other / path.name, path)
    found = maskify("inspect", out, "--verify")
    assert found.exit_code == 1
    for path, words in ((flipped, "checksum"), (cut, "bytes"), (missing, "missing"), (foreign, "of another build")):
        assert any(path.stem in line and words in line for line in found.stdout.splitlines()), (path.name, found.stdout)
    done = maskify(*common, "--out", out)
    assert done.exit_code == 0 and done.stderr.count("The shard is built again.") == 3
    assert all(path.stem in done.stderr for path in (flipped, cut, foreign))
    assert files_of(out) == whole
    assert maskify("inspect", out, "--verify").exit_code == 0
    assert (out / INFO_FILE).exists()


def test_workers_check_what_is_there_where_that_is_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_build(tmp_path)
    next(tmp_path.glob("test*.tfrecord")).write_bytes(b"damaged")
    monkeypatch.setattr("maskify.pipeline._LITTLE", 0)
    assert run_build(tmp_path, jobs=2).resumed_shards == 11
    assert files_of(tmp_path) == reference()


def test_a_photo_named_like_a_temporary_file_is_no_trouble(tmp_path: Path) -> None:
    run_build(tmp_path, named("train-00000-of-00001.tfrecord.0.tmp", ".lock"))
    assert len(list(tmp_path.glob("*.tfrecord"))) == 1
