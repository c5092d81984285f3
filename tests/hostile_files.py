"""Files and names that attack a server: bombs, halves, other kinds of files, and names that lead elsewhere."""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from broken_files import broken, saved, sizes
from PIL import Image, PngImagePlugin

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><image href="file:///etc/passwd"/></svg>'
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg><text>&a;</text></svg>'


def hostile_files(photo: Image.Image) -> dict[str, bytes]:
    """Files of which none is a photo that can be restored, by name."""
    made = {
        name: data for files in (broken(photo), sizes(photo)) for name, (data, facts) in files.items() if facts.reasons
    }
    return {name: data for name, data in made.items() if isinstance(data, bytes)} | {
        "drawing.svg": SVG,
        "drawing.png": SVG,
        "entities.svg": ENTITIES,
        "archive.jpg": _archive(),
        "packed.png": gzip.compress(bytes(50_000_000)),
        "flat_bomb.png": _flat_png(30_000),
        "bomb.gif": b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(60),
        "bomb.tif": _flat_tiff(30_000),
        "bomb.webp": b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f\xff\xff\xff\x0f" + bytes(20),
        "animated.gif": saved(photo, "GIF", save_all=True, append_images=[Image.new("RGB", photo.size)]),
        "program.jpg": b"\x7fELF\x02\x01\x01" + bytes(500),
        "page.html": b"<html><script>fetch('/')</script></html>",
        "paper.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF",
        "60_megabytes.jpg": b"\xff\xd8\xff\xe0" + bytes(60_000_000),
    }


def odd_photos(photo: Image.Image) -> dict[str, bytes]:
    """Photos with something hidden in them: each may be restored, or refused."""
    text, profile = PngImagePlugin.PngInfo(), np.zeros(20_000_000, np.uint8).tobytes()
    text.add_text("comment", "x" * 20_000_000, zip=True)
    return {
        "text_bomb.png": saved(photo, "PNG", pnginfo=text),
        "profile_bomb.png": saved(photo, "PNG", icc_profile=profile),
    }


HOSTILE_NAMES = [
    "../../../../outside.png",
    "..\\..\\outside.png",
    "/outside.png",
    "..",
    "a/b/c.png",
    "nul\0byte.png",
    "<img src=x onerror=alert(1)>.png",
    "long" * 500 + ".png",
    "new\nline.png",
    "\u202egnp.exe",
    "photo.png.html",
    "-rf",
]


def _archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.jpg", bytes(10_000_000))
    return stream.getvalue()


def _flat_png(side: int) -> bytes:
    """A black picture of side x side pixels that is whole, in less than a megabyte."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + (side + 7) // 8) * side), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _flat_tiff(side: int) -> bytes:
    """The header of a picture of side x side pixels in grey, all of which it says to be in eight bytes."""
    tags = {256: side, 257: side, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: side, 279: 8}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries).ljust(208, b"\0")
