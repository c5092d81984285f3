"""Decode any photo to upright RGB, or say why it cannot be used."""

import functools
import io
import logging
import re
import warnings
from contextlib import nullcontext, suppress

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from maskify.errors import Skipped
from maskify.photos import Photo
from maskify.reading import photo_bytes
from maskify.silence import silence
from maskify.walk import PHOTO_FORMATS

MIN_SIDE = 32

_BYTES_PER_PIXEL, _SPARE_BYTES = 16, 1 << 26  # no photo needs more: four 32-bit channels, and its metadata
ORIENTATION = 0x0112  # EXIF; the turns are those of the EXIF 2.32 standard, 4.6.4 A
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TRANSPARENT_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
_SIGNATURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|BM|II\*\0|MM\0\*|RIFF....WEBP|....ftypavi|\0\0\0\x0cjP", re.DOTALL
)
_SIZES = re.compile(rb"P7\s.*?WIDTH (?P<w>\d+)\s.*?HEIGHT (?P<h>\d+)\s|PF\s+(?P<fw>\d+)\s+(?P<fh>\d+)\s", re.DOTALL)
_PLAIN_SEGMENTS = b"\xc4\xdb\xe0\xfe"  # JPEG: Huffman and quantisation tables, JFIF, comment
_ENDS_EARLY = re.compile(r"truncat|not enough image data|only got|unexpected end", re.IGNORECASE)

logging.getLogger("PIL").addHandler(logging.NullHandler())  # without any, its complaints of odd files go to stderr


def read_photo(photo: Photo, max_pixels: int = 100_000_000) -> np.ndarray:
    """Reads a photo from its file or archive and decodes it as `decode_photo` does. Nothing is written to disk.

    Returns:
      uint8 [H, W, 3] RGB.

    Raises:
      Skipped, MaskifyError: as `decode_photo` and `photo_bytes`.
    """
    return decode_photo(photo_bytes(photo, _BYTES_PER_PIXEL * max_pixels + _SPARE_BYTES), max_pixels)


def decode_photo(data: bytes, max_pixels: int = 100_000_000) -> np.ndarray:
    """Decodes an image file of any kind that Pillow or OpenCV knows; of several pictures in it, the first.

    The EXIF orientation is applied. What is transparent becomes white. 16 bits and floating point are scaled to 8
    bits. The pixel count is taken from the header, before anything is decoded.

    Args:
      data: the file.
      max_pixels: larger images are refused. Pillow's own limit, about 179 million, holds as well.

    Returns:
      uint8 [H, W, 3] RGB.

    Raises:
      Skipped: `empty_file`, `not_an_image`, `truncated`, `corrupt`, `too_large`, or `too_small` (a side under 32).
    """
    if not data:
        raise Skipped("empty_file")
    pixels = _decode_plain_jpeg(data, max_pixels)
    if pixels is not None:
        return pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata and large images; both are handled here
        try:
            return _decode(data, max_pixels)
        except Skipped:
            raise
        except Exception as error:  # decoders raise anything on broken files, and one file must not end the run
            raise Skipped(_reason(error), _detail(error)) from error


def _decode_plain_jpeg(data: bytes, max_pixels: int) -> np.ndarray | None:
    """The pixels of a JPEG as most are: baseline, three channels, no EXIF, nothing odd between its markers; else None.

    OpenCV's decoder gives the same pixels as Pillow's in a third of the time, but tells less of broken files.
    """
    size = _plain_jpeg_size(data)
    if size is None or min(size) < MIN_SIDE or size[0] * size[1] > max_pixels:
        return None
    with silence(), suppress(cv2.error):
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return None


def _plain_jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of such a JPEG: its scan, the rest of the file, has no marker but the last, the end's."""
    if not (data.startswith(b"\xff\xd8\xff\xe0") and data[6:11] == b"JFIF\0" and data.endswith(b"\xff\xd9")):
        return None
    size, position = None, 2
    while data[position : position + 1] == b"\xff":
        kind, length = data[position + 1 : position + 2], int.from_bytes(data[position + 2 : position + 4], "big")
        body = data[position + 4 : position + 2 + length]
        if kind == b"\xda":
            scan_is_plain = data.count(b"\xff", position + 2) == data.count(b"\xff\0", position + 2) + 1
            return size if scan_is_plain else None
        if kind == b"\xc0" and len(body) == 15 and body[0] == 8 and body[5] == 3:
            size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
        elif not kind or kind not in _PLAIN_SEGMENTS:
            return None
        position += 2 + length
    return None


