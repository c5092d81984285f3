"""The resize of photos and maps as arrays: that of the evaluation, and of training on JAX."""

import numpy as np
from PIL import Image

FILTER = "antialiased bilinear"
"""Its name: a triangle as wide as a pixel of the smaller of the two images, as `tf.image.resize` has it."""


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """An image at another size; itself where it has that.

    Training with TensorFlow resizes by the same filter and keeps fractions of grey levels: the two are less than one
    apart, 0.3 in the mean.

    Args:
      image: uint8 [H, H, 3] or [H, H].
      size: side S in pixels.

    Returns:
      uint8 [S, S, 3] or [S, S].
    """
    if len(image) == size:
        return image
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR))
