"""unmask.serving.storage: room for visitors' files, which ends, and their end."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from broken_files import saved
from commands import ROOT
from painters import masked_face
from PIL import Image

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'maskify[web]'")

from served import file_data, restore_aligned, serving

from unmask.restoration import Restoration
from unmask.serving.limits import MEGABYTE, Limits
from unmask.serving.storage import LEAST, PREFIX, own_storage
from unmask.serving.work import Unusable, Work

PHOTO = saved(Image.fromarray(masked_face(100)), "PNG")


def test_a_full_server_says_that_it_is_busy() -> None:
    def slow(photo: np.ndarray) -> Restoration:
        time.sleep(0.5)
        return restore_aligned(photo)

    with serving(slow, Limits(waiting=1, stored=MEGABYTE)) as server, ThreadPoolExecutor(12) as visitors:
        replies = list(visitors.map(lambda _: server.send(PHOTO), range(12)))
        answered = [reply for reply in replies if reply.results is not None]
        busy = [reply for reply in replies if reply.status == 503]
        assert answered and busy and len(answered) + len(busy) == 12
        large = server.upload(bytes(MEGABYTE))
        assert large.status_code == 503 and "Try again" in large.text


def test_what_is_on_its_way_counts_too() -> None:
    with serving(limits=Limits(stored=3 * MEGABYTE // 2)) as server:
        host, port = server.address.removeprefix("http://").split(":")
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: {MEGABYTE}\r\n"
        form = "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall((head + form).encode())
            end = time.monotonic() + 20
            while server.upload(bytes(MEGABYTE)).status_code == 200 and time.monotonic() < end:
                server.storage.sweep(0)  # the slow one has not been seen yet
            assert server.upload(bytes(MEGABYTE)).status_code == 503
        while server.upload(PHOTO).status_code == 503 and time.monotonic() < end:
            time.sleep(0.05)
        assert server.send(PHOTO).results is not None


def test_results_need_room_as_well() -> None:
    with own_storage(4 * LEAST) as storage:  # for the photo and three of the four results
        (storage.cache / "photo.png").write_bytes(PHOTO)
        work = Work(restore_aligned, storage, 1_000_000)
        with pytest.raises(Unusable, match="no room"):
            work.answer(str(storage.cache / "photo.png"))
        assert [path.name for path in storage.cache.iterdir()] == ["photo.png"]


def test_results_leave_room_for_what_is_on_its_way() -> None:
    with own_storage(MEGABYTE) as storage:
        (storage.cache / "photo.png").write_bytes(PHOTO)
        work = Work(restore_aligned, storage, 1_000_000)
        with storage.coming(MEGABYTE - 2 * LEAST), pytest.raises(Unusable, match="no room"):
            work.answer(str(storage.cache / "photo.png"))
        assert work.answer(str(storage.cache / "photo.png")).restored


def test_empty_files_fill_a_server_too() -> None:
    with own_storage(10 * LEAST) as storage:
        for number in range(10):
            with storage.coming(1):
                assert storage.has_room()
                (storage.cache / str(number)).touch()
        with storage.coming(1):
            assert not storage.has_room()


@pytest.mark.parametrize("size", [1, 3_000_000], ids=["in one piece", "in many pieces"])
def test_an_upload_is_one_file(size: int) -> None:
    with serving() as server:
        files = [("files", (f"{number}.png", bytes([number]) * size)) for number in range(3)]
        refused = server.client.post("/gradio_api/upload", files=files)
        assert (refused.status_code, refused.text) == (400, "Send one file at a time.")
        assert server.files() == []
        assert server.client.post("/gradio_api/upload", files=files[:1]).status_code == 200


KILLED = """
import os, signal
from unmask.serving.storage import own_storage
with own_storage(1) as storage:
    (storage.cache / "photo.png").touch()
    print(storage.cache.parent, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_what_a_killed_server_left_is_removed_by_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, capture_output=True, text=True)
    left, others = Path(killed.stdout.strip()), tmp_path / f"{PREFIX}notes"
    others.mkdir()
    assert left.parent == tmp_path and (left / "cache" / "photo.png").exists()
    with own_storage(1) as first, own_storage(1) as second:
        assert first.cache.is_dir() and second.cache.is_dir() and others.is_dir() and not left.exists()
    assert list(tmp_path.iterdir()) == [others]


def test_files_are_deleted_after_a_while() -> None:
    with serving(limits=Limits(kept=0.5)) as server:
        reply = server.send(PHOTO)
        assert reply.results is not None and len(server.files()) == 5
        end = time.monotonic() + 20
        while any(server.storage.cache.iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        assert list(server.storage.cache.iterdir()) == []
        late = server.call(file_data(reply.results[0]["path"]))
        assert late.status == 404 and "kept for some minutes" in late.error
    assert not server.storage.cache.parent.exists()
