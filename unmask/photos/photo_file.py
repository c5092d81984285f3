"""A photo as its file has it: its own pixels, which may be painted into, beside the RGB that is looked at."""

import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskify.decode import decode_photo, orientation, white_of
from maskify.errors import Skipped
from maskify.silence import silence
from unmask.pasting.patch import STRIP, Patch
from unmask.photos.colours import Colour, Colours, Grey, Inks, Palette, Values
from unmask.photos.depth import depth_of
from unmask.photos.turning import turned

_SIMPLER = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "YCbCr": "RGB", "RGBX": "RGB"}
"""What other modes of Pillow are worked on and written as."""


@dataclass(frozen=True)
class PhotoFile:
    """A photo that was read from a file.

    Attributes:
      data: the file.
      image: Pillow's, opened and not decoded: format, mode, and all that the file says about itself.
      rgb: uint8 [H, W, 3], upright: what is looked at.
      pixels: the values that the file holds, upright too, [H, W] or [H, W, C] of any type.
      colours: what they mean.
    """

    data: bytes
    image: Image.Image
    rgb: NDArray[np.uint8]
    pixels: Values
    colours: Colours

    def put(self, patch: Patch) -> None:
        """Pastes a patch, which was fitted to `rgb`, into `pixels`: what lies outside of its map stays bit for bit."""
        for strip in patch.strips():
            place = self.pixels[strip.rows, strip.columns]
            inside = strip.alpha > 0
            values = self.colours.from_rgb(strip.over(self.colours.to_rgb(place)), place)
            place[inside] = values[inside]


def read_photo_file(data: bytes, max_pixels: int = 100_000_000) -> PhotoFile:
    """Decodes a photo, with its own values.

    Args:
      data: the file.
      max_pixels: larger ones are refused.

    Raises:
      Skipped: as `maskify.decode.decode_photo`; `several_pictures`; or `format_not_writable`, where the file could be
        looked at but not be written again.
    """
    rgb = decode_photo(data, max_pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the photo has been decoded
        try:
            image = Image.open(io.BytesIO(data))
            several = image.format != "MPO" and getattr(image, "is_animated", False)
        except Exception as error:  # Pillow raises anything; OpenCV has read it
            raise Skipped("format_not_writable", "only OpenCV reads it") from error
        if several:
            raise Skipped("several_pictures", "it holds several pictures, of which all but one would be lost")
        pixels, colours = _pixels(data, image, rgb)
    if isinstance(colours, Inks):
        rgb = np.concatenate([_seen(pixels[start : start + STRIP], colours) for start in range(0, len(pixels), STRIP)])
    return PhotoFile(data, image, rgb, pixels, colours)


def _seen(values: Values, colours: Colours) -> NDArray[np.uint8]:
    return np.rint(colours.to_rgb(values)).astype(np.uint8)


def _pixels(data: bytes, image: Image.Image, rgb: NDArray[np.uint8]) -> tuple[Values, Colours]:
    """The values of a photo as its file has them, upright, and what they mean."""
    if image.mode in ("RGB", "RGBA") and depth_of(data, image) > 8:
        deep = _by_opencv(data)
        if image.format != "TIFF":  # OpenCV turns a TIFF by itself
            deep = np.ascontiguousarray(turned(deep, orientation(image)))
        swapped = cv2.COLOR_BGRA2RGBA if deep.shape[2] == 4 else cv2.COLOR_BGR2RGB
        return cv2.cvtColor(deep, swapped), Colour(white_of(deep))
    if image.mode == "RGB" and "transparency" not in image.info:
        return rgb.copy(), Colour(255)
    decoded: Image.Image = Image.open(io.BytesIO(data))
    with silence():
        decoded.load()
    number = orientation(decoded)  # 1 for a TIFF, as Pillow turns it by itself
    if decoded.mode in _SIMPLER:
        decoded = decoded.convert(_SIMPLER[decoded.mode])
    values = np.array(turned(np.asarray(decoded), number))
    if decoded.mode in ("P", "1"):
        return values, _palette(decoded, int(values.max()))
    if decoded.mode == "CMYK":
        return values, Inks.of_profile(image.info.get("icc_profile"))
    if decoded.mode in ("RGB", "RGBA"):
        return values, Colour(255)
    if decoded.mode in ("L", "LA", "F") or decoded.mode.startswith("I"):
        return values.astype(values.dtype.newbyteorder("=")), Grey(white_of(values))
    raise Skipped("format_not_writable", f"its pixels are {decoded.mode}")


def _by_opencv(data: bytes) -> Values:
    with silence():
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise Skipped("corrupt", "OpenCV cannot decode it")
    return pixels


def _palette(image: Image.Image, largest: int) -> Palette:
    """The colours of an image whose pixels have numbers up to `largest`; of those that it lacks all are black."""
    if image.mode == "1":
        return Palette(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), np.arange(2, dtype=np.uint8))
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    alphas = image.info.get("transparency", b"")
    clear = [alphas] if isinstance(alphas, int) else [number for number, alpha in enumerate(alphas) if alpha < 255]
    opaque = np.setdiff1d(np.arange(len(colours)), clear).astype(np.uint8)
    black = np.zeros((max(0, largest + 1 - len(colours)), 3), np.uint8)
    return Palette(np.concatenate([colours, black]), opaque if len(opaque) else np.arange(len(colours), dtype=np.uint8))
