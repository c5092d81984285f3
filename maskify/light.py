"""The photo's own light and optics, estimated on the face: what a mask in the same photo would look like."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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

_linear = np.arange(65536) / 65535
LINEAR_TO_SRGB = (255 * np.where(_linear <= 0.0031308, 12.92 * _linear, 1.055 * _linear ** (1 / 2.4) - 0.055)).astype(
    np.float32
)
"""The inverse for 16-bit linear values, as grey levels 0 to 255 before rounding."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Rec. 709 weights of linear red, green and blue."""

LUMINANCE_ROW = LUMINANCE[None].astype(np.float32)
"""The same as `cv2.transform` takes them."""

SKIN_ALBEDO = (0.12, 0.36, 0.55)
"""Luminance that skin reflects, darkest to lightest and in the middle (after Anderson and Parrish 1981)."""

SKIN_COLOUR = np.array([1.62, 0.86, 0.58])
"""Linear RGB of skin in white light, divided by its luminance; near the median of CelebA's faces."""

USUAL_LIGHT = np.array([0.65, 0.0, -0.25, -0.35])
"""Ambient share and direction (camera axes) of the light in most photos: from above and from the camera's side."""

RIDGES = np.diag([0.0, 0.04, 0.04, 0.08])
"""How strongly the fit is pulled towards the usual light, in units of the sample count."""


@dataclass(frozen=True)
class Light:
    """Low-frequency light on the face: irradiance = colour * level * max(ambient + direction . normal, floor).

    Attributes:
      level: irradiance that a white surface facing the mean direction reflects, linear, 1 = saturated.
      colour: float64 [3], linear RGB, luminance 1.
      ambient: share of the light that comes from everywhere.
      direction: float64 [3], in camera axes; points from the face to the light (its length is the contrast).
      monochrome: 0 for a colour photo, 1 for one without any colour of its own.
      skin: float64 [3], median linear RGB of the skin.
    """

    level: float
    colour: Array
    ambient: float
    direction: Array
    monochrome: float
    skin: Array

    @property
    def white(self) -> Array:
        """What colour white fabric has before the photo takes all colours away: float64 [3], luminance 1."""
        return (1 - self.monochrome) * self.colour + self.monochrome

    def shading(self, normals: Array) -> NDArray[np.float32]:
        """Relative irradiance of surfaces with unit normals [N, 3] in camera axes: float32 [N], in [0.25, 2]."""
        return np.clip(self.ambient + normals @ self.direction, 0.25, 2.0).astype(np.float32)


