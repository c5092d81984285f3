"""What the networks, or another program, are compared with, so that a reader sees what a number means."""

from pathlib import Path

import cv2
import numpy as np

from unmask.evaluation.results import MeanOf
from unmask.evaluation.test_set import Sample
from unmask.records import index_records
from unmask.resizing import resized

MASKED, JPEG, TELEA, MEAN_FACE = "masked", "jpeg95", "telea", "mean_face"
TITLES = {
    MASKED: "masked photo as it is",
    JPEG: "clean photo as JPEG 95",
    TELEA: "Telea inpainting in the true map",
    MEAN_FACE: "mean face in the true map",
}
"""The baselines, in the order in which they are shown."""

TELEA_RADIUS = 3  # pixels around each that inpainting looks at: OpenCV's own example
MEAN_OF = 500  # photos of the train split that the mean face is of, at most


def baselines(sample: Sample, mean: np.ndarray) -> dict[str, np.ndarray]:
    """What each baseline makes of a record: uint8 [S, S, 3] by its name, in the order of TITLES.

    Args:
      sample: the record.
      mean: uint8 [S, S, 3], the mean face.
    """
    return {
        MASKED: sample.masked,
        JPEG: jpeg(sample.clean, 95),
        TELEA: cv2.inpaint(sample.masked, sample.inside.astype(np.uint8), TELEA_RADIUS, cv2.INPAINT_TELEA),
        MEAN_FACE: np.where(sample.inside[..., None], mean, sample.masked),
    }


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """An image after JPEG compression with OpenCV's other defaults (4:2:0): uint8 [H, W, 3]."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def mean_face(folder: Path, split: str, size: int) -> tuple[np.ndarray, MeanOf]:
    """The mean of the clean photos of the train split, an even sample of at most MEAN_OF, and which those are.

    Where the train split is empty it is that of `split`, which is then a little too good.

    Returns:
      uint8 [S, S, 3], and the split with the number of photos.

    Raises:
      UnmaskError: the split's images differ in size.
    """
    trained = any(path.stat().st_size for path in folder.glob("train-*.tfrecord"))
    index = index_records(folder, "train" if trained else split, MEAN_OF)
    total = np.zeros((size, size, 3), np.uint64)
    for number in range(len(index)):
        total += resized(index.record(number).clean, size)
    return np.rint(total / len(index)).astype(np.uint8), MeanOf(index.split, len(index))
