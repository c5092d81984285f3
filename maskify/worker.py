"""One shard, from photos to files: what runs in each process of a build."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2

from maskify.commit import ShardResult, ShardWriter, attempt_file, check_shard
from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import photo_row
from maskify.photo_work import FoundFaces, SynthesizesPhotos, ahead, outcome, write_photo
from maskify.photos import Photo
from maskify.shards import Shard
from maskify.workplace import RunWatch, check_machine, deadly_photos

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
            return outcome(lambda: synthesizer.find(photos[number]))

        for number, found in enumerate(ahead(map(find, range(len(photos))))):
            watch.look()
            writer.take(number)
            photo = photos[number]
            row = photo_row(photo.key, source_of(photo, task.root), task.shard.split, photo.identity)
            writer.add_row(write_photo(writer, synthesizer, found, row, task.synthesis.image_format))
        watch.look(at_once=True)
        return writer.commit()


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
