"""Files that hold no photo, half of one, or one of an odd size; and what a test may expect of a file."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# What a file with a face decodes to: exactly the face, something close to it (lossy), or another picture.
EXACT, CLOSE, OTHER = "exact", "close", "other"


@dataclass(frozen=True)
class Expected:
    """What must become of an odd file.

    Attributes:
      reasons: the reasons of which one must be given for skipping it; empty where it must decode.
      face: whether a face must be found in it: yes, no, or None where either is fair.
      likeness: how the decoded photo compares with the given face.
    """

    reasons: frozenset[str] = frozenset()
    face: bool | None = None
    likeness: str = OTHER

    @property
    def decodes(self) -> bool:
        return not self.reasons


FACE_EXACT, FACE_CLOSE = Expected(face=True, likeness=EXACT), Expected(face=True, likeness=CLOSE)
FACE, NO_FACE, EITHER = Expected(face=True), Expected(face=False), Expected()


def skipped(*reasons: str) -> Expected:
    return Expected(frozenset(reasons))


Files = dict[str, tuple[bytes | Callable[[Path, Path], None], Expected]]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of an image file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def broken(face: Image.Image) -> Files:
    """Nothing in it, something else in it, or cut off."""
    jpeg, png = saved(face, "JPEG", quality=95), saved(face, "PNG")
    half = len(jpeg) // 2
    thumbnail = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + saved(face.resize((32, 32)), "JPEG")
    with_thumbnail = saved(face, "JPEG", quality=95, exif=thumbnail)
    scans = saved(face, "JPEG", progressive=True)
    web, gif = saved(face, "WEBP"), saved(face.quantize(64), "GIF")
    return {
        "zero_bytes.jpg": (b"", skipped("empty_file")),
        "text.jpg": (b"This is no photo, it only has the name of one.\n" * 20, skipped("not_an_image")),
        "page.png": (b"<!DOCTYPE html><html><body>404 Not Found</body></html>", skipped("not_an_image")),
        "postscript.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\nshowpage\n", skipped("not_an_image")),
        "zeros.jpg": (bytes(5000), skipped("not_an_image")),
        "half.jpg": (jpeg[:half], skipped("truncated")),
        "half_progressive.jpg": (scans[: len(scans) // 2], skipped("truncated")),
        "half_thumbnail.jpg": (with_thumbnail[: len(with_thumbnail) * 3 // 4], skipped("truncated")),
        "zero_tail.jpg": (jpeg[: len(jpeg) * 9 // 10] + bytes(len(jpeg) // 10), skipped("truncated")),
        "head_only.jpg": (jpeg[:200], skipped("truncated")),
        "half.png": (png[: len(png) // 2], skipped("truncated")),
        "head_only.png": (png[:20], skipped("corrupt", "truncated")),
        "half.webp": (web[: len(web) // 2], skipped("truncated")),
        "half.gif": (gif[: len(gif) // 2], skipped("truncated", "corrupt")),
        "damaged.png": (_damaged(png), skipped("corrupt", "truncated")),
        "lying_height.png": (_with_png_size(png, face.width, face.height * 3), EITHER),  # the rest is black
        "lying_height.bmp": (_with_bmp_height(saved(face, "BMP"), face.height * 3), skipped("truncated")),
        "trailing_junk.jpg": (jpeg + b"\0some more bytes" * 50, FACE_CLOSE),
    }


def _damaged(png: bytes) -> bytes:
    middle = len(png) // 2
    return png[:middle] + b"\xa5" * 64 + png[middle + 64 :]


def _with_png_size(png: bytes, width: int, height: int) -> bytes:
    """The same file with another size in its header, whose checksum is right."""
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def _with_bmp_height(bmp: bytes, height: int) -> bytes:
    return bmp[:22] + struct.pack("<i", height) + bmp[26:]


def sizes(face: Image.Image) -> Files:
    """Too small, too large, and without a face."""
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    png = saved(face, "PNG")
    return {
        "two_pixels.png": (saved(face.resize((2, 2)), "PNG"), skipped("too_small")),
        "one_row.png": (saved(face.resize((face.width, 1)), "PNG"), skipped("too_small")),
        "least.png": (saved(face.resize((32, 32)), "PNG"), EITHER),
        "bomb.png": (_with_png_size(png, 30_000, 30_000), skipped("too_large")),
        "small_bomb.png": (_with_png_size(png, 11_000, 11_000), skipped("too_large")),
        "bomb.pam": (b"P7\nWIDTH 50000\nHEIGHT 50000\nDEPTH 3\nMAXVAL 255\nENDHDR\n", skipped("too_large")),
        "noise.png": (saved(Image.fromarray(noise), "PNG"), NO_FACE),
        "flat.png": (saved(Image.new("RGB", (256, 256), (90, 120, 150)), "PNG"), NO_FACE),
        "panorama.png": (saved(Image.new("RGB", (4000, 40), (200, 180, 160)), "PNG"), NO_FACE),
    }
