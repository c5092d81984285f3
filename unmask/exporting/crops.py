"""Real faces in masks, in the training frame, for a check."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError, Skipped
from maskify.photos import list_photos
from maskify.sample import make_sample
from maskify.synthesis import Synthesizer
from unmask.errors import UnmaskError
from unmask.records import RecordIndex, index_records
from unmask.resizing import resized

COUNT = 8

_SPLITS = ("test", "validation", "train")
"""Where photos are taken from: the first that has some."""


def crops_of_records(folder: Path, size: int) -> np.ndarray:
    """The masked photos of some records: uint8 [N, S, S, 3] RGB, N up to `COUNT`.

    Raises:
      UnmaskError: the folder holds no records.
      MaskifyError: a shard is damaged.
    """
    index = index_of_crops(folder)
    return np.stack([resized(index.record(number).masked, size) for number in range(len(index))])


def index_of_crops(folder: Path) -> RecordIndex:
    """The records of which those photos are; raises as `crops_of_records` does."""
    filled = [split for split in _SPLITS if any(path.stat().st_size for path in folder.glob(f"{split}-*.tfrecord"))]
    return index_records(folder, (filled or _SPLITS)[0], COUNT)


def crops_of_sample(size: int) -> np.ndarray:
    """Photos of the portrait that `maskify sample` is made from, with masks on: uint8 [N, S, S, 3] RGB.

    Raises:
      UnmaskError: scikit-image, which brings the portrait along, is not installed.
    """
    synthesizer, crops = Synthesizer(SynthesisConfig(image_size=size)), []
    with TemporaryDirectory() as folder:
        try:
            photos = list_photos(make_sample(Path(folder), COUNT)).photos
        except MaskifyError as error:
            raise UnmaskError(f"{error.message} Or check on photos of your own: --records RECORDS") from error
        for photo in photos:
            try:
                crops.append(synthesizer.synthesize(photo)[0].record.masked)
            except Skipped:  # a mask that does not fit this shot
                continue
    return np.stack(crops)
