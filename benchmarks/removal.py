"""How fast masks are removed: a warm restore of an aligned face of 256 pixels, and the command from start to finish."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from maskify.config import SynthesisConfig
from maskify.errors import Skipped
from maskify.photos import list_photos
from maskify.synthesis import Synthesizer
from unmask.backend import load_backend

PRESET, SIZES, SIDE = "base", (128, 256), 256
"""The networks' preset and sides in pixels, and the side of the face that is restored."""

WARM_UP, RESTORES, COMMANDS = 3, 15, 3


def run(src: Path, limit: int) -> str:
    """The table; needs the extra `train`, or `jax` and KERAS_BACKEND=jax. One photo is enough for it.

    The weights are drawn at random, which takes as long as with trained ones; the map is an ellipse where masks are.
    """
    load_backend(training=False)
    photo, lines = _masked_face(src, limit), []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            network = _write_run(Path(folder) / str(size), size)
            warm, command = _warm(network, photo), _command(network, photo)
            lines.append(f"  networks of {size} px: {1e3 * warm:6.0f} ms warm, {command:5.1f} s for the command")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join([f"Removing a mask from a face of {SIDE} px, preset {PRESET}, medians, {cores} cores", *lines])


def _masked_face(src: Path, limit: int) -> np.ndarray:
    """The first face with a mask on that the photos give: uint8 [SIDE, SIDE, 3] RGB."""
    synthesizer = Synthesizer(SynthesisConfig(image_size=SIDE))
    for photo in list_photos(src).photos[:limit]:
        try:
            return synthesizer.synthesize(photo)[0].record.masked
        except Skipped:
            continue
    raise SystemExit(f"No photo of {src} shows a face that a mask fits on.")


def _write_run(path: Path, size: int) -> Path:
    """A finished run of networks that nobody trained."""
    import keras

    from unmask.networks.face_generator import face_generator
    from unmask.networks.mask_generator import mask_generator
    from unmask.networks.saved import FACE_FILE, MASK_FILE
    from unmask.presets import PRESETS

    path.mkdir()
    keras.utils.set_random_seed(0)
    middle, axes = (size // 2, size * 7 // 10), (size // 4, size // 5)
    inside = cv2.ellipse(np.zeros((size, size), np.float32), middle, axes, 0, 0, 360, 1, -1)
    photo = keras.Input((size, size, 3))
    logits = 1e-6 * mask_generator(PRESETS[PRESET].mask)(photo) + (20 * inside - 10)[None, ..., None]
    keras.Model(photo, logits).save(path / MASK_FILE)
    face_generator(PRESETS[PRESET].face).save(path / FACE_FILE)
    settings = {"stage": "face", "preset": PRESET, "image_size": size, "steps": 0}
    (path / "config.json").write_text(json.dumps({"settings": settings}))
    return path


def _warm(network: Path, photo: np.ndarray) -> float:
    """Median seconds of a restore, from pixels to pixels, once all is loaded."""
    from unmask.restorer import Restorer

    restorer = Restorer.load(network)

    def restore() -> Any:
        return restorer.restore(photo, aligned=True).image

    for _ in range(WARM_UP):
        restore()
    assert restorer.restore(photo, aligned=True).patches
    return statistics.median(_seconds(restore) for _ in range(RESTORES))


def _command(network: Path, photo: np.ndarray) -> float:
    """Median seconds of `unmask remove` on a file, the start of Python and the search for the face included."""
    source, out = network / "photo.png", network / "out.png"
    cv2.imwrite(str(source), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    arguments = ["remove", source, "--out", out, "--run", network, "--overwrite"]

    def remove() -> None:
        command = [sys.executable, "-m", "unmask", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "1 mask removed" in done.stdout, done.stdout

    return statistics.median(_seconds(remove) for _ in range(COMMANDS))


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
