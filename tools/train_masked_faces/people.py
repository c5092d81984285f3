"""The people to train on: photos with the landmarks of their faces, some kept out to measure on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from maskify.decode import read_photo
from maskify.errors import Skipped
from maskify.landmarks import Face, FaceFinder
from maskify.photos import Photo, list_photos
from maskify.pose import HeadPose, estimate_camera
from maskify.shards import hash_of
from maskify.synthesis import check_landmarks

HELD_OUT = 0.25
"""Share of the photos without an official partition that is kept out of training."""

SURE = 0.25
"""Least score of dlib's detector: below it some of its finds are no faces."""

PARTS = 64


@dataclass(frozen=True)
class Person:
    """A photo of one or more people.

    Attributes:
      photo: where it lies.
      landmarks: float32 [68, 2] of each of its faces, largest first.
      pose: of the largest face.
    """

    photo: Photo
    landmarks: tuple[NDArray[np.float32], ...]
    pose: HeadPose

    @property
    def held_out(self) -> bool:
        """Kept out of training: CelebA's test photos, and a quarter of those of other sources."""
        if self.photo.split is not None:
            return self.photo.split == "test"
        return hash_of("held out", self.photo.key) < HELD_OUT

    @property
    def is_loose(self) -> bool:
        """The photo shows more than CelebA's frame: shoulders, background, other people."""
        return not self.photo.celeba_frame


def find_people(sources: Sequence[Path], jobs: int) -> list[Person]:
    """Everybody in the photos, sorted by path; photos with no face, or with a doubtful one, are left out."""
    photos = [photo for source in sources for photo in list_photos(source).photos]
    found = Parallel(n_jobs=jobs)(delayed(_people_of)(photos[start::PARTS]) for start in range(PARTS))
    return sorted((person for part in found for person in part), key=lambda person: person.photo.path)


def _people_of(photos: Sequence[Photo]) -> list[Person]:
    finder, people = FaceFinder(), []
    for photo in photos:
        try:
            faces = finder.find(read_photo(photo), photo, every=not photo.celeba_frame)
        except Skipped:
            continue
        if faces and all(map(_is_sure, faces)):
            landmarks = tuple(face.landmarks for face in faces)
            people.append(Person(photo, landmarks, estimate_camera(landmarks[0]).head_pose))
    return people


def _is_sure(face: Face) -> bool:
    try:
        check_landmarks(face.landmarks, estimate_camera(face.landmarks))
    except Skipped:
        return False
    return face.detector == "aligned" or face.score >= SURE
