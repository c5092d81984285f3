"""Faces for tests: the canonical face in any pose, the astronaut in CelebA's frame, and masks of a fixed look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskify import align, portrait
from maskify.config import SynthesisConfig
from maskify.draw import MaskParams, draw_params
from maskify.landmarks import FaceFinder
from maskify.placement import Placement, place, rasterise
from maskify.pose import DISTANCE, EYES, MIRROR, Camera, HeadPose, canonical_face, estimate_camera, rotation_from_angles
from maskify.render import Masked, put_on
from maskify.sample import load_astronaut
from maskify.surface import Mesh
from maskify.templates import Template, find_template, load_template

Points = NDArray[np.float64]

SIZE = 256
PUPILS_MM = 63.0

NOSE_MOUTH_CHIN = np.r_[30, 48:68, 8]
"""Landmarks that a mask worn correctly covers."""


@dataclass(frozen=True)
class FaceCrop:
    """A face in the record's frame: clean uint8 [S, S, 3] RGB and its landmarks float32 [68, 2]."""

    clean: NDArray[np.uint8]
    landmarks: NDArray[np.float32]


def camera_at(pose: HeadPose, size: int = SIZE) -> Camera:
    """A camera that sees the canonical face in this pose as large, and where, CelebA's crop shows a face."""
    pixels_per_mm = align.EYE_DISTANCE / PUPILS_MM * size / align.CELEBA_SIZE[0]
    middle = np.array([size / 2, size * 0.51])
    return Camera(rotation_from_angles(pose), np.array([0.0, 0.0, DISTANCE]), pixels_per_mm * DISTANCE, middle)


def landmarks_at(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, size: int = SIZE) -> Points:
    """The canonical face's landmarks in a known pose: float64 [68, 2]."""
    return camera_at(HeadPose(yaw, pitch, roll), size).project(canonical_face())[0]


def mirrored(landmarks: NDArray[np.floating], width: int = SIZE) -> Points:
    """The landmarks of the mirrored picture, in their usual order."""
    return (landmarks * [-1, 1] + [width - 1, 0])[MIRROR]


def shot(look: str = "studio", **changes: Any) -> NDArray[np.uint8]:
    """The astronaut in CelebA's frame: uint8 [218, 178, 3] RGB."""
    return portrait.take(load_astronaut(), portrait.Shot(look, **changes))[0]


def face_crop(finder: FaceFinder, photo: NDArray[np.uint8], size: int = SIZE) -> FaceCrop:
    """The crop of a photo in CelebA's frame, as a record holds it."""
    transform = align.aligned_transform(size)
    (face,) = finder.find(photo)
    return FaceCrop(align.crop(photo, transform, size), align.apply(transform, face.landmarks).astype(np.float32))


def packaged(name: str) -> Template:
    return load_template(find_template(name))


def params_drawn(seed: int, templates: Sequence[Template], **settings: Any) -> MaskParams:
    """What this seed draws, with these settings of the synthesis."""
    return draw_params(seed, templates, SynthesisConfig(**settings))[1]


def params_for(template: Template, **changes: Any) -> MaskParams:
    """A mask of this template; what a test does not name is drawn from a fixed seed."""
    return replace(params_drawn(0, [template]), **changes)


def eye_middle(landmarks: NDArray[np.floating]) -> Points:
    return landmarks[EYES].mean(axis=0).astype(np.float64)


def placed_on(landmarks: NDArray[np.floating], template: Template, points: Points | None = None) -> Placement:
    """A mask bent onto the face with these landmarks: as it is drawn, or its points as it is worn."""
    points = template.mesh.points if points is None else points
    return place(template.mesh, points, template.influence, landmarks, estimate_camera(landmarks))


def texture_places(placed: Placement, mesh: Mesh, region: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """u and v of each pixel of the region: float32 [H, W, 2]."""
    return np.dstack(rasterise(placed, mesh, np.ones(len(mesh.points), np.float32), region)[:2])


def with_mask(face: FaceCrop, template: Template, params: MaskParams | None = None, shadow: float = 0.0) -> Masked:
    """The face with this mask on."""
    camera = estimate_camera(face.landmarks)
    return put_on(face.clean, face.landmarks, camera, template, params or params_for(template), shadow)
