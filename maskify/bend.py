"""How one face differs from the canonical one: a smooth displacement field that its landmarks determine."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maskify.pose import canonical_face

Array = NDArray[np.float64]

ANCHORS = np.r_[1:16, 27:36, 36, 39:43, 45:48]
"""Landmarks that a mask is bent to: jaw line, nose, and the lower eyelids that it must stay clear of."""

LENGTH_SCALE, AMPLITUDE, NOISE = 45.0, 6.0, 1.5
"""How faces differ from the canonical one, as a Gaussian process: reach, size and landmark noise in mm."""

SLIDING = (8.0, 16.0, 60.0)
"""Far jaw landmarks fade out between these |yaw| in degrees: their noise in mm grows to the third number."""

_FAR_JAW = {True: np.flatnonzero((ANCHORS > 8) & (ANCHORS < 17)), False: np.flatnonzero(ANCHORS < 8)}  # by yaw > 0


def _kernel(a: Array, b: Array) -> Array:
    squared = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
    return AMPLITUDE**2 * np.exp(-squared / (2 * LENGTH_SCALE**2))


@lru_cache(maxsize=1)
def anchor_points() -> Array:
    """The anchors on the canonical face: float64 [len(ANCHORS), 3] mm."""
    return canonical_face()[ANCHORS]


@lru_cache(maxsize=1)
def _anchor_kernel() -> Array:
    return _kernel(anchor_points(), anchor_points())


def influence(points: Array) -> Array:
    """How the anchors' weights move points on the canonical face [V, 3] mm: float64 [V, len(ANCHORS)], a constant."""
    return _kernel(points, anchor_points())


def anchor_noise(yaw: float) -> Array:
    """Standard deviation in mm that each anchor is trusted with, for a head turned by yaw degrees: float64 [A]."""
    noise = np.full(len(ANCHORS), NOISE)
    start, end, most = SLIDING
    fade = min(max((abs(yaw) - start) / (end - start), 0.0), 1.0)
    noise[_FAR_JAW[yaw > 0]] += fade * (most - NOISE)
    return noise


def anchor_weights(residual: Array, yaw: float) -> Array:
    """Gaussian-process regression (kriging) of the anchors' residuals; `influence` times these is the field.

    The field is smooth, passes the anchors within their noise, and is zero far from any.

    Args:
      residual: float64 [len(ANCHORS), 2], landmark minus projected anchor, in mm.
      yaw: of the head in degrees; beyond `SLIDING` the far jaw has no say.

    Returns:
      float64 [len(ANCHORS), 2].
    """
    system = _anchor_kernel().copy()
    system.flat[:: len(ANCHORS) + 1] += anchor_noise(yaw) ** 2
    return np.linalg.solve(system, residual).astype(np.float64)
