"""How much is seen of ear loops and straps: from the mask on, up to where the head or hair first hides them."""

import numpy as np
from numpy.typing import NDArray

from maskify.light import sampled, skin_likeness
from maskify.placement import Placement
from maskify.surface import COLUMNS, LOOP_STEPS, ROWS, Mesh, head_normals

Array = NDArray[np.float64]
Float = NDArray[np.float32]

HIDDEN = (0.0, 0.12)
"""A loop fades out where the head's outward normal points away from the camera by this share of its length."""

EAR = np.array([[x, y, z] for y in (10, 20, 30) for x, z in ((76, 85), (80, 90), (84, 96))], np.float64)
"""Points of the ear on the person's left in mm."""

CHEEK = np.s_[2:9:2, 2:5:2], np.s_[2:9:2, -3:-6:-2]
"""Vertices of the body's grid under which the cheeks lie, on the person's right and left."""

AROUND = 2.2 * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]])
"""Places in mm about a point of a loop where the photo is asked for skin: a strand of hair is no head of hair."""

EAR_SEEN, SKIN_SEEN = (0.3, 0.5), (0.35, 0.6)
"""Shares of skin from which on the ear, or a loop's place, begins to count as bare, and counts as bare wholly."""

STUB = 12.0
"""A loop of which no more than so many mm are seen is not drawn: it would look like a flaw."""


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
    shape = len(mesh.half_widths), 2, LOOP_STEPS + 1
    points = mesh.points[mesh.body :].reshape(*shape, 3).mean(axis=1)
    share = facing(points, placed)
    if not over_hair:
        share = np.minimum(share, uncovered(points, placed, mesh, photo))
    share = np.minimum.accumulate(share, axis=1)
    lengths = np.linalg.norm(np.diff(points, axis=1), axis=2)
    share[((share[:, 1:] + share[:, :-1]) / 2 * lengths).sum(axis=1) < STUB] = 0
    seen[mesh.body :] = np.repeat(share[:, None], 2, axis=1).ravel()
    return seen


def facing(points: Array, placed: Placement) -> Array:
    """How much is seen of points [L, S, 3] mm by which side of the head they lie on: float64 [L, S].

    What lies where the head turns away from the camera runs behind it, as the head bulges outwards everywhere there.
    """
    turned_away = head_normals(points.reshape(-1, 3)) @ placed.camera.rotation[2]
    return np.clip((HIDDEN[1] - turned_away) / (HIDDEN[1] - HIDDEN[0]), 0, 1).reshape(points.shape[:2])


def uncovered(points: Array, placed: Placement, mesh: Mesh, photo: NDArray[np.uint8]) -> Array:
    """How little hair hides points [L, S, 3] mm of loops: float64 [L, S].

    A loop to an ear that is seen runs over beard and sideburns; where the ear is not seen, hair hangs over the loop.
    """
    count, steps = points.shape[:2]
    grid = placed.xy[: mesh.body].reshape(ROWS, COLUMNS, 2)
    moved = placed.xy - placed.straight
    share = np.empty((count, steps))
    for side, cheek in zip((-1, 1), CHEEK, strict=True):
        loops = np.flatnonzero(np.sign(points[:, 0, 0]) == side)
        if not len(loops):
            continue
        lines = mesh.body + 2 * steps * loops[:, None] + np.arange(steps)
        middle = (placed.xy[lines] + placed.xy[lines + steps]) / 2
        ear = placed.camera.project(EAR * [side, 1, 1])[0] + moved[lines[:, -1]].mean(axis=0)
        around = middle[:, :, None] + AROUND * placed.camera.pixels_per_mm
        places = np.concatenate([grid[cheek].reshape(-1, 2), ear, around.reshape(-1, 2)])
        colours = sampled(photo, places, 2 * placed.camera.pixels_per_mm)
        skin, rest = np.split(colours, [grid[cheek].size // 2])
        likeness = skin_likeness(rest, np.median(skin, axis=0))
        seen_ear = _between(likeness[: len(EAR)].mean(), EAR_SEEN)
        bare = likeness[len(EAR) :].reshape(around.shape[:3]).mean(axis=2)
        share[loops] = np.maximum(_between(bare, SKIN_SEEN), seen_ear)
    return share


def _between(value: Array, ends: tuple[float, float]) -> Array:
    return np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1)
