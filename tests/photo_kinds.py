"""Photos of all kinds as files, and paint in the middle of them."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from broken_files import saved
from PIL import Image, ImageCms

from unmask.pasting.patch import Patch, box_of
from unmask.photos import PhotoFile, read_photo_file
from unmask.photos.containers import with_png_chunks, with_tiff_tags
from unmask.photos.encoding import encode, own_format

WIDTH, HEIGHT = 90, 70
PAINT = (200, 120, 90)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

RNG = np.random.default_rng(0)
RGB = cv2.resize(RNG.integers(40, 216, (7, 9, 3), dtype=np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
PHOTO = Image.fromarray(RGB)
CLEAR = PHOTO.copy()
CLEAR.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))))
GREY_16 = Image.fromarray(np.array(PHOTO.convert("L")).astype(np.uint16) * 257 + 3)
DEEP = RGB[:, :, ::-1].astype(np.uint16) * 257 + 5


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[271], tags[306] = orientation, "Maker", "2024:05:06 07:08:09"
    tags.get_ifd(0x8769)[0x927C] = b"what only the maker knows"
    return tags


def opencv(ending: str, values: np.ndarray) -> bytes:
    return bytes(cv2.imencode(ending, values)[1].tobytes())


def full(kind: str, image: Image.Image = PHOTO, **options: Any) -> bytes:
    """A file with a profile, EXIF and a resolution."""
    return saved(image, kind, icc_profile=SRGB, exif=exif().tobytes(), dpi=(300, 300), **options)


def patch_for(shape: tuple[int, ...]) -> Patch:
    """A patch of one colour in the middle of a photo."""
    soft = np.zeros((64, 64), np.float32)
    soft[20:44, 20:44] = 1
    soft = cv2.blur(soft, (5, 5))
    to_frame = np.array([[64 / shape[1], 0, 0], [0, 64 / shape[0], 0]])
    return Patch(to_frame, np.full((64, 64, 3), PAINT, np.float32), soft, None, box_of(soft, to_frame, shape))


def alpha_of(patch: Patch, shape: tuple[int, ...]) -> np.ndarray:
    alpha = np.zeros(shape[:2], np.float32)
    for strip in patch.strips():
        alpha[strip.rows, strip.columns] = strip.alpha
    return alpha


def painted(data: bytes) -> tuple[PhotoFile, PhotoFile, np.ndarray]:
    """The photo as it was, the photo painted into and written and read again, and the share of paint, upright."""
    before, photo = read_photo_file(data), read_photo_file(data)
    patch = patch_for(photo.rgb.shape)
    photo.put(patch)
    return before, read_photo_file(encode(photo, own_format(photo))), alpha_of(patch, photo.rgb.shape)


LOSSLESS: dict[str, Callable[[], bytes]] = {
    "png": lambda: full("PNG"),
    "tiff": lambda: full("TIFF"),
    "tiff_lzw": lambda: with_tiff_tags(
        Image.open(io.BytesIO(full("TIFF"))), saved(PHOTO, "TIFF", compression="tiff_lzw")
    ),
    "webp": lambda: full("WEBP", lossless=True),
    "bmp": lambda: saved(PHOTO, "BMP"),
    "ppm": lambda: saved(PHOTO, "PPM"),
    "tga": lambda: saved(PHOTO, "TGA"),
    "jpeg2000": lambda: saved(PHOTO, "JPEG2000"),
    "grey_png": lambda: full("PNG", PHOTO.convert("L")),
    "grey_tiff": lambda: full("TIFF", PHOTO.convert("L")),
    "grey_alpha": lambda: full("PNG", CLEAR.convert("LA")),
    "grey_16": lambda: full("PNG", GREY_16),
    "grey_16_tiff": lambda: full("TIFF", GREY_16),
    "grey_float": lambda: saved(Image.fromarray(np.array(PHOTO.convert("L")).astype(np.float32) / 255), "TIFF"),
    "alpha": lambda: full("PNG", CLEAR),
    "alpha_tiff": lambda: full("TIFF", CLEAR),
    "alpha_webp": lambda: full("WEBP", CLEAR, lossless=True, exact=True),
    "cmyk": lambda: saved(PHOTO.convert("CMYK"), "TIFF", exif=exif().tobytes()),
    "palette": lambda: full("PNG", PHOTO.quantize(200)),
    "palette_clear": lambda: saved(PHOTO.quantize(200), "PNG", transparency=3),
    "palette_alpha": lambda: saved(CLEAR.quantize(200, method=2), "PNG"),
    "gif": lambda: saved(PHOTO.quantize(256), "GIF"),
    "one_bit": lambda: saved(PHOTO.convert("1"), "PNG"),
    "deep": lambda: with_png_chunks(full("PNG"), opencv(".png", DEEP)),
    "deep_alpha": lambda: opencv(".png", np.dstack([DEEP, DEEP[..., 0]])),
    "deep_tiff": lambda: with_tiff_tags(Image.open(io.BytesIO(full("TIFF"))), opencv(".tif", DEEP)),
    "deep_ppm": lambda: opencv(".ppm", DEEP),
}  # fmt: skip
