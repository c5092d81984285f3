"""A photo's pixels for another format than its own: as they are where it can hold them, otherwise as RGB."""

from typing import Any

import numpy as np
from PIL import Image

from maskify.decode import ORIENTATION
from unmask.photos.colours import Inks, Palette, Values
from unmask.photos.containers import TIFF_NAMES
from unmask.photos.photo_file import PhotoFile

_INKS = {"JPEG", "TIFF"}
_PALETTES = {"PNG", "GIF"}
_TRANSPARENCY = {"PNG", "WEBP", "AVIF", "TIFF", "JPEG2000", "TGA"}
"""Pillow's names of the formats that hold them."""

_EXIF_FOLDERS = (34665, 34853)  # EXIF, GPS


def image_for(photo: PhotoFile, kind: str) -> Image.Image:
    """The photo's upright pixels, of which a format of Pillow's holds all that they say.

    Raises:
      ValueError: it cannot hold their transparency or their depth; the text names one that can.
    """
    image = own_image(photo, photo.pixels)
    if isinstance(photo.colours, Inks):
        return image if kind in _INKS else Image.fromarray(np.rint(photo.colours.to_rgb(photo.pixels)).astype(np.uint8))
    if photo.pixels.dtype.itemsize > 1:
        return _deep_grey(image, kind)
    if "transparency" in photo.image.info:
        image.info["transparency"] = photo.image.info["transparency"]
    if isinstance(photo.colours, Palette):
        if kind in _PALETTES:
            return image
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image if kind in _TRANSPARENCY else _opaque(image)


def own_image(photo: PhotoFile, pixels: Values) -> Image.Image:
    """The pixels as Pillow's image, of the mode that they came in."""
    if isinstance(photo.colours, Inks):
        return Image.frombytes("CMYK", pixels.shape[1::-1], pixels.tobytes())
    image = Image.fromarray(pixels)
    if isinstance(photo.colours, Palette) and pixels.dtype == np.uint8:
        image.putpalette(photo.colours.colours.tobytes())
    return image


def facts_for(photo: PhotoFile, image: Image.Image) -> dict[str, Any]:
    """What the photo says beside its pixels, as options of Pillow's `save`; its EXIF as that of an upright photo."""
    info = photo.image.info
    facts: dict[str, Any] = {name: info[name] for name in ("xmp", "dpi", "comment") if name in info}
    if "icc_profile" in info and (image.mode == "CMYK") == isinstance(photo.colours, Inks):
        facts["icc_profile"] = info["icc_profile"]
    if "transparency" in info and image.mode in ("P", "L", "RGB"):
        facts["transparency"] = info["transparency"]
    exif = _exif_of_tiff(photo.image) if photo.image.format == "TIFF" else photo.image.getexif()
    if exif:
        exif[ORIENTATION] = 1
        facts["exif"] = exif
    return facts


def _exif_of_tiff(image: Image.Image) -> Image.Exif:
    """What a TIFF says of its picture, without how its pixels are stored."""
    there, exif = image.getexif(), Image.Exif()
    for name in [name for name in TIFF_NAMES if name in there]:
        exif[name] = there[name]
    for folder in _EXIF_FOLDERS:
        if values := there.get_ifd(folder):
            exif.get_ifd(folder).update(values)
    return exif


def _deep_grey(image: Image.Image, kind: str) -> Image.Image:
    if kind == "TIFF" or (kind == "PNG" and image.mode != "F"):
        return image
    raise ValueError(
        f"it cannot hold more than 8 bits of grey; name a {'.tif' if image.mode == 'F' else '.png or .tif'}"
    )


def _opaque(image: Image.Image) -> Image.Image:
    """The image without its transparency, of which there must be none."""
    if "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode not in ("LA", "RGBA"):
        return image
    least, _ = image.getchannel("A").getextrema()
    if least < 255:  # type: ignore[operator]
        raise ValueError("it cannot hold transparency; name a .png or .webp")
    return image.convert(image.mode[:-1])
