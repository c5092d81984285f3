"""One shard, from photos to files: what runs in each process of a build."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.commit import ShardResult, ShardWriter, attempt_file, check_shard
from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import Row, face_fields, face_key, photo_row, skipped_row, written_row
from maskify.photos import Photo
from maskify.record import Record, encode_record
from maskify.shards import Shard
from maskify.workplace import RunWatch, check_machine, deadly_photos


class SynthesizedFace(Protocol):
    """What a build needs to know of one face; `maskify.synthesis.Synthesized` is the real one."""

    @property
    def record(self) -> Record: ...

    @property
    def detector(self) -> str: ...

    @property
    def score(self) -> float: ...

    @property
    def seed(self) -> int: ...


class FoundFaces(Protocol):
    """A photo whose faces have been found; `maskify.synthesis.Found` is the real one."""

    @property
    def pixels(self) -> NDArray[np.uint8]: ...


class SynthesizesPhotos(Protocol):
    """What a build needs of a synthesizer; `maskify.synthesis.Synthesizer` is the real one."""

    def find(self, photo: Photo) -> FoundFaces:
        """Reads a photo and finds its faces; raises Skipped."""

    def render(self, found: Any) -> Sequence[SynthesizedFace]:
        """Returns the records of what `find` gave, at least one; raises Skipped."""


T = TypeVar("T")

AHEAD = 16
"""Photos whose faces are found before the first of them gets its mask."""

_MOST_AHEAD = 12_000_000
"""Bytes of their pixels at which there are enough."""

MakeSynthesizer = Callable[[SynthesisConfig], SynthesizesPhotos]

_ONE_AT_A_TIME = threading.Lock()  # Dask may run tasks in threads of one process; dlib's detector has state


@dataclass(frozen=True)
class ShardTask:
    """What a process needs to know to write one shard.

    Attributes:
      folder: the build's folder.
      shard: its photos and names.
      root: folder that the sources in the manifest are relative to.
      synthesis: what decides the pixels.
      make_synthesizer: a picklable function; called once per process and configuration.
      run: the build's run, as its lock has it; a shard of another is not written.
      versions: of what decides the pixels, in the main process.
      main_process: number of the process that runs the build; None where that is on another machine.
    """

    folder: Path
    shard: Shard
    root: Path
    synthesis: SynthesisConfig
    make_synthesizer: MakeSynthesizer
    run: str
    versions: Mapping[str, str | None]
    main_process: int | None


def build_shard(task: ShardTask) -> ShardResult:
    """Writes one shard and its manifest, unless an attempt whose end was not heard of has done so.

    A photo at which the process of two earlier attempts died is skipped: `crashed_worker`.

    Raises:
      MaskifyError: the folder cannot be written, the build is over, the synthesizer cannot work at all, or this
        machine lacks something that the main process has.
    """
    with _ONE_AT_A_TIME, _one_opencv_thread():
        _settle(task)
        synthesizer = _synthesizer(task.make_synthesizer, task.synthesis)
        if (task.folder / task.shard.records_file).exists():
            with suppress(MaskifyError):
                return check_shard(task.folder, task.shard)
        try:
            return _write_shard(task, synthesizer)
        except OSError as error:
            raise MaskifyError(
                f"{task.folder} cannot be written: {error.strerror or error}. "
                "Complete shards are kept; the same command goes on once that is mended."
            ) from error


def recheck_shard(task: ShardTask) -> tuple[str, ShardResult | str]:
    """Reads every byte of a shard that an earlier run has left; returns its name and, if it is damaged, in what way."""
    _settle(task)
    try:
        return task.shard.name, check_shard(task.folder, task.shard)
    except MaskifyError as error:
        return task.shard.name, error.message


def deaths_at_photos(task: ShardTask) -> int:
    """How many processes have died while they wrote this task's shard."""
    attempts = (attempt_file(task.folder, task.shard, task.run, number) for number in itertools.count())
    return sum(1 for _ in itertools.takewhile(Path.exists, attempts))


def default_synthesizer(config: SynthesisConfig) -> SynthesizesPhotos:
    """The real synthesizer, imported only where it is used: it needs dlib."""
    from maskify.synthesis import Synthesizer

    return Synthesizer(config)


def source_of(photo: Photo, root: Path) -> str:
    """The photo's path below `root` with "/" on every system; `archive.zip!member` for a photo in an archive."""
    path = os.path.relpath(photo.path, root).replace(os.sep, "/")
    return path if photo.member is None else f"{path}!{photo.member}"


