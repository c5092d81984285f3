"""Rendering: what was drawn at random plus a photo with landmarks becomes a masked photo and its binary map."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import composite
from maskify.bend import influence
from maskify.draw import MaskParams
from maskify.fabrics.patterns import NO_PICTURES, fabric
from maskify.light import LUMINANCE, SRGB_TO_LINEAR, Light, estimate_light, estimate_optics
from maskify.loops import seen_loops
from maskify.photos import Photo
from maskify.placement import (
    Fit,
    Placement,
    check_fit,
    check_folds,
    measure_fit,
    place,
    rasterise,
    visible_region,
)
from maskify.pose import Camera, HeadPose
from maskify.surface import COLUMNS, ROWS, cell_centres, grid_normals
from maskify.templates import Template, parse_colour
from maskify.texture import body_rows, level_for, lit
from maskify.wear import worn_points

Float = NDArray[np.float32]

FACE_WIDTH = 145.0
"""Millimetres from jaw to jaw on the canonical face."""

RELIEF_GAIN, OVERHEAD = 1.0, 0.15
"""How strongly folds catch directional light; and how much of the ambient light comes from above."""


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
    clean: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    camera: Camera,
    template: Template,
    params: MaskParams,
    shadow: float,
    pictures: Mapping[str, Photo] = NO_PICTURES,
) -> Masked:
    """Puts a mask on one face.

    Args:
      clean: uint8 [H, W, 3] RGB.
      landmarks: [68, 2] pixels, dlib's order.
      camera: `maskify.pose.estimate_camera(landmarks)`.
      template: the mask.
      params: what was drawn for this face.
      shadow: strength of the contact shadow, 0 to 1.
      pictures: a user's own, by key, if the pattern is one.

    Raises:
      Skipped: the mask cannot sit on this face (folds, covers an eye, misses the face, spills).
    """
    points = worn_points(template.mesh, params)
    field = template.influence if params.wear == "correct" else influence(points)  # pulled down, it lies elsewhere
    placed = place(template.mesh, points, field, landmarks, camera)
    check_folds(template.mesh, placed)
    face_width = FACE_WIDTH * camera.pixels_per_mm
    seen = seen_loops(placed, template.mesh, clean, template.settings.get("over_hair", False))
    x0, y0, x1, y1 = region = visible_region(placed.xy[seen > 0], clean.shape, int(0.08 * face_width) + 2)
    part = clean[y0:y1, x0:x1]
    light = estimate_light(clean, landmarks, camera)
    optics = estimate_optics(part)
    garment = _garment(template, params, points, placed, seen, region, light, pictures)
    garment = composite.trim(composite.soften(garment, optics))
    shadows = composite.contact_shadow(garment[..., 3], face_width, shadow, light.direction)
    grain = grain_tile(part.shape[:2], params.grain) * np.float32(optics.noise)
    photo, binary_map = clean.copy(), np.zeros(clean.shape[:2], np.uint8)
    photo[y0:y1, x0:x1] = composite.paste(part, garment, shadows, grain)
    binary_map[y0:y1, x0:x1][garment[..., 3] > 0] = 255
    fit = measure_fit(binary_map, landmarks)
    check_fit(fit, params.wear)
    return Masked(photo, binary_map, camera.head_pose, fit)


def _garment(
    template: Template,
    params: MaskParams,
    points: NDArray[np.float64],
    placed: Placement,
    seen: Float,
    region: tuple[int, int, int, int],
    light: Light,
    pictures: Mapping[str, Photo],
) -> Float:
    """The mask alone in the photo's light: float32 [H, W, 4] of the region, premultiplied and linear."""
    camera = placed.camera
    normals = grid_normals(points[: template.mesh.body], COLUMNS, ROWS) @ camera.rotation.T
    shade = cell_centres(light.shading(normals).reshape(ROWS, COLUMNS))
    across, down = light.direction @ camera.rotation[:, 0], light.direction @ camera.rotation[:, 1] - OVERHEAD
    relief = -RELIEF_GAIN * params.relief * across, -RELIEF_GAIN * params.relief * down
    texture = template.texture(level_for(FACE_WIDTH * camera.pixels_per_mm))
    irradiance = (light.white * light.level * params.brightness).astype(np.float32)
    if params.pattern is None:
        cloth = _linear(params.colour)
    else:
        size = texture.alpha.shape[1], body_rows(texture)
        cloth = fabric(params.pattern, size, template.span, pictures)
    loop = _linear(params.loop_colour)
    atlas = lit(texture, cloth, loop, irradiance, shade, (float(relief[0]), float(relief[1])))
    atlas = _toned(atlas, light)
    height, width = atlas.shape[:2]
    u, v, shown = rasterise(placed, template.mesh, seen, region)
    across_texels, down_texels = u * np.float32(width) - np.float32(0.5), v * np.float32(height) - np.float32(0.5)
    garment = cv2.remap(atlas, across_texels, down_texels, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return composite.hide(garment, 1 - composite.smooth_edge(shown))


def _linear(colour: str) -> Float:
    return SRGB_TO_LINEAR[list(parse_colour(colour))]


def _toned(atlas: Float, light: Light) -> Float:
    """The art, float32 [H, W, 4], without its colours as far as the photo has none, and in the photo's tone instead."""
    if light.monochrome == 0:
        return atlas
    grey = cv2.transform(atlas[..., :3], LUMINANCE[None].astype(np.float32))[..., None]
    tone = grey * light.colour.astype(np.float32)
    mixed = atlas[..., :3] + np.float32(light.monochrome) * (tone - atlas[..., :3])
    return np.dstack([mixed, atlas[..., 3]])


@lru_cache(maxsize=1)
def _grain_field() -> Float:
    """Fixed film grain of standard deviation 1, a little correlated as in enlarged JPEG photos: float32 [1024,
    1024]."""
    field = np.random.default_rng(0).standard_normal((1024, 1024)).astype(np.float32)
    field = cv2.GaussianBlur(field, (5, 5), 0.7, borderType=cv2.BORDER_REFLECT)
    return (field / field.std()).astype(np.float32)


def grain_tile(shape: tuple[int, int], offset: int) -> Float:
    """A part of the grain field, float32 [H, W], repeated where the photo is larger."""
    field = _grain_field()
    top, left = offset // 1024 % 1024, offset % 1024
    if top + shape[0] <= 1024 and left + shape[1] <= 1024:
        return field[top : top + shape[0], left : left + shape[1]]
    rows, columns = (top + np.arange(shape[0])) % 1024, (left + np.arange(shape[1])) % 1024
    return field[rows[:, None], columns]
