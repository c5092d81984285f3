"""Rendering: what was drawn at random plus a photo with landmarks becomes a masked photo and its binary map."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import composite
from maskify.draw import MaskParams
from maskify.light import SRGB_TO_LINEAR, estimate_light, estimate_optics
from maskify.placement import Fit, check_fit, check_folds, measure_fit, place, rasterise, visible_region
from maskify.pose import HeadPose
from maskify.surface import vertex_normals
from maskify.templates import Template, parse_colour
from maskify.texture import dye, level_for
from maskify.wear import worn_points

SUPERSAMPLING = 2
"""Samples per pixel and axis, which smooths the outline where the mask turns away from the camera."""

RELIEF_GAIN = 0.9
"""How strongly folds catch directional light, in units of the light's contrast; and the least contrast that they show."""
LEAST_RELIEF_LIGHT = 0.25


@dataclass(frozen=True)
class Masked:
    """A photo with a mask on.

    Attributes:
      photo: uint8 [H, W, 3] RGB.
      binary_map: uint8 [H, W], 255 where the garment covers the photo, else 0.
      pose: the head pose.
      fit: how well the mask sits.
    """

    photo: NDArray[np.uint8]
    binary_map: NDArray[np.uint8]
    pose: HeadPose
    fit: Fit


def put_on(
    clean: NDArray[np.uint8], landmarks: NDArray[np.floating], template: Template, params: MaskParams, shadow: float
) -> Masked:
    """Puts a mask on one face.

    Args:
      clean: uint8 [H, W, 3] RGB.
      landmarks: [68, 2] pixels, dlib's order.
      template: the mask.
      params: what was drawn for this face.
      shadow: strength of the contact shadow, 0 to 1.

    Raises:
      Skipped: the mask cannot sit on this face (folds, covers an eye, misses the face, spills).
    """
    mesh = template.mesh
    points = worn_points(mesh, params)
    placed = place(points, template.influence, landmarks)
    check_folds(mesh, points, placed)
    camera = placed.camera
    face_width = 145.0 * camera.pixels_per_mm
    region = visible_region(placed, mesh, clean.shape, margin=int(np.ceil(0.08 * face_width)) + 2)
    x0, y0, x1, y1 = region
    part = clean[y0:y1, x0:x1]

    light = estimate_light(clean, landmarks, camera)
    normals = vertex_normals(points, mesh.triangles) @ camera.rotation.T
    shade = light.shading(normals)
    samples = rasterise(placed, mesh, shade / 2, region, SUPERSAMPLING)
    texture = template.texture(level_for(150.0 * camera.pixels_per_mm * SUPERSAMPLING))
    contrast = light.direction[:2] + [0.0, -LEAST_RELIEF_LIGHT]
    relief = tuple(-RELIEF_GAIN * params.relief * contrast)
    atlas = dye(texture, _linear(params.colour), _linear(params.loop_colour), (float(relief[0]), float(relief[1])))
    height, width = atlas.shape[:2]
    fabric = cv2.remap(
        atlas,
        samples[..., 0] * np.float32(width) - np.float32(0.5),
        samples[..., 1] * np.float32(height) - np.float32(0.5),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    lit = composite.light_garment(fabric, samples[..., 2] * 2, light)
    lit = cv2.resize(lit, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    optics = estimate_optics(part)
    lit = composite.soften(lit, optics)
    alpha = composite.trim(lit[..., 3])
    colour = composite.roll_off(lit[..., :3] / np.maximum(lit[..., 3:], 1e-3)) * alpha[..., None]
    shadows = composite.contact_shadow(alpha, face_width, shadow, light.direction)
    grain = grain_tile(part.shape[:2], params.grain) * np.float32(optics.noise)
    photo = clean.copy()
    photo[y0:y1, x0:x1] = composite.paste(part, colour, alpha, shadows, grain)
    binary_map = np.zeros(clean.shape[:2], np.uint8)
    binary_map[y0:y1, x0:x1][alpha > 0] = 255
    fit = measure_fit(binary_map, landmarks)
    check_fit(fit)
    return Masked(photo, binary_map, camera.head_pose, fit)


def _linear(colour: str) -> NDArray[np.float32]:
    return SRGB_TO_LINEAR[list(parse_colour(colour))]


@lru_cache(maxsize=1)
def _grain_field() -> NDArray[np.float32]:
    """Fixed film grain of standard deviation 1, a little correlated as in enlarged JPEG photos: float32 [1024, 1024]."""
    field = np.random.default_rng(0).standard_normal((1024, 1024)).astype(np.float32)
    field = cv2.GaussianBlur(field, (5, 5), 0.7, borderType=cv2.BORDER_REFLECT)
    return (field / field.std()).astype(np.float32)


def grain_tile(shape: tuple[int, int], offset: int) -> NDArray[np.float32]:
    """A part of the grain field, float32 [H, W], repeated where the photo is larger."""
    field = _grain_field()
    rows = (np.arange(shape[0]) + offset // 1024) % 1024
    columns = (np.arange(shape[1]) + offset % 1024) % 1024
    return field[rows[:, None], columns]
