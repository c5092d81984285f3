"""A photo becomes a triplet: masked, clean, binary map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.config import SynthesisConfig
from maskify.decode import read_photo
from maskify.draw import MaskParams, draw_params, seed_of
from maskify.errors import Skipped
from maskify.landmarks import Face, FaceFinder
from maskify.photos import Photo
from maskify.pose import canonical_face, estimate_camera
from maskify.record import Record
from maskify.render import Masked, put_on
from maskify.templates import Template, chosen, fingerprint, load_template

DRAWS = 3
"""How often a mask is drawn for a face that the one before does not fit."""

SMALLEST_EYE_DISTANCE = 12.0
"""Pixels in the photo: a smaller face has no landmarks worth the name."""

LARGEST_RESIDUAL = 9.0
"""Mean distance in mm of landmarks from the canonical face in its best pose, beyond which they are no face's."""


@dataclass(frozen=True)
class Synthesized:
    """One face of a photo with a mask on.

    Attributes:
      record: the triplet and what belongs to it.
      detector: what found the face.
      score: the detector's confidence.
      seed: what the mask was drawn from.
    """

    record: Record
    detector: str
    score: float
    seed: int


class Synthesizer:
    """Makes triplets of photos; what does not depend on the photo is loaded once."""

    def __init__(self, config: SynthesisConfig):
        self.config = config
        self.finder = FaceFinder(config.landmark_model, config.detector)
        self.templates = [load_template(folder) for folder in chosen(config.templates)]

    def synthesize(self, photo: Photo) -> list[Synthesized]:
        """The triplets of one photo: one, or one for each face with faces="all".

        Raises:
          Skipped: the photo cannot be read, shows no face, or no mask fits the face.
        """
        pixels = read_photo(photo)
        faces = self.finder.find(pixels, photo)
        if not faces:
            raise Skipped("no_face", "no face was found, upright or turned")
        wanted = faces if self.config.faces == "all" else faces[:1]
        done: list[Synthesized] = []
        problem = None
        for face in wanted:
            try:
                done.append(self._one_face(photo, pixels, face, len(done)))
            except Skipped as skipped:
                problem = problem or skipped
        if not done and problem:
            raise problem
        return done

    def _one_face(self, photo: Photo, pixels: NDArray[np.uint8], face: Face, number: int) -> Synthesized:
        size = self.config.image_size
        check_landmarks(face.landmarks)
        if photo.celeba_frame and pixels.shape[1::-1] == align.CELEBA_SIZE:
            transform = align.aligned_transform(size)
        else:
            transform = align.frame_transform(face.landmarks, size)
        clean = align.crop(pixels, transform, size)
        landmarks = align.apply(transform, face.landmarks).astype(np.float32)
        seed = seed_of(self.config.seed, photo.key if number == 0 else f"{photo.key}#{number + 1}")
        masked, params = draw_and_put_on(clean, landmarks, self.templates, seed, self.config.shadow)
        pose = (masked.pose.yaw, masked.pose.pitch, masked.pose.roll)
        described = params.as_dict() | {"coverage": round(masked.fit.coverage, 3), "spill": round(masked.fit.spill, 3)}
        record = Record(
            key=photo.key,
            masked=masked.photo,
            clean=clean,
            binary_map=masked.binary_map,
            landmarks=landmarks,
            pose=pose,
            template=params.template,
            params=described,
            identity=photo.identity,
        )
        return Synthesized(record, face.detector, face.score, seed)


def draw_and_put_on(
    clean: NDArray[np.uint8], landmarks: NDArray[np.float32], templates: Sequence[Template], seed: int, shadow: float
) -> tuple[Masked, MaskParams]:
    """Draws a mask and puts it on; up to `DRAWS` times, as one that hangs low may fit where another covers an eye.

    Raises:
      Skipped: none fits; the reason of the first.
    """
    problem = None
    for attempt in range(DRAWS):
        template, params = draw_params(seed + attempt, templates)
        try:
            return put_on(clean, landmarks, template, params, shadow), params
        except Skipped as skipped:
            problem = problem or skipped
    assert problem is not None
    raise problem


def check_landmarks(landmarks: NDArray[np.float32]) -> None:
    """Raises Skipped where landmarks [68, 2] in pixels of the photo are too small or not those of a face."""
    eyes = align.five_points(landmarks)[:2]
    distance = float(np.linalg.norm(eyes[1] - eyes[0]))
    camera = estimate_camera(landmarks)
    if camera.pixels_per_mm * 63 < SMALLEST_EYE_DISTANCE:  # 63 mm: mean distance of adult eyes
        raise Skipped("face_too_small", f"the eyes are {distance:.0f} pixels apart")
    residual = np.linalg.norm(camera.project(canonical_face())[0] - landmarks, axis=1).mean() / camera.pixels_per_mm
    if not residual <= LARGEST_RESIDUAL:
        raise Skipped("landmarks_off", f"the landmarks miss a face's shape by {residual:.0f} mm")


def template_fingerprint(config: SynthesisConfig) -> str:
    """A hash of the templates that a build draws from; part of its settings."""
    return fingerprint(chosen(config.templates))


def resolved(config: SynthesisConfig) -> SynthesisConfig:
    """The config with a user's own template folders as absolute paths, so that workers find them.

    Raises:
      MaskifyError: a template does not exist.
    """
    folders = chosen(config.templates)
    named = zip(config.templates, folders, strict=False)
    return replace(config, templates=tuple(name if not Path(name).exists() else str(path) for name, path in named))
