"""How much is seen of ear loops and straps: from the mask on, up to where the head or hair first hides them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.light import skin_likeness
from maskify.placement import Placement
from maskify.surface import COLUMNS, ROWS, Mesh

Array = NDArray[np.float64]
Float = NDArray[np.float32]

FACING = (-0.12, 0.0)
"""A loop comes into sight where the head's outward normal points towards the camera by this share of its length.

What lies where the head turns away from the camera runs behind it, as the head bulges outwards everywhere there.
"""

EARS = np.array([[[s * x, y, z] for y in (10, 20, 30) for x, z in ((76, 85), (80, 90), (84, 96))] for s in (1, -1)])
"""Points of both ears in mm, the person's left and right."""

CHEEKS = (slice(2, 9, 2), slice(-3, -6, -2)), (slice(2, 9, 2), slice(2, 5, 2))
"""Rows and columns of the body's grid under which the cheeks lie, the person's left and right."""

AROUND = np.array([[0, 0], [1.8, 1.8], [-1.8, 1.8], [1.8, -1.8], [-1.8, -1.8]])
"""Places in mm about a point of a loop where the photo is asked for skin: a strand of hair is no head of hair."""

EAR_SEEN, SKIN_SEEN = (0.3, 0.5), (0.35, 0.6)
"""Shares of skin from which on the ear, or a loop's place, begins to count as bare, and counts as bare wholly."""

STUB = 8.0
"""A loop of which fewer mm are seen in the picture, beside the mask, is not drawn: it would look like a flaw."""


def seen_loops(placed: Placement, mesh: Mesh, photo: NDArray[np.uint8], over_hair: bool) -> Float:
    """How much is seen of each vertex of loops and straps: float32 [V], 1 on the body.

    Args:
      placed: the mesh in the picture.
      mesh: the mask as drawn.
      photo: uint8 [H, W, 3] RGB.
      over_hair: whether hair hides nothing.
    """
    seen = np.ones(len(mesh.points), np.float32)
    if not len(mesh.half_widths):
        return seen
    xy = mesh.middle_lines(placed.xy)
    share = _between(-(mesh.loop_normals @ placed.camera.rotation[2]), FACING)
    if not over_hair:
        share = np.minimum(share, uncovered(xy, placed, mesh, photo))
    share = np.minimum.accumulate(share, axis=1)
    shown = share.copy()
    shown[share > 0] *= beside_body(xy[share > 0], placed, mesh)
    steps = xy[:, 1:] - xy[:, :-1]
    shown = shown[:, 1:] * np.hypot(steps[..., 0], steps[..., 1])
    share[shown.sum(axis=1) < STUB * placed.camera.pixels_per_mm] = 0
    seen[mesh.body :] = np.repeat(share[:, None], 2, axis=1).ravel()
    return seen


def uncovered(xy: Array, placed: Placement, mesh: Mesh, photo: NDArray[np.uint8]) -> Array:
    """How little hair hides points [L, S, 2] pixels of loops, which lie left and right in turn: float64 [L, S].

    A loop to an ear that is seen runs over beard and sideburns; where the ear is not seen, hair hangs over the loop.
    """
    scale, grid = placed.camera.pixels_per_mm, placed.xy[: mesh.body].reshape(ROWS, COLUMNS, 2)
    cheeks = np.stack([grid[cheek].reshape(-1, 2) for cheek in CHEEKS])
    moved = (xy - mesh.middle_lines(placed.straight))[:, -1].reshape(-1, 2, 1, 2).mean(axis=0)
    ears = placed.camera.project(EARS.reshape(-1, 3))[0].reshape(2, -1, 2) + moved
    around = (xy[:, :, None] + AROUND * scale).reshape(-1, 2, xy.shape[1], len(AROUND), 2).swapaxes(0, 1)
    colours = _colours(photo, np.concatenate([cheeks, ears, around.reshape(2, -1, 2)], axis=1))
    count = cheeks.shape[1]
    likeness = skin_likeness(colours[:, count:], np.sort(colours[:, :count], axis=1)[:, count // 2])
    ear, loops = likeness[:, : ears.shape[1]], likeness[:, ears.shape[1] :]
    bare = loops.reshape(around.shape[:-1]).mean(axis=3)
    share = np.maximum(_between(bare, SKIN_SEEN), _between(ear.mean(axis=1), EAR_SEEN)[:, None, None])
    return share.swapaxes(0, 1).reshape(xy.shape[:2])


def _colours(photo: NDArray[np.uint8], xy: Array) -> NDArray[np.uint8]:
    """The photo's colours at places [..., 2], or at its edge where they lie beyond: uint8 [..., 3]."""
    places = np.rint(xy).astype(int)
    return photo[places[..., 1].clip(0, photo.shape[0] - 1), places[..., 0].clip(0, photo.shape[1] - 1)]


def beside_body(xy: Array, placed: Placement, mesh: Mesh) -> NDArray[np.bool_]:
    """Which points [N, 2] pixels lie beside the mask, and not behind or on it: bool [N]."""
    grid = placed.xy[: mesh.body].reshape(ROWS, COLUMNS, 2).astype(np.float32)
    outline = np.concatenate([grid[0], grid[1:-1, -1], grid[-1, ::-1], grid[-2:0:-1, 0]])
    return np.array([cv2.pointPolygonTest(outline, (x, y), False) < 0 for x, y in xy.tolist()], bool)


def _between(value: Array, ends: tuple[float, float]) -> Array:
    return np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1)
