"""Writes a folder of odd files, one of each kind that broke other tools, with what must become of each."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from broken_files import (
    EITHER,
    FACE,
    FACE_CLOSE,
    FACE_EXACT,
    Expected,
    Files,
    broken,
    saved,
    sizes,
    skipped,
)
from PIL import Image


def make_odd_files(folder: Path, face_rgb: np.ndarray) -> dict[str, Expected]:
    """Fills `folder` with odd files, all of which are inputs.

    One link needs a target outside: it is written beside `folder`.

    Args:
      folder: exists and is empty.
      face_rgb: uint8 [H, W, 3] RGB with one frontal face, sides of 64 to 4,000.

    Returns:
      What to expect, by the path below `folder` with "/".
    """
    face = Image.fromarray(face_rgb)
    made: dict[str, Expected] = {}
    for make in (_endings, _modes, _deep_colours, _turned, _names, broken, sizes, _several, _links):
        for name, (data, expected) in make(face).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _put(path, data, folder)
            made[name] = expected
    return made


def _put(path: Path, data: bytes | Callable[[Path, Path], None], folder: Path) -> None:
    if callable(data):
        data(path, folder)
    else:
        path.write_bytes(data)


def _encoded(ending: str, values: np.ndarray) -> bytes:
    return cv2.imencode(ending, values)[1].tobytes()


def _endings(face: Image.Image) -> Files:
    jpeg = saved(face, "JPEG", quality=95)
    return {
        "plain.jpg": (jpeg, FACE_CLOSE),
        "long.jpeg": (jpeg, FACE_CLOSE),
        "upper.JPG": (jpeg, FACE_CLOSE),
        "mixed.Jpg": (jpeg, FACE_CLOSE),
        "progressive.jpg": (saved(face, "JPEG", quality=95, progressive=True), FACE_CLOSE),
        "bitmap.bmp": (saved(face, "BMP"), FACE_EXACT),
        "web.webp": (saved(face, "WEBP", lossless=True), FACE_EXACT),
        "scan.tif": (saved(face, "TIFF"), FACE_EXACT),
        "scan_lzw.tiff": (saved(face, "TIFF", compression="tiff_lzw"), FACE_EXACT),
        "portable.ppm": (saved(face, "PPM"), FACE_EXACT),
        "wavelet.jp2": (saved(face, "JPEG2000"), FACE_EXACT),
        "png_named.jpg": (saved(face, "PNG"), FACE_EXACT),
        "jpeg_named.png": (jpeg, FACE_CLOSE),
        "any_map.pam": (_encoded(".pam", np.array(face)[:, :, ::-1].copy()), FACE_EXACT),
    }


def _modes(face: Image.Image) -> Files:
    opaque_left = Image.new("L", face.size, 255)
    opaque_left.paste(0, (face.width * 9 // 10, 0, face.width, face.height))
    clear_edge = face.copy()
    clear_edge.putalpha(opaque_left)
    return {
        "palette.png": (saved(face.quantize(256), "PNG"), FACE),
        "palette_clear.png": (saved(face.quantize(255), "PNG", transparency=0), EITHER),
        "grey.jpg": (saved(face.convert("L"), "JPEG"), FACE),
        "grey.pgm": (saved(face.convert("L"), "PPM"), FACE),
        "grey_alpha.png": (saved(clear_edge.convert("LA"), "PNG"), FACE),
        "cmyk.jpg": (saved(face.convert("CMYK"), "JPEG", quality=95), FACE_CLOSE),
        "cmyk.tif": (saved(face.convert("CMYK"), "TIFF"), FACE_CLOSE),
        "alpha.png": (saved(clear_edge, "PNG"), FACE),
        "one_bit.png": (saved(face.convert("1"), "PNG"), EITHER),
    }


def _deep_colours(face: Image.Image) -> Files:
    bgr = np.array(face)[:, :, ::-1]
    grey = np.array(face.convert("L"))
    return {
        "sixteen.png": (_encoded(".png", bgr.astype(np.uint16) * 257), FACE_EXACT),
        "sixteen.tif": (_encoded(".tif", bgr.astype(np.uint16) * 257), FACE_EXACT),
        "sixteen_grey.png": (_encoded(".png", grey.astype(np.uint16) * 257), FACE),
        "sixteen_grey.tif": (_encoded(".tif", grey.astype(np.uint16) * 257), FACE),
        "float_grey.tif": (_encoded(".tif", grey.astype(np.float32) / 255), FACE),
        "float.tif": (_encoded(".tif", bgr.astype(np.float32) / 255), FACE_EXACT),
    }


def _turned(face: Image.Image) -> Files:
    undo = {  # how the pixels must lie for EXIF's orientation to bring them upright
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    files: Files = {}
    for orientation in range(1, 9):
        pixels = face.transpose(undo[orientation]) if orientation in undo else face
        files[f"exif_{orientation}.jpg"] = (saved(pixels, "JPEG", quality=95, exif=exif(orientation)), FACE_CLOSE)
    sideways = face.transpose(undo[6])
    files["exif_6.png"] = (saved(sideways, "PNG", exif=exif(6)), FACE_EXACT)
    files["exif_6.webp"] = (saved(sideways, "WEBP", lossless=True, exif=exif(6)), FACE_EXACT)
    files["exif_6.tif"] = (saved(sideways, "TIFF", exif=exif(6)), FACE_EXACT)
    files["exif_99.jpg"] = (saved(face, "JPEG", quality=95, exif=exif(99)), FACE_CLOSE)
    broken = b"Exif\0\0MM\0*\xff\xff\xff\xf0" + bytes(range(64))
    files["exif_broken.jpg"] = (saved(face, "JPEG", quality=95, exif=broken), FACE_CLOSE)
    for degrees in (45, -45, 90, 180):
        turned = face.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
        files[f"turned_{degrees}.png"] = (saved(turned, "PNG"), FACE)
    return files


def exif(orientation: int) -> bytes:
    """An EXIF block that holds an orientation."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def _names(face: Image.Image) -> Files:
    jpeg = saved(face, "JPEG", quality=95)
    names = [
        "two.dots.in.name.jpg",
        "a/b/c/d/e/f/g/deep.jpg",
        "with spaces  and (brackets) [1].jpg",
        "new\nline.jpg",
        "tab\tand\x1b[31mcolour.jpg",
        "back\\slash.jpg",
        "\u00e9t\u00e9 \u5199\u771f \U0001f600.jpg",
        "not_utf8_" + os.fsdecode(b"\xe9\xff") + ".jpg",
        "n" * 246 + ".jpg",
        "-rf.jpg",
        "%s{0}$HOME.jpg",
        "twin.jpg",
    ]
    files: Files = {name: (jpeg, FACE_CLOSE) for name in names}
    files["twin.png"] = (saved(face, "PNG"), FACE_EXACT)
    return files


