"""What Face G paints, fitted to its photo: its shade, its grain, and an edge that ends within the photo or with it."""

import math
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align
from unmask.pasting import colours, grain
from unmask.pasting.maps import soft_map
from unmask.pasting.patch import UNSEEN, Grain, Patch, box_of, to_photo

Array = NDArray[np.float64]
Float = NDArray[np.float32]
Pixels = NDArray[np.uint8]

PLACES = np.array(list(product(np.linspace(0.05, 0.95, 13), repeat=2)))
"""Middles of windows in which grain is measured, x and y in shares of the frame's side."""

WINDOW = 0.09
"""Side of a window, in shares of the frame's side."""

LEAST_WINDOW, LARGEST_WINDOW = 12, 64
"""Pixels of the photo: in a smaller one nothing can be measured, and a larger one tells nothing more."""

COARSEST = 0.35
"""Cycles a pixel of the frame. Up to this Face G paints what there is, and what it paints is not grain."""

STRONGEST = 1.5
"""Times the grain of skin."""

CELLS = 16
"""Rows and columns of places for which the strength of grain is found, by their colour."""


def fit(photo: Pixels, to_frame: Array, crop: Pixels, probability: Float, painted: Pixels, feather: int) -> Patch:
    """The patch that is pasted into the photo.

    Args:
      photo: uint8 [H, W, 3] RGB.
      to_frame: float64 [2, 3], similarity that takes it to the frame.
      crop: uint8 [S, S, 3], the photo in the frame.
      probability: float32 [S, S] of the mask, tidied.
      painted: uint8 [S, S, 3].
      feather: pixels of the frame by which the map is grown and softened.
    """
    soft = soft_map(probability, feather) * _fade(photo.shape, to_frame, len(crop), 2 * feather)
    paint = colours.matched(colours.toned(painted, crop, soft), crop, probability, soft)
    soft, paint = (_for_sampling(image, align.scale_of(to_frame)) for image in (soft, paint))
    found = _grain(photo, to_frame, soft, paint)
    return Patch(to_frame, paint, soft, found, box_of(soft, to_frame, photo.shape))


def _fade(shape: tuple[int, ...], to_frame: Array, size: int, width: int) -> Float:
    """1 in the frame, falling to 0 at those of its sides that lie in the photo: float32 [S, S].

    A mask that leaves the frame must not end in a straight cut; one that leaves the photo has no end in it.
    """
    ramp = np.clip(np.arange(size, dtype=np.float32) / width, 0, 1)
    middle = (size - 1) / 2
    side = np.stack([np.full(16, -1.0), np.linspace(0, size - 1, 16)], axis=1) - middle  # just beyond the left one
    back, fade = cv2.invertAffineTransform(to_frame), np.ones((size, size), np.float32)
    for turns in range(4):
        points = align.apply(back, side + middle)
        if ((points >= 0) & (points <= np.array(shape[1::-1]) - 1)).all(axis=1).any():
            fade = np.minimum(fade, np.rot90(np.broadcast_to(ramp, (size, size)), -turns))
        side = side @ [[0, 1], [-1, 0]]
    return fade


def _for_sampling(image: Float, scale: float) -> Float:
    """Blurred as much as the photo, `scale` times as coarse as the frame, needs to show it without aliasing."""
    if scale <= 1:
        return image
    return cv2.GaussianBlur(image, (0, 0), 0.5 * math.sqrt(scale**2 - 1), borderType=cv2.BORDER_REPLICATE)


def _grain(photo: Pixels, to_frame: Array, soft: Float, paint: Float) -> Grain | None:
    """As much of the photo's grain as the paint lacks; None where the photo shows too little of the face to tell."""
    scale = align.scale_of(to_frame)
    seen, covered = _windows(photo, to_frame, soft, paint)
    if len(seen) < grain.ALIKE or not len(covered):
        return None
    powers = grain.power(seen)
    middle = np.median(covered.mean(axis=(1, 2)), axis=0, keepdims=True)
    skin = grain.of_colours(middle, seen, powers)
    lacking = np.maximum(grain.typical(middle[0], seen, powers) - np.median(grain.power(covered), axis=0), 0)
    lacking *= np.clip(grain.RINGS / scale / COARSEST - 1, 0, 1)[:, None]
    cells = cv2.resize(paint, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    strength = grain.of_colours(cells.reshape(-1, 3), seen, powers) / max(float(skin[0]), 1e-6)
    strength = np.minimum(strength, STRONGEST).reshape(CELLS, CELLS).astype(np.float32)
    return Grain(grain.tile(lacking), cv2.resize(strength, soft.shape[::-1]))


def _windows(photo: Pixels, to_frame: Array, soft: Float, paint: Float) -> tuple[Float, Float]:
    """Windows of the photo beside the map, and of the paint within it, both in the photo's pixels: [N, w, w, 3]."""
    size, scale = len(soft), align.scale_of(to_frame)
    side, reach = min(round(WINDOW * size / scale), LARGEST_WINDOW), WINDOW / 2 * size
    seen: list[Float] = []
    covered: list[Float] = []
    middles = PLACES * size
    if side < LEAST_WINDOW:
        return (np.empty((0, side, side, 3), np.float32),) * 2
    corners = np.rint(align.apply(cv2.invertAffineTransform(to_frame), middles) - side / 2).astype(int)
    within = ((corners >= 0) & (corners + side <= np.array(photo.shape[1::-1]))).all(axis=1)
    for middle, (left, top) in zip(middles[within], corners[within], strict=True):
        (x0, y0), (x1, y1) = np.floor(middle - reach).astype(int).clip(0), np.ceil(middle + reach).astype(int) + 1
        share = soft[y0:y1, x0:x1]
        if share.max() < UNSEEN:
            seen.append(photo[top : top + side, left : left + side].astype(np.float32))
        elif share.min() > 0.9:
            covered.append(to_photo(paint, to_frame, (left, top, left + side, top + side)))
    return tuple(np.array(some, np.float32).reshape(-1, side, side, 3) for some in (seen, covered))  # type: ignore