def _write_shard(task: ShardTask, synthesizer: SynthesizesPhotos) -> ShardResult:
    with ShardWriter(task.folder, task.shard, task.run) as writer:
        photos, deadly = task.shard.photos, deadly_photos(task.shard, writer.earlier)
        watch = RunWatch(task.folder, task.run)

        def find(number: int) -> FoundFaces | Skipped:
            watch.look()
            writer.take(number)
            if number in deadly:
                return Skipped("crashed_worker", "the process that worked on it died, and so did another")
            return _outcome(lambda: synthesizer.find(photos[number]))

        for number, found in enumerate(_ahead(map(find, range(len(photos))))):
            watch.look()
            writer.take(number)
            photo = photos[number]
            row = photo_row(photo.key, source_of(photo, task.root), task.shard.split, photo.identity)
            writer.add_row(_write_photo(writer, synthesizer, found, row, task.synthesis.image_format))
        watch.look(at_once=True)
        return writer.commit()


def _ahead(found: Iterable[FoundFaces | Skipped]) -> Iterator[FoundFaces | Skipped]:
    """Takes several before it hands on the first: dlib's trees, 100 MB, and a mask's tables each fill the processor's
    cache, so that changing between them at every photo costs a tenth of the rate."""
    waiting: list[FoundFaces | Skipped] = []
    pixels = 0
    for one in found:
        waiting.append(one)
        pixels += 0 if isinstance(one, Skipped) else one.pixels.size
        if len(waiting) == AHEAD or pixels >= _MOST_AHEAD:
            yield from waiting
            waiting, pixels = [], 0
    yield from waiting


def _write_photo(
    writer: ShardWriter, synthesizer: SynthesizesPhotos, found: FoundFaces | Skipped, row: Row, image_format: str
) -> Row:
    """Writes a photo's records and returns its row. Nothing is written before all of it is known to be sound."""
    faces = found if isinstance(found, Skipped) else _outcome(lambda: _rendered(synthesizer, found, row, image_format))
    if isinstance(faces, Skipped):
        return skipped_row(row, faces.reason, faces.detail)
    spans = [writer.append(payload) for _, payload in faces]
    return written_row(
        row,
        [
            face_fields(face.detector, face.score, face.record.pose, face.record.template, face.seed, span)
            for (face, _), span in zip(faces, spans, strict=True)
        ],
    )


def _rendered(
    synthesizer: SynthesizesPhotos, found: FoundFaces, row: Row, image_format: str
) -> list[tuple[SynthesizedFace, bytes]]:
    """The faces of a photo with their masks on, each with its encoded record."""
    faces = synthesizer.render(found)
    if not faces:
        raise ValueError("the synthesizer gave no record")
    keys = [face_key(str(row["key"]), number) for number in range(len(faces))]
    return [
        (face, encode_record(replace(face.record, key=key), image_format))
        for face, key in zip(faces, keys, strict=True)
    ]


def _outcome(work: Callable[[], T]) -> T | Skipped:
    """What the work gives, or why its photo is skipped: one photo never ends a build."""
    try:
        return work()
    except Skipped as skipped:
        return skipped
    except MaskifyError:
        raise
    except Exception as error:  # the row says what to report
        return Skipped("internal_error", f"{type(error).__name__}: {error}")


@lru_cache(maxsize=1)
def _synthesizer(make: MakeSynthesizer, config: SynthesisConfig) -> SynthesizesPhotos:
    """One synthesizer per process: its models take long to load."""
    return make(config)


@contextmanager
def _one_opencv_thread() -> Iterator[None]:
    """Processes are the unit of parallel work: threads below them only fight for the same cores."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _settle(task: ShardTask) -> None:
    """What a process does before its first task, and what it makes sure of before each."""
    if task.main_process is None:
        check_machine(task.folder, task.root, task.run, task.versions)
    else:
        _end_with(task.main_process)


@lru_cache(maxsize=1)
def _end_with(main_process: int) -> None:
    """Ends this worker soon after the main process has died, even by SIGKILL."""
    if os.getpid() != main_process:
        threading.Thread(target=_watch, args=(main_process,), daemon=True).start()


def _watch(main_process: int) -> None:
    while os.getppid() == main_process:
        time.sleep(0.25)
    os._exit(1)  # leaves nothing but temporary files, which the next build removes
