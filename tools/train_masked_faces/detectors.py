"""Trains dlib's HOG detectors, one for each view: max-margin object detection (King 2015)."""

from collections.abc import Sequence

import dlib
import numpy as np
from numpy.typing import NDArray

from maskify.decode import read_photo
from tools.train_masked_faces.camera import taken
from tools.train_masked_faces.people import Person
from tools.train_masked_faces.scenes import Framing, crop, to_celeba
from unmask.finding import boxes
from unmask.finding.pyramid import pyramid
from unmask.finding.search import WINDOW, View

FACES, BACKGROUNDS, BACKGROUND_SIZE = 1200, 400, 240
"""Crops for each view, and pictures without a face with their side in pixels: three times the time of a quarter."""

C = 1.0
"""Of the support vector machine."""

TRIES = 20


def train_detector(people: Sequence[Person], view: View, seed: int, share: float) -> dlib.simple_object_detector:
    """A detector of one view; always the same for the same arguments, as it runs in one thread."""
    faces = [
        crop(people, _framing(view), np.random.default_rng([seed, 1, number])) for number in range(int(FACES * share))
    ]
    loose = [person for person in people if person.is_loose]
    drawn = [background(loose, np.random.default_rng([seed, 2, number])) for number in range(int(BACKGROUNDS * share))]
    empty = [picture for picture in drawn if picture is not None]
    options = dlib.simple_object_detector_training_options()
    options.C, options.detection_window_size, options.num_threads = C, WINDOW * WINDOW, 1
    options.add_left_right_image_flips = False
    labels = [[boxes.rectangle(scene.face_boxes[0])] for scene in faces]
    pictures = [scene.grey for scene in faces] + empty
    return dlib.train_simple_object_detector(pictures, labels + [[] for _ in empty], options)


def _framing(view: View) -> Framing:
    return Framing(view.yaw, view.roll, side=(1.02 * WINDOW, 1.3 * WINDOW), shift=0.15)


def background(people: Sequence[Person], rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """A square of a photo beside its faces, at a random scale: uint8 [S, S] grey, or None where none fits."""
    if not people:
        return None
    person = people[int(rng.integers(len(people)))]
    photo = read_photo(person.photo)
    faces = [boxes.face_box(to_celeba(points)) for points in person.landmarks]
    height, width = photo.shape[:2]
    for _ in range(TRIES):
        side = float(np.exp(rng.uniform(np.log(60), np.log(min(height, width)))))
        left, top = rng.uniform(0, width - side), rng.uniform(0, height - side)
        box = np.array([left, top, left + side, top + side])
        if all(boxes.overlap(box, face) == 0 for face in faces):
            scale = BACKGROUND_SIZE / side
            transform = np.array([[scale, 0, -scale * left], [0, scale, -scale * top]])
            return taken(pyramid(photo).cut(transform, (BACKGROUND_SIZE, BACKGROUND_SIZE)), rng)
    return None
