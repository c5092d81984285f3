"""Damaged image files in great number, the same ones for the same seed; run as a script it decodes a folder of them."""

import faulthandler
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from broken_files import saved
from PIL import Image

from maskify.decode import read_photo
from maskify.errors import Skipped
from maskify.photos import Photo

SECONDS_PER_FILE = 20
EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)

Mutation = Callable[[bytearray, bytes, np.random.Generator], bytes | bytearray]


def sound_files(image: Image.Image) -> dict[str, bytes]:
    """JPEG, PNG, WebP and TIFF files of many kinds, by names with their endings."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a caption"
    grey, palette = image.convert("L"), image.quantize(64)
    alpha = image.copy()
    alpha.putalpha(grey)
    sixteen = np.array(image).astype(np.uint16)[:, :, ::-1] * 257
    return {
        "plain.jpg": saved(image, "JPEG", quality=90),
        "exif.jpg": saved(image, "JPEG", exif=exif, comment=b"a comment", subsampling=0),
        "progressive.jpg": saved(image, "JPEG", progressive=True, quality=70),
        "cmyk.jpg": saved(image.convert("CMYK"), "JPEG"),
        "restarts.jpg": saved(grey, "JPEG", restart_marker_rows=1),
        "plain.png": saved(image, "PNG", exif=exif),
        "palette.png": saved(palette, "PNG", transparency=3),
        "sixteen.png": cv2.imencode(".png", sixteen)[1].tobytes(),
        "several.png": saved(image, "PNG", save_all=True, append_images=[alpha.convert("RGB")]),
        "lossy.webp": saved(image, "WEBP", quality=80, exif=exif),
        "lossless.webp": saved(alpha, "WEBP", lossless=True),
        "several.webp": saved(image, "WEBP", save_all=True, append_images=[alpha]),
        "plain.tif": saved(image, "TIFF", exif=exif),
        "several.tif": saved(image, "TIFF", save_all=True, append_images=[image.convert("L")]),
        "lzw.tif": saved(image, "TIFF", compression="tiff_lzw"),
        "deflate.tif": saved(image.convert("CMYK"), "TIFF", compression="tiff_deflate"),
        "jpeg.tif": saved(image, "TIFF", compression="jpeg"),
        "fax.tif": saved(image.convert("1"), "TIFF", compression="group4"),
        "big_endian.tif": saved(Image.fromarray(sixteen[:, :, 0].astype(">u2")), "TIFF"),
    }


def mutants(image: Image.Image, count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yields names and contents of damaged files: each kind of file and of damage in turn, at random places."""
    rng = np.random.default_rng(seed)
    sound = sound_files(image)
    names = list(sound)
    for number in range(count):
        name = names[number % len(names)]
        data = bytearray(sound[name])
        for _ in range(1 + int(rng.integers(3))):
            other = sound[names[int(rng.integers(len(names)))]]
            data = bytearray(MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, other, rng))
        yield f"{number:05d}_{name}", bytes(data)


def _flip_bytes(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    for position in rng.integers(0, max(len(data), 1), min(len(data), 1 + int(rng.integers(16)))):
        data[position] ^= 1 << int(rng.integers(8))
    return data


def _cut(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    return data[: int(rng.integers(len(data) + 1))]


def _edit_header(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    """Sets one to four bytes near the start to values that sizes, counts and offsets go wrong at."""
    start, length = int(rng.integers(min(len(data), 400) + 1)), 1 + int(rng.integers(4))
    data[start : start + length] = bytes([EXTREMES[int(rng.integers(len(EXTREMES)))]] * length)
    return data


def _edit_anywhere(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    start, length = int(rng.integers(len(data) + 1)), 1 + int(rng.integers(64))
    data[start : start + length] = rng.bytes(length)
    return data


def _splice(data: bytearray, other: bytes, rng: np.random.Generator) -> bytes:
    """Begins as one file and goes on as another."""
    return bytes(data[: int(rng.integers(len(data) + 1))]) + other[int(rng.integers(len(other))) :]


def _repeat(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    start = int(rng.integers(len(data) + 1))
    part = data[start : start + 1 + int(rng.integers(200))]
    return data[:start] + part * (1 + int(rng.integers(50))) + data[start:]


def _drop(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    start = int(rng.integers(len(data) + 1))
    del data[start : start + 1 + int(rng.integers(100))]
    return data


MUTATIONS: tuple[Mutation, ...] = (_flip_bytes, _cut, _edit_header, _edit_anywhere, _splice, _repeat, _drop)


def main(folder: str) -> None:
    """Decodes each file and prints its name and what became of it. A file that takes too long ends the process."""
    for name in sorted(os.listdir(folder)):
        faulthandler.dump_traceback_later(SECONDS_PER_FILE, exit=True)
        try:
            pixels = read_photo(Photo(Path(name).stem, os.path.join(folder, name)), max_pixels=4_000_000)
            outcome = "decoded" if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3 else "odd"
        except Skipped as skipped:
            outcome = skipped.reason
        print(json.dumps([name, outcome]), flush=True)
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main(*sys.argv[1:])
