"""A photo becomes a triplet: masked, clean, binary map."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.config import SynthesisConfig
from maskify.decode import read_photo
from maskify.draw import MaskParams, draw_params, seed_of
from maskify.errors import Skipped
from maskify.fabrics import pictures
from maskify.fabrics.patterns import NO_PICTURES
from maskify.landmarks import Face, FaceFinder
from maskify.photos import Photo
from maskify.pose import LARGEST_RESIDUAL, PUPILS, Camera, estimate_camera, shape_residual
from maskify.record import Record
from maskify.render import Masked, put_on
from maskify.templates import chosen, fingerprint, library, load_template

DRAWS = 3
"""How often a mask is drawn for a face that the one before does not fit."""

SMALLEST_EYE_DISTANCE = 12.0
"""Pixels in the photo: a smaller face has no landmarks worth the name."""


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


@dataclass(frozen=True)
class Found:
    """A photo and its faces.

    Attributes:
      photo: where it comes from.
      pixels: uint8 [H, W, 3] RGB.
      faces: those that get a mask, largest first; at least one.
    """

    photo: Photo
    pixels: NDArray[np.uint8]
    faces: tuple[Face, ...]


class Synthesizer:
    """Makes triplets of photos; what does not depend on the photo is loaded once."""

    def __init__(self, config: SynthesisConfig):
        self.config = config
        self.finder = FaceFinder(config.landmark_model, config.detector)
        self.pictures = pictures.list_pictures(Path(config.pictures)) if config.pictures else NO_PICTURES
        self.templates = [load_template(folder) for folder in chosen(config.templates)]
        for template in self.templates:
            if template.folder.parent != library():
                template.texture(0)  # a user's own art is refused now, not when it is first drawn

    def synthesize(self, photo: Photo) -> list[Synthesized]:
        """The triplets of one photo: `render` of `find`."""
        return self.render(self.find(photo))

    def find(self, photo: Photo) -> Found:
        """Reads a photo and finds its faces.

        Raises:
          Skipped: the photo cannot be read, or shows no face.
        """
        pixels = read_photo(photo)
        every = self.config.faces == "all"
        faces = self.finder.find(pixels, photo, every)
        if not faces:
            raise Skipped("no_face", "no face was found, upright or turned")
        return Found(photo, pixels, tuple(faces if every else faces[:1]))

    def render(self, found: Found) -> list[Synthesized]:
        """The triplets of a photo whose faces have been found: one for each that a mask fits, at least one.

        Raises:
          Skipped: no mask fits any of them; the reason of the first.
        """
        done: list[Synthesized] = []
        problem = None
        for face in found.faces:
            try:
                done.append(self._one_face(found.photo, found.pixels, face, len(done)))
            except Skipped as skipped:
                problem = problem or skipped
        if not done and problem:
            raise problem
        return done

    def put_on(
        self, clean: NDArray[np.uint8], landmarks: NDArray[np.float32], camera: Camera, seed: int
    ) -> tuple[Masked, MaskParams]:
        """Draws a mask and puts it on; up to `DRAWS` times, as one that hangs low may fit where another covers an eye.

        Args:
          clean: uint8 [H, W, 3] RGB.
          landmarks: [68, 2] pixels.
          camera: `estimate_camera(landmarks)`.
          seed: of this face.

        Raises:
          Skipped: none fits; the reason of the first.
        """
        problem = Skipped("mask_misses_face")
        for attempt in range(DRAWS):
            template, params = draw_params(seed, self.templates, self.config, attempt, self.pictures)
            try:
                masked = put_on(clean, landmarks, camera, template, params, self.config.shadow, self.pictures)
                return masked, params
            except Skipped as skipped:
                problem = problem if attempt else skipped
        raise problem

    def _one_face(self, photo: Photo, pixels: NDArray[np.uint8], face: Face, number: int) -> Synthesized:
        size = self.config.image_size
        in_frame = photo.celeba_frame and pixels.shape[1::-1] == align.CELEBA_SIZE
        transform = align.aligned_transform(size) if in_frame else align.frame_transform(face.landmarks, size)
        landmarks = align.apply(transform, face.landmarks).astype(np.float32)
        camera = estimate_camera(landmarks)
        check_landmarks(landmarks, camera, align.scale_of(transform))
        clean = align.crop_aligned(pixels, size) if in_frame else align.crop(pixels, transform, size)
        seed = seed_of(self.config.seed, photo.key if number == 0 else f"{photo.key}#{number + 1}")
        masked, params = self.put_on(clean, landmarks, camera, seed)
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


def check_landmarks(landmarks: NDArray[np.float32], camera: Camera, magnification: float = 1.0) -> None:
    """Raises Skipped where landmarks are too small or not those of a face.

    Args:
      landmarks: [68, 2] pixels.
      camera: `estimate_camera(landmarks)`.
      magnification: of the picture they lie in against the photo.
    """
    eyes = camera.pixels_per_mm * PUPILS / magnification
    if not eyes >= SMALLEST_EYE_DISTANCE:
        raise Skipped("face_too_small", f"the eyes are {eyes:.0f} pixels apart in the photo")
    residual = shape_residual(landmarks, camera)
    if not residual <= LARGEST_RESIDUAL:
        raise Skipped("landmarks_off", f"the landmarks miss a face's shape by {residual:.0f} mm")


def art_fingerprint(config: SynthesisConfig) -> str:
    """A hash of the templates and pictures that a build draws from; part of its settings.

    Raises:
      MaskifyError: there is no such template, or a picture cannot be read.
    """
    templates = fingerprint(chosen(config.templates))
    if config.pictures is None:
        return templates
    return f"{templates} {pictures.fingerprint(pictures.list_pictures(Path(config.pictures)))}"
