"""Compositing: a rendered mask onto the photo, in linear light, with its shadow; pure functions."""

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.light import LINEAR_STEPS, LINEAR_TO_SRGB, LUMINANCE, SRGB_TO_LINEAR, Light, Optics

Float = NDArray[np.float32]

FAINTEST = 0.06
"""Alpha below this is none at all, so that the binary map does not grow a fringe that nobody sees."""

KNEE = 0.75
"""Linear values above this are rolled off smoothly towards 1, as cameras do."""

REACH = 0.035
"""Standard deviation of the contact shadow, in face widths."""


def light_garment(samples: Float, shade: Float, light: Light) -> Float:
    """The mask as the photo's light shows it: float32 [H, W, 4], premultiplied linear RGB and alpha.

    Args:
      samples: float32 [H, W, 4], premultiplied albedo and alpha.
      shade: float32 [H, W], relative irradiance.
      light: the photo's.
    """
    out = samples.copy()
    if light.monochrome > 0:
        grey = out[..., :3] @ LUMINANCE.astype(np.float32)
        out[..., :3] += np.float32(light.monochrome) * (grey[..., None] - out[..., :3])
    gain = shade[..., None] * (light.colour * light.level).astype(np.float32)
    out[..., :3] *= gain
    return out


def roll_off(linear: Float) -> Float:
    """Compresses linear values above `KNEE` so that highlights keep their form instead of clipping."""
    over = np.maximum(linear - KNEE, 0)
    return np.minimum(linear, KNEE) + (1 - KNEE) * over / (over + (1 - KNEE))


def soften(garment: Float, optics: Optics) -> Float:
    """Blurs colour and alpha together by the photo's own point spread."""
    if optics.blur < 0.35:
        return garment
    size = 2 * int(np.ceil(2 * optics.blur)) + 1
    return cv2.GaussianBlur(garment, (size, size), optics.blur).astype(np.float32)


def trim(alpha: Float) -> Float:
    """Alpha with its faint tail cut off: 0 below `FAINTEST`, 1 stays 1."""
    return np.clip((alpha - FAINTEST) / (1 - 2 * FAINTEST), 0, 1)


def contact_shadow(alpha: Float, face_width: float, strength: float, direction: NDArray[np.float64]) -> Float:
    """How much of the light the mask leaves around it: float32 [H, W] in [1 - strength, 1].

    The shadow falls away from the light; straight overhead light is assumed where the face shows no direction.
    """
    sigma = max(REACH * face_width, 0.8)
    shift = -np.array([direction[0], direction[1] - 0.3]) * sigma * 1.5
    moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    size = 2 * int(np.ceil(2 * sigma)) + 1
    spread = cv2.GaussianBlur(alpha, (size, size), sigma)
    spread = cv2.warpAffine(spread, moved, alpha.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return (1 - strength * np.clip(spread * 1.2, 0, 1) ** 2).astype(np.float32)


def paste(clean: NDArray[np.uint8], garment: Float, alpha: Float, shadow: Float, grain: Float) -> NDArray[np.uint8]:
    """Composites the garment over the clean photo in linear light; what neither mask nor shadow touches stays bit for bit.

    Args:
      clean: uint8 [H, W, 3] RGB.
      garment: float32 [H, W, 3], linear RGB, premultiplied by alpha.
      alpha: float32 [H, W] in [0, 1].
      shadow: float32 [H, W], factor on the clean photo's light.
      grain: float32 [H, W], noise in grey levels where the garment is.

    Returns:
      uint8 [H, W, 3] RGB.
    """
    under = ((1 - alpha) * shadow)[..., None]
    linear = np.clip(garment + under * SRGB_TO_LINEAR[clean], 0, 1)
    grey = LINEAR_TO_SRGB[(linear * (LINEAR_STEPS - 1) + 0.5).astype(np.uint16)] * 255
    grey += (grain * alpha)[..., None]
    touched = (alpha > 0) | (shadow < 1 - 0.5 / 255)
    return np.where(touched[..., None], np.clip(np.rint(grey), 0, 255).astype(np.uint8), clean)