@lru_cache(maxsize=1)
def _skin_points() -> tuple[Array, Array]:
    """Points of bare skin: weights [N, 68] that make them from landmarks, and unit normals [N, 3] of the face there."""
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

    Skin tone and exposure cannot be told apart by the face alone, so the level is weighed between the skin's middle
    albedo and the brightest parts of the whole photo.

    Args:
      photo: uint8 [H, W, 3] RGB.
      landmarks: [68, 2] pixels.
      camera: of the head pose.
    """
    weights, normals = _skin_points()
    reach = float(np.ptp(landmarks[:, 0]))
    skin = SRGB_TO_LINEAR[_sampled(photo, weights @ landmarks, reach / 32)].astype(np.float64)
    luminance = np.maximum(skin @ LUMINANCE, 1e-4)
    level = float(_median(luminance))
    ambient, direction = _fit(np.minimum(luminance / level, 2.5), normals @ camera.rotation.T)
    small = shrunk(photo, max(1, round(max(photo.shape) / 40)))
    tint, monochrome = _tint(_median(skin / luminance[:, None]), small)
    return Light(_level(level, small), tint, ambient, direction, monochrome, _median(skin))


def shrunk(photo: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means of squares of pixels; a rest at the right and at the bottom is left out, as OpenCV is quick without one."""
    width, height = max(photo.shape[1] // factor, 1), max(photo.shape[0] // factor, 1)
    whole = photo[: height * factor, : width * factor]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _sampled(photo: NDArray[np.uint8], points: Array, step: float) -> NDArray[np.uint8]:
    """Colours of the photo, averaged over squares of about `step` pixels, at points [N, 2]: uint8 [N, 3]."""
    side = round(step) | 1
    columns, rows = np.rint(points).astype(int).T
    columns, rows = columns.clip(0, photo.shape[1] - 1), rows.clip(0, photo.shape[0] - 1)
    left, top = max(columns.min() - side, 0), max(rows.min() - side, 0)
    smooth = cv2.blur(photo[top : rows.max() + side + 1, left : columns.max() + side + 1], (side, side))
    return smooth[rows - top, columns - left]


def _median(values: Array) -> Any:
    """The upper median along the first axis; quicker on short arrays than numpy's."""
    return np.sort(values, axis=0)[len(values) // 2]


def _fit(relative: Array, normals: Array) -> tuple[float, Array]:
    """Ambient share and direction of the light from relative luminance [N] and normals [N, 3]; reweighted once."""
    design = np.ones((4, len(normals)))
    design[1:] = normals.T
    target = relative - USUAL_LIGHT @ design
    ridge = RIDGES * len(normals)
    solution = np.linalg.solve(design @ design.T + ridge, design @ target)
    weighted = design / (1 + ((target - solution @ design) * (1 / 0.2)) ** 2)
    solution = np.linalg.solve(weighted @ design.T + ridge, weighted @ target) + USUAL_LIGHT
    return float(solution[0]), solution[1:]


def _level(skin: float, small: NDArray[np.uint8]) -> float:
    """How much a white surface reflects: within what skin tones allow, led by the photo's highlights."""
    dark, middle, light = SKIN_ALBEDO
    grey = np.sort(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), axis=None)
    highlight = float(SRGB_TO_LINEAR[grey[int(0.97 * (len(grey) - 1))]])
    guess = min(max(highlight / 0.9, skin / light), skin / dark)
    return math.sqrt(guess * skin / middle)


def _tint(chroma: Array, small: NDArray[np.uint8]) -> tuple[Array, float]:
    """Colour of the light, from the skin's; and whether the photo has colours at all."""
    colour = (np.maximum(chroma, 0.02) / SKIN_COLOUR) ** 0.5
    luma, *chromas = (plane.ravel() for plane in cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32)))
    values = np.stack([np.ones_like(luma), luma / 255, (luma / 255) ** 2, *(plane - 128 for plane in chromas)])
    products = values.astype(np.float64) @ values.T
    fitted = np.linalg.solve(products[:3, :3] + 1e-6 * np.eye(3), products[:3, 3:])
    unexplained = np.trace(products[3:, 3:]) - np.vdot(products[:3, 3:], fitted)
    residual = math.sqrt(max(unexplained, 0.0) / len(luma))
    monochrome = min(max((4.0 - residual) / 2.5, 0.0), 1.0)  # a colour photo has 6 and more
    if monochrome > 0:  # one tone: a white mask has the tone of the photo's own lights
        colour = (1 - monochrome) * colour + monochrome * np.maximum(chroma, 0.02)
    return colour / (colour @ LUMINANCE), monochrome


def skin_likeness(colours: NDArray[np.uint8], skin: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Which colours are bare skin rather than hair or background: float32 [..., N] in [0, 1].

    Args:
      colours: uint8 [..., N, 3] RGB.
      skin: uint8 [..., 3] RGB, what this face's skin looks like nearby.
    """
    linear = SRGB_TO_LINEAR[np.concatenate([skin[..., None, :], colours], axis=-2)]
    luminance = linear @ LUMINANCE.astype(np.float32) + np.float32(1e-3)
    relative, redness = luminance[..., 1:] / luminance[..., :1], linear[..., 0] / luminance
    bright = np.clip((relative - 0.25) / 0.15, 0, 1) * np.clip((3.0 - relative) / 0.6, 0, 1)
    alike = np.clip((0.9 - np.abs(redness[..., 1:] - redness[..., :1])) / 0.3, 0, 1)
    return (bright * alike).astype(np.float32)


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

    Blur: where a Gaussian of standard deviation s has blurred an edge, the mean squares of its slopes and of its second
    derivatives stand as 2 s^2 to 1. Noise: Immerkaer 1996.
    """
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    step = cv2.subtract(grey[:, 1:], grey[:, :-1], dtype=cv2.CV_16S)
    slope = cv2.norm(grey[:, 2:], grey[:, :-2]) / 2
    bend = cv2.norm(step[:, 1:], step[:, :-1])
    blur = min(max(math.sqrt(0.5) * slope / max(bend, 1e-3), 0.3), 4.0)
    detail = np.abs(cv2.filter2D(grey, cv2.CV_16S, _NOISE_KERNEL)[::2, ::2])
    middle = detail.size // 2  # the median: edges and hair are no noise
    noise = float(np.partition(detail, middle, axis=None)[middle]) / 0.6745 / 6
    return Optics(blur, min(noise, 12.0))


_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
