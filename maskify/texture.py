"""Textures: a template's art, dyed with a colour or a pattern, ready to be mapped onto the mesh."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.errors import MaskifyError
from maskify.light import LUMINANCE, SRGB_TO_LINEAR

SMALLEST = (256, 192)
"""Width and height of the texture at level 0; each level doubles them."""

LEVELS, KEPT_LEVELS = 4, 3
"""Levels 0 to 3 (256 to 2048 across); the largest is for big photos alone and is not kept in memory."""

BODY_SHARE = 0.875
"""The art takes the upper part of the texture; below lie an empty row, the strip of the loops, and an empty row."""

STRIP = (0.90, 0.98)
"""Where the texture of loops and straps lies, as v."""

STRIP_FILL = 0.6
"""Share of that strip, in the middle, that is painted; the rest is empty, which makes their edges smooth."""

RELIEF_RANGE = (0.35, 1.6)
"""Limits of what a fold can do to the light."""

KNEE = 0.75
"""Linear brightness from which highlights are compressed."""

Float = NDArray[np.float32]


@dataclass(frozen=True)
class Art:
    """A template's art in linear light, one plane a channel: all of it, or where pixels of a photo show it.

    Attributes:
      dyed: float32 [H, W], the part of the albedo that takes the drawn colour, as white fabric reflects, times alpha.
      alpha: float32 [H, W].
      slope_u, slope_v: float32 [H, W]: how steeply the relief rises to the right and downwards, mm per mm.
      own: float32 [H, W], three for red, green and blue: the part that has its own colour, times alpha; () if none has.
    """

    dyed: Float
    alpha: Float
    slope_u: Float
    slope_v: Float
    own: tuple[Float, ...]


@dataclass(frozen=True)
class Texture:
    """A template's art at one size, with the strip for loops below; ready to be sampled.

    Attributes:
      cloth: float32 [H + 2, W + 2, 4]: dyed, alpha and slopes as in `Art`, with a border that repeats the edge.
      own: float32 [H + 2, W + 2, 3], in the same way; None if no part has its own colour.
    """

    cloth: Float
    own: Float | None

    @property
    def alpha(self) -> Float:
        """Float32 [H, W]."""
        return self.cloth[1:-1, 1:-1, 1]

    def at(self, u: Float, v: Float) -> Art:
        """The art at places u and v, float32 [R, C], 0 to 1: planes [R, C]."""
        dyed, alpha, slope_u, slope_v = cv2.split(sampled(self.cloth, u, v))
        own = () if self.own is None else tuple(cv2.split(sampled(self.own, u, v)))
        return Art(dyed, alpha, slope_u, slope_v, own)


def bordered(picture: Float) -> Float:
    """The picture with a border of one pixel that repeats its edge: OpenCV's own border makes `sampled` twice as
    slow."""
    return cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_REPLICATE)


def sampled(picture: Float, u: Float, v: Float) -> Float:
    """A `bordered` picture [H + 2, W + 2, C] at places u and v, float32 [R, C], 0 to 1; beyond, it is 0."""
    height, width = picture.shape[:2]
    x, y = u * np.float32(width - 2), v * np.float32(height - 2)
    x += np.float32(0.5)
    y += np.float32(0.5)
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR)


def level_for(width: float) -> int:
    """The level whose body has at least about as many texels across as the mask has samples."""
    return int(np.clip(np.ceil(np.log2(max(width, 1.0) / SMALLEST[0]) - 0.3), 0, LEVELS - 1))


def lit(
    art: Art, dyes: Sequence[Float | np.float32], light: Float, shade: Float | float, relief: tuple[float, float]
) -> Float:
    """The art in its colours as light shows it, with premultiplied alpha: float32 [H, W, 4], linear.

    Args:
      art: planes [H, W].
      dyes: linear red, green and blue that the dyed part takes: numbers, or float32 [H, W].
      light: float32 [3], linear RGB irradiance; 1 makes white saturate.
      shade: relative irradiance, float32 [H, W] or one number.
      relief: how much brighter fabric is that rises by 1 mm per mm to the right, and downwards.
    """
    gain = art.slope_u * np.float32(relief[0])
    gain += art.slope_v * np.float32(relief[1])
    gain += 1
    np.clip(gain, *RELIEF_RANGE, out=gain)
    gain *= shade
    planes = []
    for channel, level in enumerate(light):
        plane = art.dyed * dyes[channel]
        if art.own:
            plane += art.own[channel]
        plane *= gain
        plane *= level
        planes.append(_rolled_off(plane, art.alpha))
    return cv2.merge([*planes, art.alpha])


def _rolled_off(plane: Float, alpha: Float) -> Float:
    """A premultiplied plane whose values above `KNEE` are rolled off towards 1 as cameras do, instead of clipping."""
    over = plane - np.float32(KNEE) * alpha
    if over.max() <= 0:
        return plane
    room = np.float32(1 - KNEE) * alpha
    np.maximum(over, 0, out=over)
    plane -= over
    plane += room * over / np.maximum(over + room, np.float32(1e-6))
    return plane


def body_size(texture: Texture) -> tuple[int, int]:
    """Width and height in texels of the body's part of a texture."""
    height, width = texture.alpha.shape
    return width, round(height * BODY_SHARE)