def _decode(data: bytes, max_pixels: int) -> np.ndarray:
    if _ends_early(data):
        raise Skipped("truncated", "the file ends before the image does")
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=_formats())
    except UnidentifiedImageError:
        return _decode_rare(data, max_pixels)
    _check_size(image.size, max_pixels)
    with silence() if image.format == "TIFF" else nullcontext():  # libtiff tells the user of every broken line
        image.load()
    return _to_rgb(_upright(image))


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in PHOTO_FORMATS if name in Image.OPEN)


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise Skipped("too_large", f"{width} x {height} pixels, more than {max_pixels:,}")
    if min(size) < MIN_SIDE:
        raise Skipped("too_small", f"{width} x {height} pixels; a side of {MIN_SIDE} is the least")


def _ends_early(data: bytes) -> bool:
    """Tells of a JPEG without its end marker, which decoders may fill with grey, and of a WebP shorter than it says."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if not data.startswith(b"\xff\xd8\xff") or data.endswith(b"\xff\xd9"):
        return False
    position = 2
    while data[position : position + 1] == b"\xff" and data[position + 1 : position + 2] != b"\xda":
        is_fill = data[position + 1 : position + 2] == b"\xff"
        position += 1 if is_fill else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return data.find(b"\xff\xd9", position) < 0  # searched after the header, whose thumbnail has its own


def orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8: how the stored pixels lie. 1, upright, where nothing sensible is said."""
    try:
        number = image.getexif().get(ORIENTATION, 1)
    except Exception:  # metadata can be broken in any way; the picture is still good
        return 1
    return number if number in _TURNS else 1


def _upright(image: Image.Image) -> Image.Image:
    turn = _TURNS.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I") or image.mode == "F":
        return np.repeat(_to_8_bits(np.asarray(image))[:, :, np.newaxis], 3, axis=2)
    if image.mode in _TRANSPARENT_MODES or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def white_of(values: np.ndarray) -> float:
    """The value that means white: what the type can hold; else the least of 1, 255 and 65535 that holds all."""
    if values.dtype.itemsize <= 2:
        return 255.0 if values.dtype.itemsize == 1 else 65535.0
    largest = float(np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0).max())
    tops = [1.0, 255.0, 65535.0] if values.dtype.kind == "f" else [255.0, 65535.0]
    return next((top for top in tops if largest <= top), largest)


def _to_8_bits(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return values
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    return np.clip(np.rint(numbers * (255.0 / white_of(values))), 0, 255).astype(np.uint8)


def _decode_rare(data: bytes, max_pixels: int) -> np.ndarray:
    """Decodes what only OpenCV knows: PAM, and floating point TIFF and PFM in colour."""
    size = _declared_size(data)
    if size is None:
        if _SIGNATURES.match(data):
            raise Skipped("corrupt", "it begins like an image, but its header is damaged")
        raise Skipped("not_an_image", "neither Pillow nor OpenCV knows this kind of file")
    _check_size(size, max_pixels)
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if pixels is None:
        raise Skipped("corrupt", "OpenCV cannot decode it")
    pixels = _to_8_bits(pixels)
    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB)


def _declared_size(data: bytes) -> tuple[int, int] | None:
    if data[:4] in (b"II*\0", b"MM\0*"):
        stream = io.BytesIO(data)
        tags = ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        return (tags[256], tags[257]) if 256 in tags and 257 in tags else None
    match = _SIZES.match(data[:1024])
    return (int(match["w"] or match["fw"]), int(match["h"] or match["fh"])) if match else None


def _detail(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels"
    return f"{type(error).__name__}: {error}"


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return "too_large"
    return "truncated" if isinstance(error, EOFError) or _ENDS_EARLY.search(str(error)) else "corrupt"
