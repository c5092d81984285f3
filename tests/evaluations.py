"""Records and runs for tests of the evaluation: the sample's records under other keys, and networks nobody trained."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from commands import records_of
from triplets import write_shard

from maskify.record import Record
from unmask.evaluation.features import Extractor
from unmask.evaluation.subject import Output
from unmask.evaluation.test_set import Sample
from unmask.networks.face_generator import face_generator
from unmask.networks.mask_generator import mask_generator
from unmask.networks.saved import FACE_FILE, MASK_FILE, load_network
from unmask.presets import PRESETS, Preset
from unmask.training.run_folder import CONFIG

SIZE = 64
TEMPLATES, YAWS = ("cloth", "surgical"), (-35.0, -12.0, 3.0, 20.0)


def faces(records: Path, count: int) -> list[Record]:
    """So many records of the sample, each with a key of its own, two of each identity."""
    found = records_of(records)
    return [
        replace(
            found[number % len(found)], key=f"person/{number:03d}", identity=number // 2,
            template=TEMPLATES[number % 2], pose=(YAWS[number % 4], 0.0, 0.0),
        )
        for number in range(count)
    ]  # fmt: skip


def write_split(folder: Path, split: str, records: Sequence[Record]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_shard(folder / f"{split}-00000-of-00001.tfrecord", list(records))
    return folder


def write_pictures(folder: Path, records: Path, size: int = 128) -> Path:
    """The clean photos of a test split, by their keys."""
    for record in records_of(records):
        path = folder / f"{record.key}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.cvtColor(cv2.resize(record.clean, (size, size)), cv2.COLOR_RGB2BGR))
    return folder


def write_run(path: Path, stage: str = "face", size: int = SIZE, shapes: Preset = PRESETS["tiny"]) -> Path:
    """A finished run of tiny networks, or of others that are called so, with the weights that they start with."""
    path.mkdir(parents=True)
    keras.utils.set_random_seed(3)
    mask_generator(shapes.mask).save(path / MASK_FILE)
    if stage == "face":
        face_generator(shapes.face).save(path / FACE_FILE)
    settings = {"stage": stage, "preset": "tiny", "image_size": size, "steps": 5}
    (path / CONFIG).write_text(json.dumps({"settings": settings}))
    return path


def spoil(path: Path) -> None:
    """Makes one weight of a network NaN: the bias of its last layer."""
    network = load_network(path)
    weights = network.get_weights()
    network.set_weights([*weights[:-1], np.full_like(weights[-1], np.nan)])
    network.save(path)


class Painter:
    """A subject that paints the true map grey, without any network; it can be pickled."""

    method, title, output, folder = "restored", "grey", "restored", "grey"
    networks: dict[str, Any] = {}
    versions: dict[str, str] = {}

    def restore(self, samples: Sequence[Sample]) -> list[Output]:
        return [Output(None, np.where(one.inside[..., None], np.uint8(128), one.masked)) for one in samples]


def counting(calls: list[int]) -> Extractor:
    """Features that are a picture's mean colour; lists how many pictures were looked at."""

    def extract(images: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return images.mean(axis=(1, 2))

    return Extractor("of colours", "colour", 3, extract)