def read_texture(folder: Path, settings: dict[str, Any], level: int, span: tuple[float, float]) -> Texture:
    """Reads the pictures that template.json names.

    Args:
      folder: the template's folder.
      settings: template.json: "art" (RGBA; default art.png), "tint" (grey: where it is dyed; without it
        the art keeps its own colours), "relief" (grey) with "relief_mm".
      level: see `SMALLEST`.
      span: width and height of the body in mm, for the slopes.
    """
    width, height = SMALLEST[0] << level, SMALLEST[1] << level
    size = (width, round(height * BODY_SHARE))
    art = _picture(folder / settings.get("art", "art.png"))
    if art.ndim != 3 or art.shape[2] != 4 or art.dtype != np.uint8:
        raise MaskifyError(f"{folder}: the art must be an 8-bit RGBA picture, not {art.dtype} of shape {art.shape}.")
    alpha = _resized(art[..., 3].astype(np.float32) / 255, size)
    visible = (art[..., 3] > 0).astype(np.float32)
    linear = cv2.LUT(cv2.cvtColor(art, cv2.COLOR_BGRA2RGB), SRGB_TO_LINEAR)
    albedo = _resized(cv2.multiply(linear, cv2.merge([visible] * 3)), size)
    albedo /= np.maximum(_resized(visible, size), 1e-3)[..., None]
    tint = np.zeros(alpha.shape, np.float32)
    if "tint" in settings:
        tint = _grey(folder / settings["tint"], size)
    slope_u, slope_v = np.zeros_like(alpha), np.zeros_like(alpha)
    if "relief" in settings:
        relief = _grey(folder / settings["relief"], size) * np.float32(settings["relief_mm"])
        slope_u, slope_v = _slopes(relief, span)
    dyed = albedo @ LUMINANCE.astype(np.float32) * tint
    strip, strip_alpha = _strip(width, height - size[1], height)
    flat = np.zeros_like(strip)
    body = np.dstack([dyed * alpha, alpha, slope_u, slope_v])
    cloth = np.concatenate([body, np.dstack([strip * strip_alpha, strip_alpha, flat, flat])])
    own = cv2.copyMakeBorder(albedo * ((1 - tint) * alpha)[..., None], 0, len(strip), 0, 0, cv2.BORDER_CONSTANT)
    return Texture(bordered(cloth), bordered(own) if own.any() else None)


def _picture(path: Path) -> NDArray[Any]:
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):  # OpenCV raises where there is not one byte, or too many pixels
        picture = None
    if picture is None or picture.dtype not in (np.uint8, np.uint16):
        raise MaskifyError(f"The template's picture {path} is missing or is not an image of 8 or 16 bits.")
    return picture


def _grey(path: Path, size: tuple[int, int]) -> Float:
    """A grey picture of 8 or 16 bits, as float32 in [0, 1] of the given width and height."""
    picture = _picture(path)
    if picture.ndim != 2:
        raise MaskifyError(f"The template's picture {path} must be grey, not one of shape {picture.shape}.")
    shrinks = picture.shape[1] > size[0]
    exact = picture if shrinks else picture.astype(np.float32)  # enlarged in whole numbers, slopes would become stairs
    return _resized(exact, size) / np.float32(np.iinfo(picture.dtype).max)


def _resized(picture: NDArray[Any], size: tuple[int, int]) -> Float:
    shrinks = picture.shape[1] > size[0]
    out = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return out.astype(np.float32)


def _slopes(relief: Float, span: tuple[float, float]) -> tuple[Float, Float]:
    """Derivatives of a relief in mm over a body of the given size in mm."""
    height, width = relief.shape
    across = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) * (width / span[0] / 8)
    down = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) * (height / span[1] / 8)
    return across.astype(np.float32), down.astype(np.float32)


def _strip(width: int, rows: int, height: int) -> tuple[Float, Float]:
    """Brightness and alpha, float32 [rows, W], of the rows below the art: a round elastic between empty rows."""
    v = (np.arange(height - rows, height) + 0.5) / height
    place = (v - sum(STRIP) / 2) / ((STRIP[1] - STRIP[0]) * STRIP_FILL / 2)
    texel = 2 / ((STRIP[1] - STRIP[0]) * STRIP_FILL * height)
    alpha = np.clip((1 - np.abs(place)) / texel + 0.5, 0, 1)
    shine = 0.55 + 0.45 * np.sqrt(np.clip(1 - place**2, 0, 1))
    brightness = np.repeat(shine[:, None], width, axis=1)
    return brightness.astype(np.float32), np.repeat(alpha[:, None], width, axis=1).astype(np.float32)
