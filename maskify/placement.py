"""Where a mask's mesh lies in the picture: projected with the head pose, then bent to the face's own landmarks."""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.bend import ANCHORS, anchor_points, anchor_weights
from maskify.errors import Skipped
from maskify.pose import Camera
from maskify.refine import refined
from maskify.surface import EMPTY, Mesh, widened

Array = NDArray[np.float64]
Float = NDArray[np.float32]

FINE = 1.5
"""Pixels per mm from which on the mesh is refined: its cells are about 5 mm wide."""

FACING = 0.3
"""A triangle counts as facing the camera from this share of the mean area on; others are nearly edge-on."""

LOWER_FACE = np.r_[2:15, 28]
"""The polygon that a mask should cover."""

LOOP_ABOVE = 6.0
"""Millimetres that loops and straps lie nearer than they are drawn: they are sewn on outside, and never sink in."""

BEHIND = 150.0
"""Millimetres that what is not seen goes back, so that it hides nothing."""

SPILL_MARGIN = 0.12
"""Spill is counted outside the polygon grown by this share of the face box."""

MIN_COVERAGE, MAX_SPILL = 0.75, 0.25
"""Limits of a good placement: share of the lower face covered, share of the mask beyond it."""


@dataclass(frozen=True)
class Placement:
    """A mesh in the picture.

    Attributes:
      xy: float64 [V, 2], pixels; pixel centres lie at whole numbers.
      straight: float64 [V, 2], the same before it was bent to the landmarks.
      depth: float64 [V], mm from the camera.
      camera: the camera of the head pose.
    """

    xy: Array
    straight: Array
    depth: Array
    camera: Camera


def place(mesh: Mesh, points: Array, influence: Array, landmarks: NDArray[np.floating], camera: Camera) -> Placement:
    """Projects a mask and bends it so that its face's anchors meet the landmarks.

    Args:
      mesh: the mask as drawn.
      points: float64 [V, 3] mm, the mask as worn.
      influence: float64 [V, A], `maskify.bend.influence` of the points, give or take the small shifts of wearing.
      landmarks: [68, 2] pixels.
      camera: of the head pose, `maskify.pose.estimate_camera(landmarks)`.
    """
    projected = camera.project(anchor_points())[0]
    residual = (landmarks[ANCHORS] - projected) / camera.pixels_per_mm
    offsets = influence @ anchor_weights(residual, camera.head_pose.yaw)
    straight, depth = camera.project(points)
    depth[mesh.body :] -= LOOP_ABOVE
    xy = widened(straight + offsets * camera.pixels_per_mm, mesh, camera.pixels_per_mm)
    return Placement(xy, straight, depth, camera)


def signed_areas(xy: Array, triangles: NDArray[np.int32]) -> Array:
    """Twice the signed area of each triangle in square pixels: > 0 where the mask's outer side faces the camera."""
    x, y = xy[:, 0][triangles].T, xy[:, 1][triangles].T
    return (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])


def check_folds(mesh: Mesh, placed: Placement) -> None:
    """Raises Skipped("mask_folded") where bending turned a triangle of the body over.

    Triangles that the head pose itself turns away are no folds; nor are those that it shows nearly edge-on.
    """
    triangles = mesh.body_triangles
    before, after = signed_areas(placed.straight, triangles), signed_areas(placed.xy, triangles)
    folded = np.count_nonzero((before > FACING * np.abs(before).mean()) & (after <= 0))
    if folded:
        raise Skipped("mask_folded", f"{folded} of {len(triangles)} triangles folded over")


def rasterise(
    placed: Placement, mesh: Mesh, seen: Float, region: tuple[int, int, int, int]
) -> tuple[Float, Float, Float]:
    """The dense map from pixels to the texture, hidden parts hidden.

    Args:
      placed: the mesh in the picture.
      mesh: its triangles and texture coordinates.
      seen: float32 [V], carried along; what has 0 hides nothing.
      region: x0, y0, x1, y1 in pixels.

    Returns:
      u, v and `seen` of each pixel, float32 [H, W]; u and v are `EMPTY` off the mask.
    """
    x0, y0, x1, y1 = region
    width, height = x1 - x0, y1 - y0
    behind = placed.depth + BEHIND * (seen == 0)
    attributes, triangles = np.column_stack([placed.xy, behind, mesh.uv - EMPTY, seen]), mesh.triangles
    if placed.camera.pixels_per_mm > FINE:
        attributes, triangles = refined(mesh, attributes, min(int(np.ceil(placed.camera.pixels_per_mm / FINE)), 8))
    depth = attributes[:, 2] / 1000.0  # metres, a range that suits the depth test
    focal = height / 2  # a vertical field of view of 90 degrees
    vertices = np.empty((len(depth), 3), np.float32)
    vertices[:, 0] = (attributes[:, 0] + (0.5 - x0 - width / 2)) * (depth / focal)
    vertices[:, 1] = (attributes[:, 1] + (0.5 - y0 - height / 2)) * (depth / -focal)
    vertices[:, 2] = -depth
    out = np.zeros((height, width, 3), np.float32)
    z_buffer = np.full((height, width), 100.0, np.float32)
    camera = np.eye(4, dtype=np.float32)
    cv2.triangleRasterize(
        vertices,
        triangles,
        attributes[:, 3:].astype(np.float32),
        out,
        z_buffer,
        camera,
        np.pi / 2,
        0.01,
        100.0,
        _raster_settings(),
    )
    u, v, seen = cv2.split(out)
    u += np.float32(EMPTY[0])
    v += np.float32(EMPTY[1])
    return u, v, seen


