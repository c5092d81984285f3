"""Trains the judge: it tells a face from what a detector took for one, once it is upright and its points are known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.train_masked_faces.people import Person
from tools.train_masked_faces.predictors import SPREADS, guess_near
from tools.train_masked_faces.scenes import Clothing, Scene, close_up, eye_error, whole
from unmask.finding import frame
from unmask.finding.descriptor import descriptor
from unmask.finding.models import Models
from unmask.finding.pyramid import Pyramid, pyramid
from unmask.finding.search import COARSE, close_guesses, places

Float = NDArray[np.float64]

RIGHT, WRONG = 0.15, 0.35
"""Errors of the eyes in eye distances up to which a face has been found, and from which on it has not."""

SCENES, CLOSE_GUESSES = 2400, 6
"""Crops with guesses; and how many of those for a face that fills the photo are tried in each."""

WEIGHT_DECAY, NEWTON_STEPS = 10.0, 8


@dataclass(frozen=True)
class Example:
    """What the judge sees, float32 [LENGTH], and whether it is a face."""

    described: NDArray[np.float32]
    is_face: bool


def of_places(people: Sequence[Person], models: Models, rng: np.random.Generator) -> Iterator[Example]:
    """What the detectors find in whole photos, a quarter of which lie on their side or upside down."""
    for person in people:
        quarters = int(rng.integers(1, 4)) if rng.random() < 0.25 else 0
        scene = whole(person, rng.uniform(380, 660), Clothing(), rng, quarters)
        photo = pyramid(scene.grey)
        for place in places(photo, models.detectors, replace(COARSE, longest=photo.longest)):
            yield from _example(scene, photo, place.guess, models)
        yield from _close_examples(scene, photo, models, rng)


def of_guesses(scenes: Sequence[Scene], models: Models, rng: np.random.Generator) -> Iterator[Example]:
    """Guesses near faces, beside them, and of another size; in the scenes and in close-ups of them."""
    for scene in scenes:
        near = close_up(scene, rng)
        for shown in (scene, near):
            photo = pyramid(shown.grey)
            yield from _example(shown, photo, guess_near(shown.landmarks[0], SPREADS["coarse"], rng), models)
            yield from _example(shown, photo, _wrong_guess(shown.face_boxes[0], rng), models)
        yield from _close_examples(near, pyramid(near.grey), models, rng)


def _wrong_guess(box: Float, rng: np.random.Generator) -> Float:
    side = (box[2] - box[0]) * np.exp(rng.choice([-1, 1]) * rng.uniform(0.2, 0.9))
    middle = (box[:2] + box[2:]) / 2 + (box[2] - box[0]) * rng.uniform(-0.7, 0.7, 2)
    return frame.guess_of_face(np.r_[middle - side / 2, middle + side / 2], rng.uniform(-25, 25))


def _close_examples(scene: Scene, photo: Pyramid, models: Models, rng: np.random.Generator) -> Iterator[Example]:
    """What some of the guesses lead to that are made where a face may fill the photo."""
    guesses = close_guesses(photo)
    for index in rng.choice(len(guesses), CLOSE_GUESSES, replace=False):
        yield from _example(scene, photo, guesses[index], models)


def _example(scene: Scene, photo: Pyramid, guess: Float, models: Models) -> Iterator[Example]:
    """What the guess leads to, unless it is neither right nor wrong."""
    points = frame.five_points(photo, guess, models.predictors)
    to_celeba = frame.to_celeba(points)
    error = min(eye_error(points, landmarks) for landmarks in scene.landmarks)
    if error < RIGHT or error > WRONG:
        yield Example(descriptor(frame.view(photo, to_celeba)), error < RIGHT)


def train_judge(examples: Sequence[Example]) -> NDArray[np.float32]:
    """Logistic regression with weight decay, both classes counting alike, by Newton's method: float32 [LENGTH + 1]."""
    x = np.column_stack([np.array([one.described for one in examples]), np.ones(len(examples))]).astype(np.float64)
    y = np.array([one.is_face for one in examples], np.float64)
    share = np.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    decay = np.append(np.full(x.shape[1] - 1, WEIGHT_DECAY), 0.0)
    weights = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (share * (p - y)) + decay * weights
        curvature = (x * (share * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ x + np.diag(decay)
        weights -= np.linalg.solve(curvature, gradient)
    return weights.astype(np.float32)
