"""Records and runs for tests of training: small triplets drawn by code, and a stage trained on them in this process."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from maskify.record import Record, encode_record, frame
from unmask import augmentation
from unmask.networks.discriminators import PatchGAN
from unmask.networks.mask_generator import mask_generator
from unmask.networks.unet import UNet
from unmask.presets import PRESETS
from unmask.records import IMAGES, MASK_IMAGES, index_records
from unmask.stopping import StopRequest
from unmask.training.devices import choose_devices
from unmask.training.face_stage import FaceStage
from unmask.training.mask_stage import MaskStage
from unmask.training.run import Job, train
from unmask.training.settings import Running, Settings
from unmask.training.stage import Stage

SIZE = 32

MICRO = replace(
    PRESETS["tiny"],
    mask=UNet((4, 8), (1, 1)),
    face=UNet((4, 8), (1, 1), excite=True, rates=(1, 2)),
    discriminator=PatchGAN((4, 8)),
)
"""Networks that compile within a second."""


def triplet(number: int, size: int = SIZE) -> Record:
    """A face-like blob with a mask-like ellipse over its lower half, other for each number."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:size, 0:size] / size
    waves = np.stack([np.sin(rng.uniform(3, 9) * rows + rng.uniform(3, 9) * columns) for _ in range(3)], axis=2)
    clean = np.rint(128 + 90 * waves).astype(np.uint8)
    middle, radius = rng.uniform(0.4, 0.6, 2), rng.uniform(0.2, 0.3)
    inside = ((rows - middle[0] - 0.1) ** 2 + (columns - middle[1]) ** 2) < radius**2
    masked = np.where(inside[..., None], rng.integers(0, 256, 3, np.uint8), clean)
    return Record(
        key=f"photo{number}", masked=masked, clean=clean, binary_map=np.where(inside, 255, 0).astype(np.uint8),
        landmarks=np.zeros((68, 2), np.float32), pose=(0.0, 0.0, 0.0), template="surgical", params={},
    )  # fmt: skip


def write_shard(path: Path, records: list[Record]) -> None:
    path.write_bytes(b"".join(frame(encode_record(record, "png")) for record in records))


def write_records(folder: Path, train: int = 12, validation: int = 4, size: int = SIZE) -> Path:
    """Writes two train shards and one of validation, as maskify names them."""
    folder.mkdir(parents=True)
    triplets = [triplet(number, size) for number in range(train + validation)]
    half = train // 2
    write_shard(folder / "train-00000-of-00002.tfrecord", triplets[:half])
    write_shard(folder / "train-00001-of-00002.tfrecord", triplets[half:train])
    write_shard(folder / "validation-00000-of-00001.tfrecord", triplets[train:])
    return folder


def settings_for(stage: str, records: Path, steps: int = 10, **changes: Any) -> Settings:
    """Settings of a small run: batches of 4."""
    fingerprint = index_records(records, "train").fingerprint()
    return replace(
        Settings(stage, "tiny", SIZE, 4, steps, 1e-3, 7, True, False, None, fingerprint, "0" * 64), **changes
    )  # fmt: skip


def some_mask_generator() -> keras.Model:
    """An untrained Mask G, the same on every backend."""
    network, rng = mask_generator(MICRO.mask), np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.2, weight.shape) for weight in network.weights])
    return network


def run(
    records: Path, path: Path, settings: Settings, running: Running | None = None, extra: tuple[Any, ...] = (),
    request: StopRequest | None = None, validate: bool = True,
) -> Stage:  # fmt: skip
    """Trains the micro networks on these records in this process."""
    sets = {split: index_records(records, split) for split in ("train", "validation")}
    steps, rate = settings.steps, settings.learning_rate

    def make() -> Stage:
        if settings.stage == "mask":
            return MaskStage(MICRO, rate, steps)
        return FaceStage(MICRO, rate, steps, some_mask_generator(), settings.image_size, None)

    images = MASK_IMAGES if settings.stage == "mask" else IMAGES
    how = augmentation.MASK if settings.stage == "mask" else augmentation.FACE
    job = Job(make, images, how, sets["train"], sets["validation"] if validate else None)
    running = running or Running(save_every=2)
    running = replace(running, quiet=True, round_steps=1)
    devices = choose_devices(running.devices, settings.batch_size)
    return train(job, settings, running, path, devices, request or StopRequest(), extra)


def weights_of(stage: Stage) -> dict[str, list[bytes]]:
    """Every value that a checkpoint holds, bit by bit."""
    return {group: [np.asarray(one).tobytes() for one in variables] for group, variables in stage.saved().items()}
