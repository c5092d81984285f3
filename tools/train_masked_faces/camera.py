"""What lies between a face and a file: light, focus, noise and JPEG, drawn at random."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


def taken(grey: Grey, rng: np.random.Generator) -> Grey:
    """The picture as another camera would have taken it: uint8 [H, W]."""
    seen = grey.astype(np.float32) / 255
    seen = _lit(seen, rng) ** np.float32(np.exp(rng.normal(0.1, 0.3)))
    middle = seen.mean()
    seen = (seen - middle) * np.float32(rng.uniform(0.6, 1.25)) + middle * np.float32(rng.uniform(0.75, 1.15))
    if rng.random() < 0.4:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.5:
        seen = seen + rng.normal(0, rng.uniform(0.005, 0.04), seen.shape).astype(np.float32)
    out = np.clip(np.rint(seen * 255), 0, 255).astype(np.uint8)
    return _compressed(out, int(rng.integers(25, 90))) if rng.random() < 0.5 else out


def _lit(seen: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A gradient of light across the picture, up to three times as bright on one side as on the other."""
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.5)
    down, across = np.mgrid[-1 : 1 : seen.shape[0] * 1j, -1 : 1 : seen.shape[1] * 1j].astype(np.float32)
    light = 1 + strength * (np.cos(angle) * across + np.sin(angle) * down)
    return np.clip(seen * np.clip(light, 0.1, None), 0, 1).astype(np.float32)


def _compressed(grey: Grey, quality: int) -> Grey:
    return cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
