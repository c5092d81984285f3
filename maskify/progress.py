"""The progress bar of a build, in photos. Reads what the workers have written so far, wherever they run."""

import threading
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType

from tqdm import tqdm

from maskify.files import temporary_files

_INTERVAL = 0.5  # seconds
_SHARE = 0.05  # of the time at most is spent on looking: a shared folder of a large build is slow to list


class PhotoProgress:
    """A bar on stderr, if that is a terminal. It moves by the photo: each worker's manifest has a line per photo done.

    Args:
      folder: the build's folder.
      total: photos of the whole build.
      done: photos of the shards that were complete before.
      shown: False for no bar.
    """

    def __init__(self, folder: Path, total: int, done: int, shown: bool = True):
        self._folder = folder
        self._done = done
        self._finished: set[str] = set()  # manifests of complete shards
        self._lines: dict[Path, tuple[int, int]] = {}  # temporary manifest -> bytes read, lines in them
        self._lock = threading.Lock()
        self._stop = threading.Event()
        hidden = None if shown else True  # None: where stderr is no terminal
        self._bar = tqdm(total=total, initial=done, unit="photo", disable=hidden, smoothing=0.05, desc="build")
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "PhotoProgress":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if kind is None:
            self._bar.update(max(0, self._done - self._bar.n))
        self._bar.close()

    def shard_done(self, name: str, photos: int) -> None:
        """Counts a shard's photos as done for good."""
        with self._lock:
            self._finished.add(f"{name}.manifest.jsonl")
            self._done += photos

    def _follow(self) -> None:
        interval = _INTERVAL
        while not self._stop.wait(interval):
            began = time.monotonic()
            self._bar.update(max(0, self.photos_done() - self._bar.n))
            interval = max(_INTERVAL, (time.monotonic() - began) / _SHARE)

    def photos_done(self) -> int:
        """Photos of complete shards and, by their temporary manifests, of those being written."""
        with self._lock:
            furthest: defaultdict[str, int] = defaultdict(int)  # of the attempts at a shard
            for path, name in temporary_files(self._folder):
                if name.endswith(".manifest.jsonl") and name not in self._finished:
                    furthest[name] = max(furthest[name], self._count(path))
            return self._done + sum(furthest.values())

    def _count(self, path: Path) -> int:
        read, lines = self._lines.get(path, (0, 0))
        try:
            with open(path, "rb") as stream:
                stream.seek(read)
                new = stream.read()
        except FileNotFoundError:  # the shard was finished just now
            return lines
        self._lines[path] = (read + len(new), lines + new.count(b"\n"))
        return self._lines[path][1]
