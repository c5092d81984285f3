"""A photo as a file again: in its own format, as much like the file that it came from as the format can be."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, JpegImagePlugin

from maskify.decode import orientation
from maskify.errors import Skipped
from unmask.photos.colours import Values
from unmask.photos.containers import with_jpeg_segments, with_png_chunks, with_tiff_tags
from unmask.photos.converting import facts_for, image_for, own_image
from unmask.photos.photo_file import PhotoFile
from unmask.photos.turning import turned_back

LOSSY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
}
"""How a format is written that would lose much by Pillow's defaults, where the photo does not say how it was."""

_SAME = {"MPO": "JPEG"}  # of its pictures the first
_DEEP = {"PNG": ".png", "TIFF": ".tif", "PPM": ".ppm"}
_TAKEN_OVER = {"PNG", "JPEG", "TIFF"}  # by unmask.photos.containers
_GREY_ALPHA = 4  # PNG 1.2, 11.2.2: colour type
_EXTRA, _PREMULTIPLIED = 338, 1  # TIFF 6.0: ExtraSamples, associated alpha
_TIFF_COMPRESSIONS = (1, 5, 8, 32946)  # TIFF 6.0 and its supplements: none, LZW, Deflate


def own_format(photo: PhotoFile) -> str:
    """Pillow's name of the format in which a photo stays as it is."""
    kind = photo.image.format or ""
    return _SAME.get(kind, kind)


def encode(photo: PhotoFile, kind: str) -> bytes:
    """The photo's pixels as a file.

    Args:
      photo: with the pixels as they are to be.
      kind: Pillow's name of the format. Into another one than the photo's own Pillow's usual way leads, with the
        colour profile, EXIF, XMP and resolution where it can hold them.

    Raises:
      Skipped: `format_not_writable`.
    """
    if kind not in Image.SAVE:
        raise Skipped("format_not_writable", f"Pillow writes no {kind} files")
    try:
        return _encoded(photo, kind, same=kind == own_format(photo))
    except (OSError, ValueError, KeyError, TypeError, cv2.error) as error:
        raise Skipped("format_not_writable", f"{kind}: {error}") from error


def format_of(path: Path) -> str | None:
    """Pillow's name of the format that a path's ending stands for."""
    kind = Image.registered_extensions().get(path.suffix.lower())
    return _SAME.get(kind, kind) if kind else None


def _encoded(photo: PhotoFile, kind: str, same: bool) -> bytes:
    deep = photo.pixels.dtype.itemsize > 1 and photo.pixels.ndim == 3
    _check_transparency(photo, same, deep)
    if deep:
        pixels = turned_back(photo.pixels, orientation(photo.image)) if same else photo.pixels
        encoded = _deep(photo, np.ascontiguousarray(pixels), kind)
    else:
        stream = io.BytesIO()
        image = _as_stored(photo) if same else image_for(photo, kind)
        options = _options(photo, kind) if same else LOSSY.get(kind, {}) | facts_for(photo, image)
        image.save(stream, kind, **options)
        encoded = stream.getvalue()
    if not same:
        return encoded
    if kind == "PNG":
        return with_png_chunks(photo.data, encoded)
    if kind == "JPEG":
        return with_jpeg_segments(photo.data, encoded)
    return with_tiff_tags(photo.image, encoded) if kind == "TIFF" else encoded


def _check_transparency(photo: PhotoFile, same: bool, deep: bool) -> None:
    """Raises ValueError where neither Pillow nor OpenCV writes pixels as they are stored."""
    tags: Any = getattr(photo.image, "tag_v2", {})
    if (same or deep) and _PREMULTIPLIED in tags.get(_EXTRA, ()):
        step = "save it as a .png first" if deep else "name a .png"
        raise ValueError(f"its colours are multiplied by its transparency, which cannot be written; {step}")
    if same and deep and photo.image.format == "PNG" and photo.data[25] == _GREY_ALPHA:
        raise ValueError("16 bits of grey with transparency cannot be written; name a .tif")


def _as_stored(photo: PhotoFile) -> Image.Image:
    return own_image(photo, np.ascontiguousarray(turned_back(photo.pixels, orientation(photo.image))))


def _options(photo: PhotoFile, kind: str) -> dict[str, Any]:
    """How Pillow is to write it in its own format. What is taken over bit for bit afterwards is left out."""
    info = photo.image.info
    kept = ("transparency", "dpi", *(() if kind in _TAKEN_OVER else ("icc_profile", "exif", "xmp", "comment")))
    options = dict(LOSSY.get(kind, {}))
    if kind == "JPEG":
        options = _as_jpeg(photo.image)
    if kind == "WEBP" and _is_lossless_webp(photo.data):
        options = {"lossless": True, "exact": True}
    if kind == "TIFF":
        compression = info.get("compression", "raw")
        options = {"compression": compression} | ({"quality": 95} if compression == "jpeg" else {})
    if kind == "JPEG2000":
        options = {"no_jp2": photo.data.startswith(b"\xff\x4f")}
    return {name: info[name] for name in kept if name in info} | options


def _as_jpeg(image: Any) -> dict[str, Any]:
    """A JPEG's own tables and sampling: what was not painted changes as little as a JPEG lets it."""
    options = {"qtables": image.quantization, "subsampling": max(JpegImagePlugin.get_sampling(image), 0)}
    if image.mode == "RGB" and (image.info.get("adobe_transform") == 0 or image.layer[0][0] == ord("R")):
        options["keep_rgb"] = True  # stored as red, green and blue (libjpeg, jdapimin.c: default_decompress_parms)
    return options | {"progressive": bool(image.info.get("progressive")), "quality": -1}


def _is_lossless_webp(data: bytes) -> bool:
    return b"VP8L" in data[12:16] or (data[12:16] == b"VP8X" and b"VP8L" in data)


def _deep(photo: PhotoFile, pixels: Values, kind: str) -> bytes:
    """More than 8 bits of red, green and blue: Pillow cannot write them."""
    if kind not in _DEEP:
        raise ValueError(f"{8 * pixels.dtype.itemsize} bits of each colour cannot be written; name a .png or .tif")
    swapped = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    options = []
    if kind == "TIFF" and photo.image.format == "TIFF":
        compression = photo.image.tag_v2.get(259, 1)  # type: ignore[attr-defined]
        options = [cv2.IMWRITE_TIFF_COMPRESSION, compression if compression in _TIFF_COMPRESSIONS else 8]
    return bytes(cv2.imencode(_DEEP[kind], swapped, options)[1].tobytes())
