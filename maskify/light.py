"""The photo's own light and optics, estimated on the face: what a mask in the same photo would look like."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.pose import Camera, canonical_face
from maskify.surface import head_normals

Array = NDArray[np.float64]

SRGB_TO_LINEAR = np.array(
    [c / 12.92 if (c := i / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for i in range(256)], np.float32
)
"""IEC 61966-2-1, for 8-bit values."""

LINEAR_STEPS = 4096
_linear = np.arange(LINEAR_STEPS) / (LINEAR_STEPS - 1)
LINEAR_TO_SRGB = np.where(_linear <= 0.0031308, 12.92 * _linear, 1.055 * _linear ** (1 / 2.4) - 0.055).astype(
    np.float32
)
"""The inverse on a grid of 4096 values, as floats in [0, 1]."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Rec. 709 weights of linear red, green and blue."""

SKIN_ALBEDO = (0.12, 0.36, 0.55)
"""Luminance that skin reflects, darkest to lightest and in the middle (after Anderson and Parrish 1981)."""

SKIN_COLOUR = np.array([1.35, 0.93, 0.70])
"""Linear RGB of skin in white light, divided by its luminance; the mean of CelebA's faces."""

RIDGE = 0.15
"""Pulls the directional light towards none, in units of the sample count."""


@dataclass(frozen=True)
class Light:
    """Low-frequency light on the face: irradiance = colour * level * max(ambient + direction . normal, floor).

    Attributes:
      level: irradiance that a white surface facing the mean direction reflects, linear, 1 = saturated.
      colour: float64 [3], linear RGB, luminance 1.
      ambient: share of the light that comes from everywhere.
      direction: float64 [3], in camera axes; points from the face to the light (its length is the contrast).
      monochrome: 0 for a colour photo, 1 for one without any colour of its own.
    """

    level: float
    colour: Array
    ambient: float
    direction: Array
    monochrome: float

    def shading(self, normals: Array) -> NDArray[np.float32]:
        """Relative irradiance of surfaces with the given unit normals [N, 3] in camera axes: float32 [N], in [0.25, 2]."""
        return np.clip(self.ambient + normals @ self.direction, 0.25, 2.0).astype(np.float32)


@lru_cache(maxsize=1)
def _skin_points() -> tuple[Array, Array]:
    """Points of bare skin on the canonical face: weights [N, 68] that make them from landmarks, and unit normals [N, 3]."""
    pairs = [(36, 31), (39, 31), (45, 35), (42, 35), (1, 36), (15, 45), (2, 31), (14, 35), (3, 48), (13, 54), (2, 48)]
    pairs += [(14, 54), (41, 48), (46, 54), (5, 48), (11, 54), (27, 29), (21, 22), (8, 57), (7, 58), (9, 56), (28, 30)]
    weights = np.zeros((2 * len(pairs) + 5, 68))
    for row, (i, j) in enumerate(pairs):
        weights[2 * row, [i, j]] = 0.62, 0.38
        weights[2 * row + 1, [i, j]] = 0.38, 0.62
    for row, brow in enumerate((18, 20, 23, 25), start=2 * len(pairs)):  # forehead: above the brows
        weights[row, [brow, 33]] = 1.35, -0.35
    weights[-1, [21, 22, 33]] = 0.7, 0.7, -0.4
    points = weights @ canonical_face()
    return weights, head_normals(points)


