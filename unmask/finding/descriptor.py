"""Histograms of oriented gradients (Dalal and Triggs 2005) of a small picture of a face."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE, CELL, ORIENTATIONS = 96, 8, 9
"""Side of the picture and of a cell in pixels; directions that are told apart, opposite ones being the same."""

LENGTH = (SIZE // CELL) ** 2 * ORIENTATIONS

NOISE = 2.0
"""Gradient in grey levels per pixel below which texture counts for less."""


def descriptor(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describes edges by cell and direction, whatever the light: float32 [LENGTH] in [0, 1].

    Args:
      picture: uint8 [S, S]; brought to SIZE x SIZE first.
    """
    small = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, ksize=1)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, ksize=1)
    strength, angle = cv2.cartToPolar(across, down)
    direction = angle * np.float32(ORIENTATIONS / np.pi) % ORIENTATIONS
    lower = direction.astype(np.int32) % ORIENTATIONS
    share = (direction - np.floor(direction)) * strength
    planes = np.zeros((SIZE, SIZE, ORIENTATIONS), np.float32)
    row, column = np.indices((SIZE, SIZE), sparse=True)
    planes[row, column, lower] = strength - share
    planes[row, column, (lower + 1) % ORIENTATIONS] += share
    side = SIZE // CELL
    cells = cv2.resize(planes, (side, side), interpolation=cv2.INTER_AREA)
    energy = cv2.boxFilter((cells**2).sum(axis=2), -1, (3, 3), borderType=cv2.BORDER_REFLECT)
    return np.minimum(cells / np.sqrt(energy + NOISE**2)[..., None], 1).ravel()
