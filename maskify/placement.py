"""Where a mask's mesh lies in the picture: projected with the head pose, then bent to the face's own landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.bend import ANCHORS, anchor_weights
from maskify.errors import Skipped
from maskify.pose import Camera, canonical_face, estimate_camera
from maskify.surface import EMPTY, Mesh

Array = NDArray[np.float64]

FACING = 0.3
"""A triangle counts as facing the camera from this share of the mean area on; others are nearly edge-on."""

BODY_BIAS = 0.97
"""The body's depth is scaled by this for the depth test, so that the head's rough ellipsoid never hides it."""

LOWER_FACE = np.r_[2:15, 28]
"""The polygon that a mask should cover."""

SPILL_MARGIN = 0.12
"""Spill is counted outside the polygon grown by this share of the face box."""

MIN_COVERAGE, MAX_SPILL = 0.75, 0.25
"""Limits of a good placement: share of the lower face covered, share of the mask beyond it."""


@dataclass(frozen=True)
class Placement:
    """A mesh in the picture.

    Attributes:
      xy: float64 [V, 2], pixels; pixel centres lie at whole numbers.
      depth: float64 [V], mm from the camera.
      camera: the camera of the head pose.
    """

    xy: Array
    depth: Array
    camera: Camera


def place(points: Array, influence: Array, landmarks: NDArray[np.floating]) -> Placement:
    """Projects a mask and bends it so that its face's anchors meet the landmarks.

    Args:
      points: float64 [V, 3] mm, the mask as worn.
      influence: float64 [V, A], `maskify.bend.influence` of the mask as drawn.
      landmarks: [68, 2] pixels.
    """
    camera = estimate_camera(landmarks)
    projected = camera.project(canonical_face()[ANCHORS])[0]
    residual = (landmarks[ANCHORS] - projected) / camera.pixels_per_mm
    offsets = influence @ anchor_weights(residual, camera.head_pose.yaw)
    xy, depth = camera.project(points)
    return Placement(xy + offsets * camera.pixels_per_mm, depth, camera)


def signed_areas(xy: Array, triangles: NDArray[np.int32]) -> Array:
    """Twice the signed area of each triangle in square pixels: > 0 where the mask's outer side faces the camera."""
    a, b, c = (xy[triangles[:, k]] for k in range(3))
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


def check_folds(mesh: Mesh, points: Array, placed: Placement) -> None:
    """Raises Skipped("mask_folded") where bending turned a triangle of the body over.

    Triangles that the head pose itself turns away are no folds; nor are those that it shows nearly edge-on.
    """
    triangles = mesh.body_triangles
    before = signed_areas(placed.camera.project(points)[0], triangles)
    facing = before > FACING * np.abs(before).mean()
    folded = int((signed_areas(placed.xy, triangles)[facing] <= 0).sum())
    if folded:
        raise Skipped("mask_folded", f"{folded} of {len(triangles)} triangles folded over")


def rasterise(
    placed: Placement, mesh: Mesh, shade: NDArray[np.float32], region: tuple[int, int, int, int], supersampling: int
) -> NDArray[np.float32]:
    """The dense map from pixels to the texture, hidden parts hidden.

    Args:
      placed: the mesh in the picture.
      mesh: its triangles and texture coordinates.
      shade: float32 [V] in [0, 1], carried along.
      region: x0, y0, x1, y1 in pixels.
      supersampling: samples per pixel and axis.

    Returns:
      float32 [H, W, 3]: u, v, shade at each sample; `EMPTY` off the mask.
    """
    x0, y0, x1, y1 = region
    width, height = (x1 - x0) * supersampling, (y1 - y0) * supersampling
    depth = placed.depth / 1000.0  # metres, a range that suits the depth test
    depth[: mesh.body] *= BODY_BIAS
    samples = (placed.xy - [x0, y0] + 0.5) * supersampling
    focal = height / 2  # a vertical field of view of 90 degrees
    vertices = np.column_stack([(samples - [width / 2, height / 2]) * [1, -1] * (depth / focal)[:, None], -depth])
    colours = np.column_stack([mesh.uv, shade]).astype(np.float32)
    out = np.empty((height, width, 3), np.float32)
    out[:] = (*EMPTY, 0.0)
    settings = cv2.TriangleRasterizeSettings()
    settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    z_buffer = np.full((height, width), 100.0, np.float32)
    cv2.triangleRasterize(
        vertices.astype(np.float32), mesh.triangles, colours, out, z_buffer, np.eye(4), np.pi / 2, 0.01, 100.0, settings
    )
    return out


def visible_region(placed: Placement, mesh: Mesh, shape: tuple[int, ...], margin: int) -> tuple[int, int, int, int]:
    """The box x0, y0, x1, y1 that holds what is painted, with a margin, inside a picture of the given shape."""
    painted = placed.xy[mesh.uv[:, 1] < 1.0]
    low = np.clip(np.floor(painted.min(axis=0)).astype(int) - margin, 0, [shape[1] - 1, shape[0] - 1])
    high = np.clip(np.ceil(painted.max(axis=0)).astype(int) + margin + 1, low + 1, [shape[1], shape[0]])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


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
    """Coverage, spill and eyes of a binary map uint8 [H, W] (255 = mask) for a face with landmarks [68, 2]."""
    polygon = np.zeros_like(binary_map)
    cv2.fillPoly(polygon, [np.rint(landmarks[LOWER_FACE]).astype(np.int32)], 255)
    box = np.ptp(landmarks, axis=0).max()
    reach = int(round(SPILL_MARGIN * float(box)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = cv2.dilate(polygon, disc)
    covered = cv2.countNonZero(binary_map & polygon) / max(cv2.countNonZero(polygon), 1)
    spilled = cv2.countNonZero(binary_map & ~grown) / max(cv2.countNonZero(binary_map), 1)
    return Fit(covered, spilled, count_inside(binary_map, landmarks[36:48]))


def count_inside(binary_map: NDArray[np.uint8], points: NDArray[np.floating]) -> int:
    """How many of the points [N, 2] lie on the map."""
    x, y = np.rint(points).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < binary_map.shape[1]) & (y < binary_map.shape[0])
    return int((binary_map[y[inside], x[inside]] > 0).sum())


def check_fit(fit: Fit) -> None:
    """Raises Skipped where the mask sits badly: `mask_covers_eye`, `mask_misses_face` or `mask_spills`."""
    if fit.eyes_covered:
        raise Skipped("mask_covers_eye", f"{fit.eyes_covered} of 12 eye landmarks lie under the mask")
    if fit.coverage < MIN_COVERAGE:
        raise Skipped("mask_misses_face", f"the mask covers {fit.coverage:.0%} of the lower face")
    if fit.spill > MAX_SPILL:
        raise Skipped("mask_spills", f"{fit.spill:.0%} of the mask lies beyond the lower face")
