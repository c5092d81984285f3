"""Records to batches for JAX, by threads: OpenCV and Pillow decode, move and blur photos outside of Python's lock.

`keras.ops` would do the geometry and the blur too, but XLA takes a hundred times as long for them on a CPU.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2
import keras
import numpy as np

from unmask.augmentation import BLUR, NO_JPEG, Augmentation, Batch, Draws, draw, draw_bare, relight
from unmask.plan import BatchPlan
from unmask.records import IMAGES, RecordReader, decode_image
from unmask.resizing import resized

_THREADS = min(8, os.cpu_count() or 1)
_AHEAD = _THREADS + 2  # batches


class Batches(keras.utils.PyDataset):
    """Batches that threads make ahead of the training, in order.

    Keras' own workers would begin at the first batch again with each epoch. Without them it asks for one batch after
    the other, and finds it made.

    Args:
      make: the batch of a number, which decides it.
      count: how many there are.
    """

    def __init__(self, make: Callable[[int], Batch], count: int):
        super().__init__(workers=1)
        self._make, self._count = make, count
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="batches")
        self._coming: dict[int, Future[Batch]] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Batch:
        for coming in range(number, min(number + _AHEAD, self._count)):
            if coming not in self._coming:
                self._coming[coming] = self._threads.submit(self._make, coming)
        return self._coming.pop(number).result()


def train_batches(
    reader: RecordReader, plan: BatchPlan, start: int, size: int, how: Augmentation | None,
    names: tuple[str, ...] = IMAGES,
) -> Batches:  # fmt: skip
    """See `unmask.data`."""

    def make(number: int) -> Batch:
        step = start + number
        numbers = plan.records_of(step).tolist()
        if how is None:
            return _floats([_pixels(reader, it, names, size) for it in numbers])
        rng = plan.generator_of(step)
        drawn = draw(rng, plan.batch_size, size, how)
        chosen = zip(numbers, drawn.jpeg.tolist(), draw_bare(rng, plan.batch_size, how), strict=True)
        return _changed(_floats([_pixels(reader, it, names, size, *changes) for it, *changes in chosen]), drawn)

    return Batches(make, plan.steps - start)


def fixed_batches(
    reader: RecordReader, batch_size: int, size: int, names: tuple[str, ...] = IMAGES, steps: int | None = None
) -> Batches:
    """See `unmask.data`."""
    count = min(len(reader.index), batch_size * (steps or len(reader.index)))

    def make(number: int) -> Batch:
        places = np.arange(number * batch_size, (number + 1) * batch_size)
        images = _floats([_pixels(reader, int(place) % count, names, size) for place in places])
        return {**images, "weight": (places < count).astype(np.float32)}

    return Batches(make, -(-count // batch_size))


def _pixels(
    reader: RecordReader, number: int, names: tuple[str, ...], size: int, quality: int = NO_JPEG, bare: bool = False
) -> dict[str, np.ndarray]:
    """The images of a record: photos uint8 [S, S, 3], the map uint8 [S, S]."""
    encoded = reader.read(number, bare)
    images = {name: decode_image(name, encoded[name]) for name in names}
    if quality < NO_JPEG:
        images["masked"] = _recompressed(images["masked"], quality)
    return {name: resized(image, size) for name, image in images.items()}


def _recompressed(photo: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _floats(records: list[dict[str, np.ndarray]]) -> Batch:
    stacked = {name: np.stack([record[name] for record in records]) for name in records[0]}
    return {
        name: (pixels >= 128).astype(np.float32)[..., None] if name == "binary_map" else
        pixels.astype(np.float32) / np.float32(127.5) - 1
        for name, pixels in stacked.items()
    }  # fmt: skip


def _changed(batch: Batch, drawn: Draws) -> Batch:
    """What `augmentation.apply` does."""
    moved = {name: _moved(images, drawn.affine) for name, images in batch.items()}
    with keras.device("cpu:0"):  # whatever the training computes on
        lit = relight(moved, drawn.gain, drawn.contrast, drawn.gamma, drawn.slope, drawn.grey)
    out: dict[str, Any] = {name: np.array(images) for name, images in lit.items()}
    for photo, share in zip(out["masked"], drawn.blur.ravel(), strict=True):
        if share:
            photo += share * (cv2.sepFilter2D(photo, -1, BLUR, BLUR, borderType=cv2.BORDER_REFLECT_101) - photo)
    out["binary_map"] = (out["binary_map"] >= 0.5).astype(np.float32)
    return out


def _moved(images: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Images float32 [B, S, S, C] by what `Draws` calls affine."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = [
        cv2.warpAffine(image, matrix[:6].reshape(2, 3), image.shape[:2], flags=how, borderMode=cv2.BORDER_REPLICATE)
        for image, matrix in zip(images, affine, strict=True)
    ]
    return np.stack(moved).reshape(images.shape)  # OpenCV drops a single channel
