"""The one resize of photos and maps outside of TensorFlow: within rounding that of the training's input."""

import numpy as np
from PIL import Image

FILTER = "antialiased bilinear"
"""Its name: a triangle as wide as a pixel of the smaller of the two images, as `tf.image.resize` has it."""


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """An image at another size; itself where it has that.

    Training resizes by the same filter and keeps fractions of grey levels: the two are less than one apart, a third in
    the mean.

    Args:
      image: uint8 [H, H, 3] or [H, H].
      size: side S in pixels.

    Returns:
      uint8 [S, S, 3] or [S, S].
    """
    if len(image) == size:
        return image
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR))
