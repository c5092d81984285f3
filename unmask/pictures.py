"""Pictures for people to look at, of photos that may be large."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

LARGEST = 1600
"""Largest side in pixels."""


def shrunk(pixels: Pixels) -> Pixels:
    """A picture, uint8 [H, W] or [H, W, 3], with no side over `LARGEST`."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LARGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(pixels: Pixels) -> bytes:
    """The file of a picture, uint8 [H, W, 3] RGB."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95, subsampling=0)
    return stream.getvalue()


def png(pixels: Pixels) -> bytes:
    """The file of a map, uint8 [H, W]."""
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())
