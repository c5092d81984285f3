"""How well a network trained on synthesised masks alone finds real ones.

    python -m benchmarks.sim_to_real --src celeba/ --real labelled/

Builds records of train photos, trains a small U-Net, and measures IoU on outlined photos of real masks, which are never
trained on. Needs TensorFlow (extra `train`). About ten minutes on two cores.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import keras
import numpy as np

from benchmarks.real_masks import measure, save_sheet, table
from maskify.config import BuildConfig, SynthesisConfig
from maskify.photos import list_photos
from maskify.pipeline import build
from maskify.record import decode_record, read_frames
from maskify.synthesis import art_fingerprint

SIZE, BATCH, WIDTHS = 128, 16, (20, 40, 80, 160, 320)


def small_unet() -> keras.Model:
    """A plain U-Net: two convolutions a level, batch norm, ReLU; about 2.8 million parameters; logits [S, S, 1]."""
    layers = keras.layers

    def block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    inputs = keras.Input((SIZE, SIZE, 3))
    x, skips = inputs, []
    for width in WIDTHS[:-1]:
        x = block(x, width)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = block(x, WIDTHS[-1])
    for width, skip in zip(WIDTHS[-2::-1], skips[::-1], strict=True):
        x = layers.Conv2DTranspose(width, 2, strides=2)(x)
        x = block(layers.Concatenate()([x, skip]), width)
    return keras.Model(inputs, layers.Conv2D(1, 1)(x))


def bce_and_dice(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Binary cross-entropy plus Dice loss."""
    ops = keras.ops
    bce = ops.mean(ops.binary_crossentropy(truth, logits, from_logits=True))
    probability = ops.sigmoid(logits)
    overlap = ops.sum(truth * probability, axis=(1, 2, 3))
    total = ops.sum(truth + probability, axis=(1, 2, 3))
    return bce + 1 - ops.mean((2 * overlap + 1) / (total + 1))


def read_pairs(records: Path) -> tuple[np.ndarray, np.ndarray]:
    """All records at 128 px: masked uint8 [N, S, S, 3] and binary maps float32 [N, S, S, 1]."""
    photos, maps = [], []
    for shard in sorted(records.glob("train-*.tfrecord")):
        for payload in read_frames(shard):
            record = decode_record(payload)
            photos.append(cv2.resize(record.masked, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
            maps.append(cv2.resize(record.binary_map, (SIZE, SIZE), interpolation=cv2.INTER_AREA))
    return np.array(photos), (np.array(maps)[..., None] >= 128).astype(np.float32)


def batches(
    photos: np.ndarray, maps: np.ndarray, steps: int, seed: int, reframe: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches with flips, colour jitter and, if asked for, other framings: photos float32 in [0, 1], maps in {0, 1}."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        index = rng.integers(len(photos), size=BATCH)
        x, y = photos[index].astype(np.float32) / 255, maps[index].copy()
        if reframe:
            for photo, binary_map in zip(x, y, strict=True):
                _reframe(photo, binary_map, rng)
        flip = rng.random(BATCH) < 0.5
        x[flip], y[flip] = x[flip, :, ::-1], y[flip, :, ::-1]
        gamma = np.exp(rng.uniform(-0.4, 0.7, (BATCH, 1, 1, 1)))  # beyond 1: skin and shadows darken, lights stay
        gain = rng.uniform(0.7, 1.3, (BATCH, 1, 1, 1)) * rng.uniform(0.9, 1.1, (BATCH, 1, 1, 3))
        grey = x.mean(axis=(1, 2, 3), keepdims=True)
        contrast = rng.uniform(0.7, 1.3, (BATCH, 1, 1, 1))
        x = (np.clip(((x - grey) * contrast + grey) * gain, 0, 1) ** gamma).astype(np.float32)
        yield x, y


def _reframe(photo: np.ndarray, binary_map: np.ndarray, rng: np.random.Generator) -> None:
    """Scales by 0.8 to 1.3, shifts by up to a tenth and turns by up to 10 degrees, photo and map together, in place."""
    warp = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.uniform(-10, 10), rng.uniform(0.8, 1.3))
    warp[:, 2] += rng.uniform(-0.1, 0.1, 2) * SIZE
    photo[:] = cv2.warpAffine(photo, warp, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    warped = cv2.warpAffine(binary_map[..., 0], warp, (SIZE, SIZE), borderMode=cv2.BORDER_CONSTANT)
    binary_map[..., 0] = warped >= 0.5


@click.command()
@click.option("--src", type=click.Path(path_type=Path, exists=True), required=True, help="CelebA photos.")
@click.option(
    "--real", type=click.Path(path_type=Path, exists=True), required=True, help="Outlined photos of real masks."
)
@click.option("--work", type=click.Path(path_type=Path), default=Path("build/sim_to_real"), show_default=True)
@click.option("--steps", default=700, show_default=True)
@click.option("--photos", default=3000, show_default=True, help="Train photos.")
@click.option("--reframe/--no-reframe", default=True, show_default=True, help="Also vary the framing of the photos.")
@click.option("--seed", default=0, show_default=True)
def main(src: Path, real: Path, work: Path, steps: int, photos: int, reframe: bool, seed: int) -> None:
    """Prints IoU by photo and their mean, and draws WORK/real.png."""
    keras.utils.set_random_seed(seed)
    synthesis = SynthesisConfig(wear=(("correct", 0.9), ("nose-out", 0.05), ("chin", 0.05)))
    config = BuildConfig(synthesis=synthesis, limit=photos, splits=("train",))
    records = work / "records"
    build(list_photos(src), src, records, config, jobs=-1, overwrite=True, templates_hash=art_fingerprint(synthesis))
    images, maps = read_pairs(records)
    model = small_unet()
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(schedule), bce_and_dice)
    started = time.monotonic()
    model.fit(batches(images, maps, steps, seed, reframe), steps_per_epoch=steps, verbose=2)
    click.echo(f"{model.count_params():,} parameters, {len(images):,} photos, {time.monotonic() - started:.0f} s")

    def find(photo: np.ndarray) -> np.ndarray:
        small = cv2.resize(photo, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)[None] / 255
        return keras.ops.convert_to_numpy(keras.ops.sigmoid(model(small, training=False)))[0, ..., 0]

    scores = measure(find, real)
    save_sheet(scores, work / "real.png")
    click.echo(f"{table(scores)}\nSheet: {work / 'real.png'}")
    model.save(work / "model.keras")


if __name__ == "__main__":
    main()
