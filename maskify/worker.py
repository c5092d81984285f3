"""One shard, from photos to files: what runs in each process of a build."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2

from maskify.commit import ShardResult, ShardWriter
from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import Row, face_fields, face_key, photo_row, skipped_row, written_row
from maskify.photos import Photo
from maskify.record import Record, encode_record
from maskify.shards import Shard


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


@dataclass(frozen=True)
class ShardTask:
    """What a process needs to know to write one shard.

    Attributes:
      folder: the build's folder.
      shard: its photos and names.
      root: folder that the sources in the manifest are relative to.
      synthesis: what decides the pixels.
      make_synthesizer: a picklable function; called once per process and configuration.
      main_process: number of the process that runs the build.
    """

    folder: Path
    shard: Shard
    root: Path
    synthesis: SynthesisConfig
    make_synthesizer: MakeSynthesizer
    main_process: int


def build_shard(task: ShardTask) -> ShardResult:
    """Writes one shard and its manifest.

    Raises:
      MaskifyError: the folder cannot be written, or the synthesizer cannot work at all.
    """
    _end_with(task.main_process)
    synthesizer = _synthesizer(task.make_synthesizer, task.synthesis)
    try:
        with _one_opencv_thread(), ShardWriter(task.folder, task.shard) as writer:
            for photo in task.shard.photos:
                source = source_of(photo, task.root)
                row = photo_row(photo.key, source, task.shard.split, photo.identity)
                writer.add_row(_build_photo(writer, synthesizer, photo, row, task.synthesis.image_format))
            return writer.commit()
    except OSError as error:
        raise MaskifyError(
            f"{task.folder} cannot be written: {error.strerror or error}. The same command goes on once that is mended."
        ) from error


def default_synthesizer(config: SynthesisConfig) -> SynthesizesPhotos:
    """The real synthesizer, imported only where it is used: it needs dlib."""
    from maskify.synthesis import Synthesizer

    return Synthesizer(config)


def source_of(photo: Photo, root: Path) -> str:
    """The photo's path below `root` with "/" on every system; `archive.zip!member` for a photo in an archive."""
    path = os.path.relpath(photo.path, root).replace(os.sep, "/")
    return path if photo.member is None else f"{path}!{photo.member}"


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


@lru_cache(maxsize=1)
def _end_with(main_process: int) -> None:
    """Ends this worker soon after the main process has died, even by SIGKILL; Ctrl-C is for the main one to act on."""
    if os.getpid() != main_process:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_watch, args=(main_process,), daemon=True).start()


def _watch(main_process: int) -> None:
    while os.getppid() == main_process:
        time.sleep(0.25)
    os._exit(1)  # leaves nothing but temporary files, which the next build removes
