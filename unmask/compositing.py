"""The completed image: the photo outside the map, what Face G paints inside it."""

from typing import Any

import numpy as np
from keras import ops


def complete(painted: Any, masked: Any, soft_map: Any) -> Any:
    """soft_map * painted + (1 - soft_map) * masked; images [B, S, S, 3], map [B, S, S, 1] in [0, 1]."""
    return soft_map * painted + (1 - soft_map) * masked


def face_input(masked: Any, soft_map: Any, hidden: bool) -> Any:
    """What Face G sees: the photo, without what is to be painted over if `hidden`, and the map as a fourth channel.

    A mask that Face G sees shines through its paint wherever it is unlike those that it was trained on.

    Args:
      masked: float [B, S, S, 3] in [-1, 1].
      soft_map: float [B, S, S, 1] in [0, 1].
      hidden: whether the photo fades to mid grey in the map.

    Returns:
      float [B, S, S, 4].
    """
    return ops.concatenate([masked * (1 - soft_map) if hidden else masked, soft_map], axis=-1)


def blending_map(probability: Any, feather: int) -> Any:
    """The map by which the completed image is blended, from Mask G's probabilities.

    Args:
      probability: float [B, S, S, 1] in [0, 1].
      feather: pixels by which it is grown, so that no rim of the mask stays, and then softened; 0 thresholds it at
        one half instead, which gives a hard edge.

    Returns:
      float [B, S, S, 1] in [0, 1].
    """
    if not feather:
        return ops.cast(probability > 0.5, probability.dtype)
    side = 2 * feather + 1
    grown = ops.max_pool(probability, side, strides=1, padding="same")
    return ops.average_pool(grown, side, strides=1, padding="same")


def to_pixels(images: Any) -> np.ndarray:
    """Images in [-1, 1] -> uint8 of the same shape."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
