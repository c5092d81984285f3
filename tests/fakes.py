"""A synthesizer that needs neither photos nor models, and photos to go with it. Run as a script it is a small build."""

import ctypes
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import Skipped
from maskify.photos import Photo, PhotoSet
from maskify.pipeline import Summary, build
from maskify.record import Record
from maskify.shards import hash_of

SIZE = 32


@dataclass(frozen=True)
class FakeFace:
    record: Record
    detector: str
    score: float
    seed: int


@dataclass(frozen=True)
class FakeFound:
    photo: Photo
    pixels: np.ndarray = field(default_factory=lambda: np.zeros((8, 8, 3), np.uint8))


class FakeSynthesizer:
    """The photo's name says what happens to it, and "late" that it happens after its faces were found.

    Everything else follows from config and key.
    """

    def __init__(self, config: SynthesisConfig, seconds: float = 0.0):
        self.config = config
        self.seconds = seconds

    def find(self, photo: Photo) -> FakeFound:
        if "faceless" in photo.key:
            raise Skipped("no_face", "HOG found none")
        if "late" not in photo.key:
            self._trouble(photo.key)
        return FakeFound(photo)

    def render(self, found: FakeFound) -> list[FakeFace]:
        photo = found.photo
        time.sleep(self.seconds)
        if "late" in photo.key:
            self._trouble(photo.key)
        faces = 3 if "group" in photo.key else 1
        return [fake_face(photo.key, photo.identity, self.config.seed, number) for number in range(faces)]

    def _trouble(self, key: str) -> None:
        if "broken" in key:
            raise TypeError("what is this?")
        if "deadly" in key and os.getpid() != int(os.environ.get("MAIN_PROCESS", "0")):
            die(key)


def die(key: str) -> None:
    """Ends this process in the way that a photo's name asks for; "once" makes it do so only the first time."""
    if "once" in key:
        marker = Path(os.environ["MARKERS"], key)
        if marker.exists():
            return
        marker.touch()
    if "killed" in key:
        os.kill(os.getpid(), signal.SIGKILL)
    if "segfault" in key:
        ctypes.string_at(0)
    os._exit(9)


def make_fake(config: SynthesisConfig) -> FakeSynthesizer:
    return FakeSynthesizer(config)


def make_slow_fake(config: SynthesisConfig) -> FakeSynthesizer:
    return FakeSynthesizer(config, seconds=0.02)


def fake_record(key: str = "some/photo", identity: int = -1, seed: int = 0) -> Record:
    rng = np.random.default_rng(int(hash_of("fake", f"{seed} {key}") * 2**40))
    clean = cv2.resize(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8), (SIZE, SIZE))
    binary_map = np.zeros((SIZE, SIZE), np.uint8)
    binary_map[SIZE // 2 :, 4:-4] = 255
    masked = np.where(binary_map[..., None] > 0, 200, clean).astype(np.uint8)
    yaw, pitch, roll = rng.uniform(-50, 50, 3).tolist()
    landmarks = rng.uniform(0, SIZE, (68, 2)).astype(np.float32)
    template = ("surgical", "cloth")[int(rng.integers(2))]
    params = {"wear": "correct", "colour": [1, 2.5, 3]}
    return Record(key, masked, clean, binary_map, landmarks, (yaw, pitch, roll), template, params, identity)


def fake_face(key: str, identity: int, seed: int, number: int) -> FakeFace:
    record = fake_record(f"{key}{number}", identity, seed)
    return FakeFace(record, "hog", 1 / 3, seed + number)


def fake_photos(count: int, src: Path = Path("/photos")) -> PhotoSet:
    """Photos of `count // 2` people without official partition; one in 16 has no face, one three."""
    kinds = {3: "faceless", 7: "group"}
    names = [f"p{number % 3}/{kinds.get(number % 16, 'face')}-{number:04d}" for number in range(count)]
    photos = [
        Photo(key=name, path=str(src / f"{name}.jpg"), identity=1 + number // 2) for number, name in enumerate(names)
    ]
    return PhotoSet(sorted(photos, key=lambda photo: photo.key), "folder", [])


def named(*keys: str, src: Path = Path("/photos")) -> PhotoSet:
    """Photos with these keys, all in the official test split."""
    return PhotoSet([Photo(key=key, path=str(src / f"{key}.jpg"), split="test") for key in sorted(keys)], "folder", [])


def run_build(out: Path, photos: PhotoSet | None = None, config: BuildConfig | None = None, **options: Any) -> Summary:
    """A quiet build of 160 photos in 12 shards, or of other photos."""
    src = options.pop("src", Path("/photos"))
    options = {"make_synthesizer": make_fake, "progress": False, **options}
    return build(photos or fake_photos(160, src), src, out, config or BuildConfig(shard_size=16), **options)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones included, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@cache
def reference() -> dict[str, bytes]:
    """Every file of a build of 160 photos in one process."""
    with tempfile.TemporaryDirectory() as folder:
        run_build(Path(folder))
        return files_of(Path(folder))


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--jobs", default=1)
@click.option("--photos", default=160)
@click.option("--seed", default=0)
@click.option("--src", default="/photos", type=click.Path(path_type=Path))
@click.option("--cluster")
def main(out: Path, jobs: int, photos: int, seed: int, src: Path, cluster: str | None) -> None:
    """A build as a process of its own, for tests that kill it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run in the background
    config = BuildConfig(SynthesisConfig(seed=seed), shard_size=16)
    backend = "dask" if cluster else "loky"
    import fakes  # the workers must find the synthesizer by this name, not in __main__

    build(
        fake_photos(photos, src), src, out, config, jobs=jobs, backend=backend, cluster=cluster,
        make_synthesizer=fakes.make_slow_fake,
    )  # fmt: skip


if __name__ == "__main__":
    main(prog_name=sys.argv[0])