@lru_cache(maxsize=1)
def _raster_settings() -> cv2.TriangleRasterizeSettings:
    settings = cv2.TriangleRasterizeSettings()
    settings.setCullingMode(cv2.RASTERIZE_CULLING_CCW)  # a mask's inner side lies on the face
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    return settings


def visible_region(xy: Array, shape: tuple[int, ...], margin: int) -> tuple[int, int, int, int]:
    """The box x0, y0, x1, y1 around what is seen, [N, 2] pixels, with a margin, inside a picture of the given shape."""
    (left, top), (right, bottom) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    x0, y0 = (min(max(math.floor(low) - margin, 0), side - 1) for low, side in ((left, shape[1]), (top, shape[0])))
    x1 = min(max(math.ceil(right) + margin + 1, x0 + 1), shape[1])
    y1 = min(max(math.ceil(bottom) + margin + 1, y0 + 1), shape[0])
    return x0, y0, x1, y1


@dataclass(frozen=True)
class Fit:
    """How well a mask sits.

    Attributes:
      coverage: share of the lower-face polygon that the map covers.
      spill: share of the map outside that polygon grown by `SPILL_MARGIN` of the face box.
      eyes_covered: how many of the twelve eye landmarks lie in the map.
    """

    coverage: float
    spill: float
    eyes_covered: int


def measure_fit(binary_map: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> Fit:
    """Coverage, spill and eyes of a binary map uint8 [H, W] (255 = mask) for a face with landmarks [68, 2].

    Areas are counted on a map reduced to a face of about 70 pixels.
    """
    box = float(np.ptp(landmarks, axis=0).max())
    step = max(1, round(box / 70))
    small = np.ascontiguousarray(binary_map[step // 2 :: step, step // 2 :: step])
    polygon = np.zeros_like(small)
    corners = np.rint((landmarks[LOWER_FACE] - step // 2) * (16 / step)).astype(np.int32)
    cv2.fillPoly(polygon, [corners], 255, shift=4)
    x, y, width, height = cv2.boundingRect(small | polygon)  # the distance takes longest
    small, polygon = small[y : y + height, x : x + width], polygon[y : y + height, x : x + width]
    away = cv2.distanceTransform(255 - polygon, cv2.DIST_L2, cv2.DIST_MASK_5)
    beyond = cv2.compare(away, SPILL_MARGIN * box / step, cv2.CMP_GT)
    covered = cv2.countNonZero(small & polygon) / max(cv2.countNonZero(polygon), 1)
    spilled = cv2.countNonZero(small & beyond) / max(cv2.countNonZero(small), 1)
    return Fit(covered, spilled, count_inside(binary_map, landmarks[36:48]))


def count_inside(binary_map: NDArray[np.uint8], points: NDArray[np.floating]) -> int:
    """How many of the points [N, 2] lie on the map."""
    x, y = np.rint(points).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < binary_map.shape[1]) & (y < binary_map.shape[0])
    return int((binary_map[y[inside], x[inside]] > 0).sum())


def check_fit(fit: Fit, wear: str = "correct") -> None:
    """Raises Skipped where the mask sits badly: `mask_covers_eye`, `mask_misses_face` or `mask_spills`.

    Only a mask worn correctly is asked to cover the lower face.
    """
    if fit.eyes_covered:
        raise Skipped("mask_covers_eye", f"{fit.eyes_covered} of 12 eye landmarks lie under the mask")
    if wear == "correct" and fit.coverage < MIN_COVERAGE:
        raise Skipped("mask_misses_face", f"the mask covers {fit.coverage:.0%} of the lower face")
    if wear == "correct" and fit.spill > MAX_SPILL:
        raise Skipped("mask_spills", f"{fit.spill:.0%} of the mask lies beyond the lower face")
