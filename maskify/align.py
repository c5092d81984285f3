"""The CelebA frame: the similarity transform between a photo and the square crop that records hold."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CELEBA_SIZE = (178, 218)
"""Width and height of CelebA's aligned photos."""

CROP_TOP = 20
"""The crop is the middle 178 x 178 of the 178 x 218 photo."""

MEAN_POINTS = np.array([[69.4, 111.3], [107.7, 111.2], [88.0, 135.2], [71.4, 152.2], [105.2, 152.2]])
"""CelebA's mean points in the 178 x 218 photo: eyes, nose tip, mouth corners (left and right in the picture)."""

EYE_DISTANCE = 38.3
"""Pixels between CelebA's mean eyes in the 178 x 218 photo."""


def five_points(landmarks: NDArray[np.floating]) -> Array:
    """Eye centres, nose tip and mouth corners of 68 landmarks: float64 [5, 2]."""
    points = landmarks.astype(np.float64)
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    return np.array([*eyes, points[30], points[48], points[54]])


def similarity(source: Array, target: Array) -> Array:
    """Least-squares similarity that takes source to target, both [N, 2]: float64 [2, 3] (Umeyama 1991, unmirrored)."""
    a = source - source.mean(axis=0)
    b = target - target.mean(axis=0)
    norm = (a**2).sum()
    cos = (a * b).sum() / norm
    sin = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / norm
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, target.mean(axis=0) - linear @ source.mean(axis=0)])


def frame_transform(landmarks: NDArray[np.floating], size: int) -> Array:
    """Photo -> crop for a photo that is not aligned: its five points onto CelebA's mean points, float64 [2, 3].

    Pixel centres lie at whole numbers, as in dlib and OpenCV.
    """
    return aligned_transform(size, similarity(five_points(landmarks), MEAN_POINTS))


def aligned_transform(size: int, before: Array | None = None) -> Array:
    """Aligned 178 x 218 photo -> crop of size x size, float64 [2, 3]; after the transform `before`, if there is one."""
    scale = size / CELEBA_SIZE[0]
    shift = (scale - 1) / 2
    out = np.array([[scale, 0, shift], [0, scale, shift - scale * CROP_TOP]])
    if before is None:
        return out
    return out @ np.vstack([before, [0, 0, 1]])


def apply(transform: Array, points: NDArray[np.floating]) -> Array:
    """Moves points [N, 2] by a [2, 3] transform."""
    return points @ transform[:, :2].T + transform[:, 2]


def scale_of(transform: Array) -> float:
    """By how much a similarity magnifies."""
    (a, b, _), (c, d, _) = transform.tolist()
    return math.sqrt(abs(a * d - b * c))


def crop_aligned(photo: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The crop of a photo that is in CelebA's frame, uint8 [218, 178, 3]: what `aligned_transform` maps, but faster."""
    middle = photo[CROP_TOP : CROP_TOP + CELEBA_SIZE[0]]
    interpolation = cv2.INTER_CUBIC if size > CELEBA_SIZE[0] else cv2.INTER_AREA
    return cv2.resize(middle, (size, size), interpolation=interpolation)


def crop(photo: NDArray[np.uint8], transform: Array, size: int) -> NDArray[np.uint8]:
    """The square crop: uint8 [size, size, 3].

    Shrinks with area averaging first where the photo is much larger than the crop, so that nothing aliases. Beyond the
    photo's edge the edge pixels go on, as in CelebA's own alignment.
    """
    scale = scale_of(transform)
    if scale < 0.5:
        photo, transform = _shrunk(photo, transform, scale)
    interpolation = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(photo, transform, (size, size), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)


def _shrunk(photo: NDArray[np.uint8], transform: Array, scale: float) -> tuple[NDArray[np.uint8], Array]:
    """The photo reduced by a whole factor, cut to what the crop needs, with the transform to match."""
    factor = min(int(1 / scale), *photo.shape[:2])  # of a photo smaller than a pixel of the crop one pixel stays
    height, width = photo.shape[0] // factor * factor, photo.shape[1] // factor * factor
    small = cv2.resize(photo[:height, :width], (width // factor, height // factor), interpolation=cv2.INTER_AREA)
    back = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return small, transform @ back
