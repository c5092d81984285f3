"""One shard, from photos to files: what runs in each process of a build."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2

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


class SynthesizesPhotos(Protocol):
    """What a build needs of a synthesizer; `maskify.synthesis.Synthesizer` is the real one."""

    def synthesize(self, photo: Photo) -> Sequence[SynthesizedFace]:
        """Returns the photo's records, at least one; raises Skipped."""


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
        deadly = deadly_photos(task.shard, writer.earlier)
        watch = RunWatch(task.folder, task.run)
        for number, photo in enumerate(task.shard.photos):
            watch.look()
            row = photo_row(photo.key, source_of(photo, task.root), task.shard.split, photo.identity)
            if number in deadly:
                row = skipped_row(row, "crashed_worker", "the process that worked on it died, and so did another")
            else:
                row = _build_photo(writer, synthesizer, photo, row, task.synthesis.image_format)
            writer.add_row(row)
        watch.look(at_once=True)
        return writer.commit()


def _build_photo(writer: ShardWriter, synthesizer: SynthesizesPhotos, photo: Photo, row: Row, image_format: str) -> Row:
    """Writes a photo's records and returns its row. Nothing is written before all of it is known to be sound."""
    try:
        faces = synthesizer.synthesize(photo)
        if not faces:
            raise ValueError("the synthesizer gave no record")
        keys = [face_key(photo.key, number) for number in range(len(faces))]
        payloads = [
            encode_record(replace(face.record, key=key), image_format) for face, key in zip(faces, keys, strict=True)
        ]
    except Skipped as skipped:
        return skipped_row(row, skipped.reason, skipped.detail)
    except MaskifyError:
        raise
    except Exception as error:  # one photo never ends a build; the row says what to report
        return skipped_row(row, "internal_error", f"{type(error).__name__}: {error}")
    spans = [writer.append(payload) for payload in payloads]
    return written_row(
        row,
        [
            face_fields(face.detector, face.score, face.record.pose, face.record.template, face.seed, span)
            for face, span in zip(faces, spans, strict=True)
        ],
    )


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
