"""How fast a build is: photos per second by jobs, milliseconds by stage, and the floor of what the libraries cost."""

import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from maskify import align
from maskify.config import BuildConfig, SynthesisConfig
from maskify.decode import read_photo
from maskify.draw import draw_params, seed_of
from maskify.errors import Skipped
from maskify.photos import Photo, list_photos
from maskify.pipeline import build
from maskify.pose import estimate_camera
from maskify.record import encode_record
from maskify.render import put_on
from maskify.shards import hash_of
from maskify.synthesis import Synthesizer

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


def run(src: Path, limit: int) -> str:
    """The tables, on an even sample of the photos."""
    photos = sorted(list_photos(src).photos, key=lambda photo: hash_of("limit", photo.key))[:limit]
    cv2.setNumThreads(1)
    synthesizer = Synthesizer(SynthesisConfig())
    floor, work = _floor_and_work(photos[: min(len(photos), 400)], synthesizer)
    lines = [
        f"Speed, {len(photos)} photos of {src.name}, 256 px, {os.cpu_count()} cores.",
        f"Floor of one core (decode, 68 points, solvePnP, remap, resize, 2 JPEG, 1 PNG): {1 / floor:.0f} photos/s",
        f"The whole synthesis of one core, same photos in turn:                       {1 / work:.0f} photos/s "
        f"({floor / work:.0%} of the floor)",
        "",
        *_stages(photos[: min(len(photos), 300)], synthesizer),
        "",
    ]
    for jobs in sorted({1, os.cpu_count() or 1}):
        with tempfile.TemporaryDirectory() as folder:
            config = BuildConfig(limit=limit, shard_size=max(16, limit // 16))
            summary = build(list_photos(src), src, Path(folder), config, jobs=jobs, max_skip=1, progress=False)
        lines.append(f"maskify build --jobs {jobs}: {summary.photos_per_second:.0f} photos/s, start to end")
    worker = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    lines.append(f"Peak memory of a process: {worker / 1024:.0f} MB")
    return "\n".join(lines)


def _floor_and_work(photos: list[Photo], synthesizer: Synthesizer) -> tuple[float, float]:
    """Mean seconds a photo of the bare library calls and of the whole synthesis, measured in turn."""
    spent = np.zeros(2)
    for photo in photos:
        for index, work in enumerate((_floor, _work)):
            started = time.perf_counter()
            work(photo, synthesizer)
            spent[index] += time.perf_counter() - started
    floor, work_seconds = spent / len(photos)
    return float(floor), float(work_seconds)


def _floor(photo: Photo, synthesizer: Synthesizer) -> None:
    pixels = cv2.imdecode(np.fromfile(photo.path, np.uint8), cv2.IMREAD_COLOR)
    face = synthesizer.finder._aligned(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    estimate_camera(face.landmarks)
    large = cv2.resize(pixels, (256, 256))
    grid = np.mgrid[0:256, 0:256].astype(np.float32)
    warped = cv2.remap(large, grid[1], grid[0], cv2.INTER_LINEAR)
    for picture in (large, warped):
        cv2.imencode(".jpg", picture, JPEG)
    cv2.imencode(".png", np.ascontiguousarray(warped[..., 0] & 128))


def _work(photo: Photo, synthesizer: Synthesizer) -> None:
    try:
        for face in synthesizer.synthesize(photo):
            encode_record(face.record)
    except Skipped:
        pass


def _stages(photos: list[Photo], synthesizer: Synthesizer) -> list[str]:
    """Milliseconds by stage."""
    spent: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        out = function(*args)
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - started
        return out

    for photo in photos:
        pixels = timed("decode", read_photo, photo)
        faces = timed("landmarks", synthesizer.finder.find, pixels, photo)
        if not faces:
            continue
        transform = align.aligned_transform(256)
        clean = timed("crop", align.crop_aligned, pixels, 256)
        landmarks = align.apply(transform, faces[0].landmarks).astype(np.float32)
        template, params = timed("draw", draw_params, seed_of(0, photo.key), synthesizer.templates, synthesizer.config)
        try:
            camera = timed("pose", estimate_camera, landmarks)
            masked = timed(
                "placement, light, compositing",
                put_on,
                clean,
                landmarks,
                camera,
                template,
                params,
                SynthesisConfig.shadow,
            )
        except Skipped:
            continue
        timed("two JPEGs", lambda a, b: [cv2.imencode(".jpg", x, JPEG) for x in (a, b)], clean, masked.photo)
        timed("one PNG", lambda m: cv2.imencode(".png", m), masked.binary_map)
    return [f"  {1000 * seconds / len(photos):6.2f} ms  {name}" for name, seconds in spent.items()]
