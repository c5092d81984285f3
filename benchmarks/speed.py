"""How fast a build is: against the floor of what the libraries cost, by stage and by jobs; and its memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np

from maskify import align, landmarks, pose, record, render, synthesis
from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import Skipped
from maskify.photo_work import AHEAD
from maskify.photos import Photo, list_photos
from maskify.pipeline import build
from maskify.record import encode_record
from maskify.shards import hash_of
from maskify.synthesis import Synthesizer

SIZE = SynthesisConfig.image_size
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

WARM_UP, AGAINST_FLOOR = 400, 800
"""Photos before anything is timed, so that templates and patterns have been read; and those timed against the floor."""

BATCH = AHEAD
"""Photos that a worker looks at before the first of them gets its mask."""

MEMORY_OF = (500, 5000)
"""Lengths of builds whose memory is compared."""

STAGES = {
    "decode": (synthesis, "read_photo"),
    "landmarks": (landmarks.FaceFinder, "find"),
    "pose": (synthesis, "estimate_camera"),
    "crop": (align, "crop_aligned"),
    "draw": (synthesis, "draw_params"),
    "placement": (render, "place"),
    "light": (render, "estimate_light"),
    "rendering": (render, "_garment"),
    "placement, light and compositing, all": (synthesis, "put_on"),
    "two JPEGs": (record, "_encode_photo"),
    "one PNG and the record, all": (sys.modules[__name__], "encode_record"),
}
"""Functions that are timed where they are called, by what is printed of them."""

MEMORY_OF_BUILD = """
import resource, sys
from maskify.cli import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak // (1 << 20 if sys.platform == "darwin" else 1 << 10))
"""


def run(src: Path, limit: int) -> str:
    """The tables, on an even sample of the photos."""
    photo_set = list_photos(src)
    photos = sorted(photo_set.photos, key=lambda photo: hash_of("limit", photo.key))[:limit]
    memory = [_memory_of_build(src, count) for count in MEMORY_OF if count <= len(photo_set.photos)]
    cv2.setNumThreads(1)
    synthesizer = Synthesizer(SynthesisConfig())
    _in_batches(synthesizer, photos[:WARM_UP])
    lines = [f"Speed, {len(photos)} photos of {src.name}, {SIZE} px, {os.cpu_count()} cores.", ""]
    lines += _against_floor(photos[:AGAINST_FLOOR], synthesizer)
    lines += ["", "Milliseconds a photo, by stage:", *_stages(photos[:WARM_UP], synthesizer), ""]
    return "\n".join([*lines, *_builds(src, limit), *memory])


def _against_floor(photos: list[Photo], synthesizer: Synthesizer) -> list[str]:
    """The library calls alone and the whole synthesis, a batch of each in turn; never of the same photos, whose trees
    would be warm."""
    floor = Floor()
    floor(photos[0])
    batches = [photos[start : start + BATCH] for start in range(0, len(photos) - BATCH + 1, BATCH)]
    spent = []
    for one, other in zip(batches, batches[1:] + batches[:1], strict=True):
        spent.append((_seconds(partial(_each, floor, one)), _seconds(partial(_work, synthesizer, other))))
    means, medians = np.mean(spent, axis=0) / BATCH, np.median(spent, axis=0) / BATCH
    names = ("floor: decode, 68 points, solvePnP, remap, resize, 2 JPEGs, 1 PNG", "the whole synthesis")
    lines = [
        f"  mean {1000 * mean:5.2f} ms, median {1000 * median:5.2f} ms, {1 / mean:4.0f} photos/s  {name}"
        for name, mean, median in zip(names, means, medians, strict=True)
    ]
    share = f"  {means[0] / means[1]:.0%} of the floor's rate by the mean, {medians[0] / medians[1]:.0%} by the median"
    return [f"One core, {BATCH} photos of each in turn:", *lines, share]


class Floor:
    """What a record costs at the least: the library calls that no synthesis of this kind can do without."""

    def __init__(self) -> None:
        self._predictor = dlib.shape_predictor(str(landmarks.packaged_model()))
        self._box = dlib.rectangle(*(int(edge) for edge in landmarks.ALIGNED_BOX))
        self._map = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
        width, height = align.CELEBA_SIZE
        self._camera = np.array([[4.0 * width, 0, width / 2], [0, 4.0 * width, height / 2], [0, 0, 1]])

    def __call__(self, photo: Photo) -> None:
        pixels = cv2.imdecode(np.fromfile(photo.path, np.uint8), cv2.IMREAD_COLOR)
        shape = self._predictor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), self._box)
        points = np.array([(point.x, point.y) for point in shape.parts()], np.float64)
        cv2.solvePnP(pose.canonical_face(), points, self._camera, None)
        crop = cv2.resize(pixels[align.CROP_TOP :][: align.CELEBA_SIZE[0]], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        warped = cv2.remap(crop, *self._map, cv2.INTER_LINEAR)
        for picture in (crop, warped):
            cv2.imencode(".jpg", picture, JPEG)
        cv2.imencode(".png", cv2.threshold(warped[..., 0], 127, 255, cv2.THRESH_BINARY)[1])


def _each(work: Callable[[Photo], None], photos: list[Photo]) -> None:
    for photo in photos:
        work(photo)


def _work(synthesizer: Synthesizer, photos: list[Photo]) -> None:
    """What a worker does with photos: all are looked at, then each gets its mask."""
    found = []
    for photo in photos:
        with suppress(Skipped):
            found.append(synthesizer.find(photo))
    for one in found:
        with suppress(Skipped):
            for face in synthesizer.render(one):
                encode_record(face.record)


def _in_batches(synthesizer: Synthesizer, photos: list[Photo]) -> None:
    for start in range(0, len(photos), BATCH):
        _work(synthesizer, photos[start : start + BATCH])


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _stages(photos: list[Photo], synthesizer: Synthesizer) -> list[str]:
    """Mean time in the functions of `STAGES`."""
    spent = dict.fromkeys(STAGES, 0.0)
    with _timed(spent):
        _in_batches(synthesizer, photos)
    return [f"  {1000 * seconds / len(photos):6.2f}  {name}" for name, seconds in spent.items()]


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Adds up the seconds in the functions of `STAGES` while the block runs."""

    def timed(name: str, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **options)
        finally:
            spent[name] += time.perf_counter() - started

    kept = {name: getattr(where, function) for name, (where, function) in STAGES.items()}
    for name, (where, function) in STAGES.items():
        setattr(where, function, _method(partial(timed, name, kept[name])))
    try:
        yield
    finally:
        for name, (where, function) in STAGES.items():
            setattr(where, function, kept[name])


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same as a plain function, which a class binds to its instances."""
    return lambda *args, **options: function(*args, **options)


def _builds(src: Path, limit: int) -> list[str]:
    """Whole builds with one worker and with one per core: from start to end, and what each further core adds."""
    lines, first = [], 0.0
    for jobs in sorted({1, os.cpu_count() or 1}):
        with tempfile.TemporaryDirectory() as folder:
            config = BuildConfig(limit=limit, shard_size=max(16, limit // 16))
            summary = build(list_photos(src), src, Path(folder), config, jobs=jobs, max_skip=1, progress=False)
        first = first or summary.photos_per_second
        rate = summary.photos_per_second
        lines.append(f"maskify build --jobs {jobs}: {rate:.0f} photos/s, start to end ({rate / first:.2f} x one job)")
    return lines


def _memory_of_build(src: Path, photos: int) -> str:
    """Peak memory of a process that lists the photos and works on so many of them itself, as a worker does."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--src", str(src), "--out", folder, "--limit", str(photos), "--jobs", "1", "--max-skip", "1"]
        command = [sys.executable, "-c", MEMORY_OF_BUILD, "build", *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return f"Peak memory of a process that works on {photos:,} photos: {done.stdout.split()[-1]} MB"
