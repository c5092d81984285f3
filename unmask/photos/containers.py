"""What a file says beside its pixels, taken over from one file to another of the same format, bit for bit."""

import io
from collections.abc import Iterator

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_PNG_KEPT = frozenset(
    b"gAMA cHRM iCCP sRGB cICP mDCV cLLI sPLT pHYs eXIf tEXt zTXt iTXt tIME".split()
)  # of PNG 3, 11.3, what does not depend on palette or animation
_PNG_HEAD = 33  # bytes of the signature and IHDR

_JPEG_KEPT = frozenset([*range(0xE1, 0xEE), 0xEF, 0xFE])  # APP1 to APP13, APP15, comment; APP0 and 14 say how to decode
_JPEG_PICTURES = b"MPF\0"  # CIPA DC-007: where further pictures of the file lie

TIFF_NAMES = (269, 270, 271, 272, 282, 283, 285, 296, 305, 306, 315, 316, 33432)
"""Tags of TIFF 6.0 that EXIF has too, and that say nothing of how pixels are stored: names, resolution, copyright."""

_TIFF_KEPT = (
    *(*TIFF_NAMES, 274),  # orientation
    *(301, 318, 319, 700, 33723, 34377, 34675),  # colorimetry, XMP, IPTC, Photoshop, ICC profile
)
_TIFF_FOLDERS = (34665, 34853)  # EXIF, GPS
_STRIP_OFFSETS = 273


def with_png_chunks(source: bytes, encoded: bytes) -> bytes:
    """A PNG with another one's profile, EXIF, texts, resolution and so on, in place of its own."""
    kept = b"".join(chunk for kind, chunk in _png_chunks(source) if kind in _PNG_KEPT)
    own = b"".join(chunk for kind, chunk in _png_chunks(encoded) if kind not in _PNG_KEPT)
    head = _PNG_HEAD - 8
    return encoded[:8] + own[:head] + kept + own[head:]


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place + 12 <= len(data):
        size = 12 + int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], data[place : place + size]
        place += size


def with_jpeg_segments(source: bytes, encoded: bytes) -> bytes:
    """A JPEG with another one's EXIF, XMP, profile, IPTC and comments, in place of its own."""
    kept = b"".join(part for kind, part in _jpeg_segments(source) if kind in _JPEG_KEPT and part[4:8] != _JPEG_PICTURES)
    own = list(_jpeg_segments(encoded))
    scan = encoded[2 + sum(len(part) for _, part in own) :]
    first = b"".join(part for kind, part in own if kind == 0xE0)
    rest = b"".join(part for kind, part in own if kind != 0xE0 and kind not in _JPEG_KEPT)
    return encoded[:2] + first + kept + rest + scan


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments of a JPEG up to its first scan."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        if data[place + 1] == 0xFF:  # a byte that fills
            place += 1
            continue
        size = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        yield data[place + 1], data[place : place + size]
        place += size


def with_tiff_tags(source: Image.Image, encoded: bytes) -> bytes:
    """A TIFF with another one's profile, EXIF, resolution and so on.

    The directory of tags is written anew, in front of the file as it was.

    Args:
      source: a TIFF that Pillow has opened.
      encoded: a little-endian TIFF of one picture, in strips.
    """
    stream = io.BytesIO(encoded)
    tags, old = ImageFileDirectory_v2(), ImageFileDirectory_v2(stream.read(8))
    stream.seek(old.next)
    old.load(stream)
    there = source.tag_v2  # type: ignore[attr-defined]
    for names, directory in ((list(old), old), ([tag for tag in _TIFF_KEPT if tag in there], there)):
        for tag in names:
            tags[tag] = directory[tag]
            tags.tagtype[tag] = directory.tagtype[tag]
    for tag in _TIFF_FOLDERS:
        if folder := source.getexif().get_ifd(tag):
            tags[tag] = dict(folder)
            tags.tagtype[tag] = 4  # an offset
    tags.tagtype[_STRIP_OFFSETS] = 4
    return encoded[:4] + (8).to_bytes(4, "little") + tags.tobytes(8) + encoded