def estimate_light(photo: NDArray[np.uint8], landmarks: NDArray[np.floating], camera: Camera) -> Light:
    """Fits ambient and one directional light to the skin's luminance (robust ridge regression).

    Skin tone and exposure cannot be told apart by the face alone, so the level is weighed between the skin's middle albedo
    and the brightest parts of the whole photo.

    Args:
      photo: uint8 [H, W, 3] RGB.
      landmarks: [68, 2] pixels.
      camera: of the head pose.
    """
    height, width = photo.shape[:2]
    factor = max(1, round(float(np.ptp(landmarks[:, 0])) / 32))
    small = cv2.resize(photo, (max(width // factor, 1), max(height // factor, 1)), interpolation=cv2.INTER_AREA)
    linear = SRGB_TO_LINEAR[small].astype(np.float64)
    weights, normals = _skin_points()
    x, y = np.rint((weights @ landmarks.astype(np.float64) + 0.5) / factor - 0.5).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < small.shape[1]) & (y < small.shape[0])
    skin = linear[y[inside], x[inside]]
    luminance = np.maximum(skin @ LUMINANCE, 1e-4)
    seen = normals[inside] @ camera.rotation.T
    mean, ambient, direction = _fit(luminance, seen)
    tint, monochrome = _tint(skin, luminance, mean, small)
    return Light(_level(mean, linear @ LUMINANCE), tint, ambient, direction, monochrome)


def _fit(luminance: Array, normals: Array) -> tuple[float, float, Array]:
    """Mean level, ambient share and direction of the light, by reweighted least squares."""
    weight = np.ones(len(luminance))
    level = float(np.median(luminance))
    target = np.clip(luminance / max(level, 1e-4), 0, 2.5)
    design = np.column_stack([np.ones(len(normals)), normals])
    ridge = np.diag([0.0, RIDGE, RIDGE, 2 * RIDGE]) * len(normals)
    solution = np.array([1.0, 0, 0, 0])
    for _ in range(3):
        gram = (design * weight[:, None]).T @ design + ridge
        solution = np.linalg.solve(gram, design.T @ (weight * target))
        weight = 1 / (1 + ((target - design @ solution) / 0.2) ** 2)
    return level, float(solution[0]), solution[1:]


def _level(skin: float, luminance: Array) -> float:
    """How much a white surface reflects: between what darkest and lightest skin would mean, led by the photo's highlights."""
    dark, middle, light = SKIN_ALBEDO
    guess = float(np.clip(np.percentile(luminance, 97) / 0.9, skin / light, skin / dark))
    return float(np.sqrt(guess * skin / middle))


def _tint(skin: Array, luminance: Array, mean: float, small: NDArray[np.uint8]) -> tuple[Array, float]:
    """Colour of the light, from the skin's; and whether the photo has colours at all."""
    chroma = np.median(skin / luminance[:, None], axis=0)
    colour = (np.maximum(chroma, 0.02) / SKIN_COLOUR) ** 0.5
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    design = np.column_stack([np.ones(len(lab)), lab[:, :1] / 255, (lab[:, :1] / 255) ** 2])
    fitted = design @ np.linalg.lstsq(design, lab[:, 1:], rcond=None)[0]
    residual = float(np.sqrt(((lab[:, 1:] - fitted) ** 2).sum(axis=1).mean()))
    monochrome = float(np.clip((4.0 - residual) / 2.5, 0, 1))
    if monochrome > 0:  # one tone: a white mask has the tone of the photo's own lights
        colour = (1 - monochrome) * colour + monochrome * np.maximum(chroma, 0.02)
    return colour / (colour @ LUMINANCE), monochrome


@dataclass(frozen=True)
class Optics:
    """What the camera did to the photo.

    Attributes:
      blur: standard deviation of the point spread in pixels.
      noise: standard deviation of the noise in grey levels.
    """

    blur: float
    noise: float


def estimate_optics(face: NDArray[np.uint8]) -> Optics:
    """Blur and noise of a crop of the face, uint8 [H, W, 3] RGB.

    Blur: across an edge blurred by a Gaussian the steepest slope is A / (s sqrt(2 pi)) and the largest second derivative
    A / (s^2 sqrt(2 pi e)), so their ratio gives s. Noise: Immerkaer 1996, on the flatter half of the crop.
    """
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float32)
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3) / 8
    dxx = grey[:, 2:] - 2 * grey[:, 1:-1] + grey[:, :-2]
    slope, bend = np.percentile(np.abs(dx), 99), np.percentile(np.abs(dxx), 99)
    blur = float(np.clip(slope / max(bend, 1e-3) * np.exp(-0.5), 0.3, 4.0))
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    detail = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    noise = float(np.median(detail) / 0.6745 / 6)
    return Optics(blur, min(noise, 12.0))
