"""Compositing: a rendered mask onto the photo, in linear light, with its shadow; pure functions."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.light import LINEAR_TO_SRGB, SRGB_TO_LINEAR, Optics

Float = NDArray[np.float32]

FAINTEST = 0.06
"""Alpha below this is none at all, so that the binary map does not grow a fringe that nobody sees."""

REACH = 0.035
"""Standard deviation of the contact shadow, in face widths."""

SOFTEST_EDGE = 0.45
"""The least blur in pixels: one sample a pixel leaves steps where the mask turns away from the camera."""


def keep(garment: Float, share: Float) -> Float:
    """A garment, float32 [H, W, 4] premultiplied, of which the share, float32 [H, W] in [0, 1], is seen."""
    return cv2.multiply(garment, cv2.merge([share] * 4))


def smooth_edge(covered: Float) -> Float:
    """Coverage without the stairs that one sample a pixel leaves where a surface turns away: float32 [H, W] in [0, 1].

    The edge goes back by about half a pixel, as there is nothing to show beyond it.
    """
    return np.clip(2 * cv2.GaussianBlur(covered, (5, 5), 0.9) - 1, 0, 1)


def soften(garment: Float, optics: Optics) -> Float:
    """Blurs colour and alpha together by the photo's own point spread: float32 [H, W, 4], premultiplied."""
    sigma = max(optics.blur, SOFTEST_EDGE)
    size = 2 * math.ceil(2 * sigma) + 1
    return cv2.GaussianBlur(garment, (size, size), sigma)


def trim(garment: Float) -> Float:
    """The same with alpha's faint tail cut off: 0 below `FAINTEST`, 1 stays 1; colour follows."""
    alpha = cv2.extractChannel(garment, 3)
    kept = (alpha - np.float32(FAINTEST)) * np.float32(1 / (1 - 2 * FAINTEST))
    np.clip(kept, 0, 1, out=kept)
    kept /= cv2.max(alpha, FAINTEST)
    return cv2.multiply(garment, cv2.merge([kept] * 4))


def contact_shadow(alpha: Float, face_width: float, strength: float, direction: NDArray[np.float64]) -> Float:
    """How much of the light the mask leaves around it: float32 [H, W] in [1 - strength, 1].

    Args:
      alpha: float32 [H, W] of the mask.
      face_width: in pixels.
      strength: 0 to 1; 0 gives exactly 1 everywhere.
      direction: of the light in camera axes; the shadow falls away from it. Some overhead light is assumed.
    """
    if strength == 0:
        return np.ones_like(alpha)
    sigma = max(REACH * face_width, 0.8)
    across, down = -1.5 * sigma * float(direction[0]), -1.5 * sigma * (float(direction[1]) - 0.3)
    moved = np.array([[1, 0, across], [0, 1, down]], np.float64)
    size = 2 * math.ceil(2 * sigma) + 1
    spread = cv2.GaussianBlur(alpha, (size, size), sigma)
    spread = cv2.warpAffine(spread, moved, alpha.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    spread *= np.float32(1.2)
    np.minimum(spread, 1, out=spread)
    spread *= spread
    spread *= np.float32(-strength)
    spread += 1
    return spread


def paste(clean: NDArray[np.uint8], garment: Float, shadow: Float, grain: Float) -> NDArray[np.uint8]:
    """Composites the garment over the clean photo in linear light; what neither mask nor shadow touches stays bit
    for bit.

    Args:
      clean: uint8 [H, W, 3] RGB.
      garment: float32 [H, W, 4], linear RGB premultiplied by alpha, and alpha.
      shadow: float32 [H, W], factor on the clean photo's light.
      grain: float32 [H, W], noise in grey levels where the garment is.

    Returns:
      uint8 [H, W, 3] RGB.
    """
    alpha = cv2.extractChannel(garment, 3)
    linear = cv2.multiply(cv2.LUT(clean, SRGB_TO_LINEAR), cv2.merge([(1 - alpha) * shadow] * 3))
    colour = cv2.cvtColor(garment, cv2.COLOR_BGRA2BGR)  # drops alpha; the order of colours stays
    steps = cv2.addWeighted(linear, 65535, colour, 65535, 0, dtype=cv2.CV_16U)
    grey = cv2.add(cv2.LUT(steps, LINEAR_TO_SRGB), cv2.merge([grain * alpha] * 3), dtype=cv2.CV_8U)
    touched = cv2.bitwise_or(cv2.compare(alpha, 0, cv2.CMP_GT), cv2.compare(shadow, 1 - 0.5 / 255, cv2.CMP_LT))
    return cv2.copyTo(grey, touched, clean.copy())
