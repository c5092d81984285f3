"""A server in this process, with a painter instead of networks, and what visitors do."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from painters import BluePainter

from unmask.restoration import Restoration, Restore, aligned_place, restore_places
from unmask.serving.command import load_gradio
from unmask.serving.limits import Limits
from unmask.serving.listening import address_of, listening
from unmask.serving.storage import Storage, own_storage
from unmask.serving.work import Work

load_gradio()
from unmask.serving.application import make_application, server_of  # noqa: E402


def restore_aligned(photo: np.ndarray) -> Restoration:
    """Restores a photo that is in the training frame, as `BluePainter` does; another one has no face."""
    square = photo.shape[0] == photo.shape[1]
    return restore_places(photo, [aligned_place(photo)] if square else [], int(square), BluePainter())


@dataclass(frozen=True)
class Reply:
    """What came of a photo: the status of the request that ended it, and either results or the error's text."""

    status: int
    results: list[Any] | None = None
    error: str = ""


@dataclass(frozen=True)
class Served:
    """A running server."""

    address: str
    storage: Storage
    client: httpx.Client

    def upload(self, content: bytes, name: str = "photo.png") -> httpx.Response:
        return self.client.post("/gradio_api/upload", files={"files": (name, content)})

    def call(self, photo: Any) -> Reply:
        """Calls the API with what is to be the photo, and waits for the end."""
        joined = self.client.post("/gradio_api/call/restore", json={"data": [photo]})
        if joined.status_code != 200:
            return Reply(joined.status_code, error=joined.text)
        ended = self.client.get(f"/gradio_api/call/restore/{joined.json()['event_id']}").text
        kind, data = ended.strip().rsplit("event: ", 1)[1].split("\ndata: ", 1)
        content = json.loads(data)
        return Reply(200, content) if kind == "complete" else Reply(200, error=(content or {}).get("error") or "")

    def send(self, content: bytes, name: str = "photo.png") -> Reply:
        """Uploads a file and calls the API with it."""
        uploaded = self.upload(content, name)
        if uploaded.status_code != 200:
            return Reply(uploaded.status_code, error=uploaded.text)
        return self.call(file_data(uploaded.json()[0]))

    def get(self, result: Any) -> bytes:
        """The content of a file among the results."""
        found = self.client.get(result["url"])
        assert found.status_code == 200
        return found.content

    def files(self) -> list[str]:
        """All files that the server keeps for its visitors."""
        return [str(path.relative_to(self.storage.cache)) for path in self.storage.cache.rglob("*") if path.is_file()]


def file_data(path: Any) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


@contextmanager
def serving(restore: Restore = restore_aligned, limits: Limits | None = None) -> Iterator[Served]:
    """Runs the server in a thread of this process."""
    limits = limits or Limits()
    with listening("127.0.0.1", 0) as listener, own_storage(limits.stored) as storage:
        work = Work(restore, storage, limits.pixels)
        server = server_of(make_application(work, storage, limits, address_of(listener)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            many = httpx.Limits(max_connections=100)
            with httpx.Client(base_url=address_of(listener), timeout=60, limits=many) as client:
                yield Served(address_of(listener), storage, client)
        finally:
            server.should_exit = True
            thread.join()
