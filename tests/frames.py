"""Photos, frames and maps that tests of pasting draw."""

import cv2
import numpy as np

from maskify import align
from unmask.pasting.fitting import fit
from unmask.pasting.patch import Patch

S = 64
RNG = np.random.default_rng(0)


def disc(x: float = 32, y: float = 40, radius: float = 14) -> np.ndarray:
    """Probability 1 in a disc of the frame: float32 [S, S]."""
    rows, columns = np.mgrid[0:S, 0:S]
    return ((columns - x) ** 2 + (rows - y) ** 2 < radius**2).astype(np.float32)


def placed(scale: float, degrees: float = 0.0, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """The similarity that takes a photo, in which the frame is magnified, turned and moved, to the frame."""
    turn = cv2.getRotationMatrix2D((0, 0), degrees, scale)
    turn[:, 2] = at
    return cv2.invertAffineTransform(turn)


def flat(value: float = 128.0, noise: float = 0.0, shape: tuple[int, int] = (256, 256)) -> np.ndarray:
    return np.clip(np.rint(value + noise * RNG.standard_normal((*shape, 3))), 0, 255).astype(np.uint8)


def smooth(image: np.ndarray) -> np.ndarray:
    """Without grain."""
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 3)


def fitted(photo: np.ndarray, to_frame: np.ndarray, painted: np.ndarray, found: np.ndarray | None = None) -> Patch:
    found = disc() if found is None else found
    return fit(photo, to_frame, align.crop(photo, to_frame, S), found, painted, 2)
