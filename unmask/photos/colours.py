"""How a photo stores colours: from its own values to RGB and back, for any part of it."""

import io
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Float = NDArray[np.float32]
Values = NDArray[Any]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as Pillow makes grey of colours."""


class Colours(Protocol):
    """What values [H, W] or [H, W, C] mean."""

    def to_rgb(self, values: Values) -> Float:
        """RGB of the values: float32 [H, W, 3] in [0, 255], without their transparency."""
        ...

    def from_rgb(self, rgb: Float, values: Values) -> Values:
        """The values of RGB, float32 [H, W, 3] in [0, 255]; what is no colour is as in `values`, which lay there."""
        ...


@dataclass(frozen=True)
class Grey:
    """One channel of colour, and perhaps one of transparency. `top` is white."""

    top: float

    def to_rgb(self, values: Values) -> Float:
        grey = (values if values.ndim == 2 else values[..., 0]).astype(np.float32) * (255 / self.top)
        return np.repeat(grey[..., None], 3, axis=2)

    def from_rgb(self, rgb: Float, values: Values) -> Values:
        grey = _stored(rgb @ LUMA, self.top, values.dtype)
        return grey if values.ndim == 2 else np.concatenate([grey[..., None], values[..., 1:]], axis=2)


@dataclass(frozen=True)
class Colour:
    """Red, green and blue, and perhaps transparency. `top` is white."""

    top: float

    def to_rgb(self, values: Values) -> Float:
        return values[..., :3].astype(np.float32) * np.float32(255 / self.top)

    def from_rgb(self, rgb: Float, values: Values) -> Values:
        return np.concatenate([_stored(rgb, self.top, values.dtype), values[..., 3:]], axis=2)


@dataclass(frozen=True)
class Inks:
    """Cyan, magenta, yellow and black of 8 bits: by the photo's profile, or as Pillow does it where it has none.

    Attributes:
      there, back: Pillow's transforms to sRGB and back.
    """

    there: Any = None
    back: Any = None

    @classmethod
    def of_profile(cls, profile: bytes | None) -> "Inks":
        """Those of an ICC profile, if it is one of four inks that can be used both ways."""
        if not profile or profile[16:20] != b"CMYK":  # ICC.1:2022, 7.2.6: data colour space
            return cls()
        try:
            inks, screen = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            there = ImageCms.buildTransform(inks, screen, "CMYK", "RGB", _INTENT)
            return cls(there, ImageCms.buildTransform(screen, inks, "RGB", "CMYK", _INTENT))
        except (ImageCms.PyCMSError, OSError):
            return cls()

    def to_rgb(self, values: Values) -> Float:
        return np.asarray(self._converted(values, "CMYK", "RGB", self.there), np.float32)

    def from_rgb(self, rgb: Float, values: Values) -> Values:
        return np.asarray(self._converted(np.rint(rgb).astype(np.uint8), "RGB", "CMYK", self.back))

    @staticmethod
    def _converted(values: Values, source: str, target: str, transform: Any) -> Image.Image | None:
        image = Image.frombytes(source, values.shape[1::-1], np.ascontiguousarray(values).tobytes())
        return image.convert(target) if transform is None else ImageCms.applyTransform(image, transform)


@dataclass(frozen=True)
class Palette:
    """Numbers of colours.

    Attributes:
      colours: uint8 [N, 3].
      opaque: numbers of those that may be painted with.
    """

    colours: NDArray[np.uint8]
    opaque: NDArray[np.uint8]

    def to_rgb(self, values: Values) -> Float:
        return self.colours[values.astype(np.uint8)].astype(np.float32)

    def from_rgb(self, rgb: Float, values: Values) -> Values:
        known = Image.new("P", (1, 1))
        known.putpalette(self.colours[self.opaque].tobytes())
        image = Image.fromarray(np.rint(rgb).astype(np.uint8))
        nearest = np.asarray(image.quantize(palette=known, dither=Image.Dither.FLOYDSTEINBERG))
        return self.opaque[nearest.clip(0, len(self.opaque) - 1)].astype(values.dtype)


_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC


def _stored(values: Float, top: float, kind: np.dtype[Any]) -> Values:
    """Grey levels of 8 bits as they are stored."""
    scaled = np.clip(values, 0, 255) * np.float32(top / 255)
    return (scaled if kind.kind == "f" else np.rint(scaled)).astype(kind)
