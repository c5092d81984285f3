"""Trains the shape predictors: from a guess that is somewhat off to eyes, nose and mouth corners.

Each is an ensemble of regression trees (Kazemi and Sullivan 2014).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from maskify import align
from tools.train_masked_faces.scenes import Framing, Scene, to_celeba
from unmask.finding import frame
from unmask.finding.pyramid import pyramid

Array = NDArray[np.float64]

SCENES, GUESSES = 8000, 2
"""Crops, and guesses for each of them."""

FRAMING = Framing(yaw=(-50, 50), roll=(-15, 15), side=(75, 160))

TREES = 150
"""In each of ten cascades: 1.8 MB a predictor."""

THREADS = 2
"""Fixed, as dlib's sums depend on it."""

FARTHEST = 2.2
"""Standard deviations beyond which no guess is off."""


@dataclass(frozen=True)
class Spread:
    """How far guesses are off, as standard deviations.

    Attributes:
      roll: degrees.
      scale: of the logarithm.
      shift: in CelebA's pixels.
    """

    roll: float
    scale: float
    shift: float


SPREADS = {
    "coarse": Spread(roll=9.0, scale=0.08, shift=6.0),  # what the detectors leave
    "fine": Spread(roll=3.5, scale=0.05, shift=2.5),  # what the coarse step leaves
}


def guess_near(landmarks: NDArray[np.floating], spread: Spread, rng: np.random.Generator) -> Array:
    """A guess for 68 landmarks that is off by as much as is drawn: float64 [2, 3]."""
    drawn = np.clip(rng.normal(0, 1, 4), -FARTHEST, FARTHEST)
    x, y = align.MEAN_POINTS.mean(axis=0)
    off = cv2.getRotationMatrix2D((x, y), float(spread.roll * drawn[0]), float(np.exp(spread.scale * drawn[1])))
    off[:, 2] += spread.shift * drawn[2:]
    return frame.after(to_celeba(landmarks), off)


def train_predictor(scenes: Sequence[Scene], spread: Spread, seed: int) -> dlib.shape_predictor:
    """A predictor of the five points, from guesses near the first face of each scene."""
    views, targets = [], []
    for number, scene in enumerate(scenes):
        rng = np.random.default_rng([seed, number])
        for _ in range(GUESSES):
            guess = guess_near(scene.landmarks[0], spread, rng)
            points = align.apply(frame.after(guess, frame.TO_VIEW), align.five_points(scene.landmarks[0]))
            parts = [dlib.point(*point) for point in np.rint(points).astype(int).tolist()]
            views.append(frame.view(pyramid(scene.grey), guess))
            targets.append([dlib.full_object_detection(frame.view_box(), parts)])
    options = dlib.shape_predictor_training_options()
    options.num_trees_per_cascade_level = TREES
    options.oversampling_amount = 3
    options.feature_pool_region_padding = 0.4
    options.num_threads = THREADS
    options.random_seed = str(seed)
    return dlib.train_shape_predictor(views, targets, options)