def _several(face: Image.Image) -> Files:
    other = Image.new("RGB", face.size, "navy")
    frames = [face.quantize(256), other.quantize(256)]
    return {
        "animated.gif": (saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), FACE),
        "animated.webp": (saved(face, "WEBP", save_all=True, append_images=[other], lossless=True), FACE_EXACT),
        "animated.png": (saved(face, "PNG", save_all=True, append_images=[other]), FACE_EXACT),
        "pages.tif": (saved(face, "TIFF", save_all=True, append_images=[other]), FACE_EXACT),
    }


def _links(face: Image.Image) -> Files:
    def leads_outside(path: Path, folder: Path) -> None:
        outside = folder.parent / f"outside_{folder.name}.png"
        outside.write_bytes(saved(face, "PNG"))
        path.symlink_to(outside)

    def leads_nowhere(path: Path, folder: Path) -> None:
        path.symlink_to("no_such_file.jpg")

    def leads_to_itself(path: Path, folder: Path) -> None:
        path.symlink_to(path.name)

    def leads_inside(path: Path, folder: Path) -> None:
        path.symlink_to("plain.jpg")

    def forbidden(path: Path, folder: Path) -> None:
        path.write_bytes(saved(face, "JPEG", quality=95))
        path.chmod(0)

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {
        "link_outside.png": (leads_outside, skipped("link_outside")),
        "link_broken.jpg": (leads_nowhere, skipped("broken_link")),
        "link_circle.jpg": (leads_to_itself, skipped("broken_link")),
        "link_inside.jpg": (leads_inside, FACE_CLOSE),
        "forbidden.jpg": (forbidden, FACE_CLOSE if is_root else skipped("unreadable")),
    }
