"""Records to batches for TensorFlow, by tf.data: read and decoded in parallel, augmented in the graph."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import numpy as np
import tensorflow as tf

from unmask.augmentation import NO_JPEG, STILL, Augmentation, apply, draw, draw_bare
from unmask.plan import BatchPlan
from unmask.records import IMAGES, RecordReader

_DCT = "INTEGER_ACCURATE"
"""As everybody else decodes; TensorFlow's default is off by a grey level on average, and by ten at edges."""


def train_batches(
    reader: RecordReader, plan: BatchPlan, start: int, size: int, how: Augmentation | None,
    names: tuple[str, ...] = IMAGES,
) -> tf.data.Dataset:  # fmt: skip
    """See `unmask.data`."""

    def read(step: np.ndarray) -> list[np.ndarray]:
        rng, chosen = plan.generator_of(int(step)), how or STILL
        drawn = draw(rng, plan.batch_size, size, chosen)
        bare = draw_bare(rng, plan.batch_size, chosen)
        return [*_columns(reader, plan.records_of(int(step)), names, bare), *astuple(drawn)]

    like = astuple(draw(np.random.default_rng(0), 1, size, STILL))
    types = [tf.string] * len(names) + [tf.as_dtype(value.dtype) for value in like]
    shapes = [()] * len(names) + [value.shape[1:] for value in like]

    def load(step: tf.Tensor) -> tuple[tf.Tensor, ...]:
        values = tf.numpy_function(read, [step], types, stateful=False)
        for value, shape in zip(values, shapes, strict=True):
            value.set_shape((plan.batch_size, *shape))
        return tuple(values)

    def decode(*values: tf.Tensor) -> tuple[dict[str, tf.Tensor], tuple[tf.Tensor, ...]]:
        images = _decode(dict(zip(names, values, strict=False)), reader.index.size, size, quality=values[-1])
        return images, values[len(names) : -1]

    parallel = tf.data.AUTOTUNE
    batches = tf.data.Dataset.range(start, plan.steps).map(load, num_parallel_calls=2).unbatch()
    batches = batches.map(decode, num_parallel_calls=parallel).batch(plan.batch_size, drop_remainder=True)
    if how is None:
        batches = batches.map(lambda images, _: images)
    else:
        batches = batches.map(lambda images, drawn: apply(images, *drawn), num_parallel_calls=parallel)
    return batches.with_options(_options()).prefetch(parallel)


def fixed_batches(
    reader: RecordReader, batch_size: int, size: int, names: tuple[str, ...] = IMAGES, steps: int | None = None
) -> tf.data.Dataset:
    """See `unmask.data`."""

    def read(number: np.ndarray) -> list[np.ndarray]:
        return [images[0] for images in _columns(reader, np.array([number % count]), names, np.array([False]))]

    def load(number: tf.Tensor) -> dict[str, tf.Tensor]:
        values = tf.numpy_function(read, [number], [tf.string] * len(names), stateful=False)
        for value in values:
            value.set_shape(())
        images = _decode(dict(zip(names, values, strict=True)), reader.index.size, size)
        return {**images, "weight": tf.cast(number < count, tf.float32)}

    count = min(len(reader.index), batch_size * (steps or len(reader.index)))
    filled = -(-count // batch_size) * batch_size
    images = tf.data.Dataset.range(filled).map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size, True)
    return images.with_options(_options()).prefetch(2)


def _columns(reader: RecordReader, numbers: np.ndarray, names: tuple[str, ...], bare: np.ndarray) -> list[np.ndarray]:
    """Encoded images of these records, without their masks where `bare` says so: one object [B] of bytes a name."""
    records = [reader.read(int(number), is_bare) for number, is_bare in zip(numbers, bare, strict=True)]
    return [np.array([record[name] for record in records], object) for name in names]


def _decode(
    encoded: dict[str, tf.Tensor], stored: int, size: int, quality: tf.Tensor | None = None
) -> dict[str, tf.Tensor]:
    """Decodes one sample: photos float32 [S, S, 3] in [-1, 1], map float32 [S, S, 1] in {0, 1}."""
    images = {}
    for name, data in encoded.items():
        channels = 1 if name == "binary_map" else 3
        image = tf.io.decode_jpeg(data, channels=channels, dct_method=_DCT)  # PNG too
        image = tf.ensure_shape(image, (stored, stored, channels))
        if name == "masked" and quality is not None:
            image = _recompressed(image, quality)
        images[name] = (_to_map if name == "binary_map" else _to_photo)(image, size)
    return images


def _to_photo(image: tf.Tensor, size: int) -> tf.Tensor:
    return _resized(tf.cast(image, tf.float32), size) / 127.5 - 1.0


def _to_map(image: tf.Tensor, size: int) -> tf.Tensor:
    return tf.cast(_resized(tf.cast(image, tf.float32), size) >= 127.5, tf.float32)


def _resized(image: tf.Tensor, size: int) -> tf.Tensor:
    if image.shape[0] == size:
        return image
    return tf.image.resize(image, (size, size), antialias=True)


def _recompressed(image: tf.Tensor, quality: tf.Tensor) -> tf.Tensor:
    again: Callable[[], tf.Tensor] = lambda: tf.ensure_shape(  # noqa: E731 - a branch of tf.cond
        tf.image.adjust_jpeg_quality(image, quality, _DCT), image.shape
    )
    return tf.cond(quality < NO_JPEG, again, lambda: image)


def _options() -> Any:
    """Elements come in order; several devices each take their part of every global batch."""
    options = tf.data.Options()
    options.deterministic = True
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
