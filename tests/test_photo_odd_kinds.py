"""unmask.photos: rare kinds of photos keep their kind, or are refused with a way out."""

import io
import struct
import zlib

import numpy as np
import pytest
from broken_files import saved
from photo_kinds import DEEP, HEIGHT, PHOTO, RGB, RNG, WIDTH, exif, opencv, painted
from PIL import GifImagePlugin, Image

from maskify.errors import Skipped
from unmask.photos import read_photo_file
from unmask.photos.depth import depth_of
from unmask.photos.encoding import encode, own_format


def png(depth: int, colour_type: int, rows: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of rows of bytes, with chunks before them."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, 0)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    framed = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def premultiplied(data: bytes) -> bytes:
    """A TIFF with transparency, which says that its colours are multiplied by it."""
    straight, associated = (struct.pack("<HHIH", 338, 3, 1, kind) for kind in (2, 1))
    assert data.count(straight) == 1
    return data.replace(straight, associated)


def reencoded(data: bytes) -> Image.Image:
    photo = read_photo_file(data)
    return Image.open(io.BytesIO(encode(photo, own_format(photo))))


def refusal(data: bytes, kind: str | None = None) -> str:
    photo = read_photo_file(data)
    with pytest.raises(Skipped) as skipped:
        encode(photo, kind or own_format(photo))
    assert skipped.value.reason == "format_not_writable"
    return skipped.value.detail


@pytest.mark.parametrize("colours", [2, 13, 20])
def test_numbers_of_colours_that_a_palette_lacks_stay_and_are_black(colours: int) -> None:
    numbers = RNG.integers(0, 200, (HEIGHT, WIDTH), dtype=np.uint8)
    data = png(8, 3, numbers, (b"PLTE", RNG.integers(60, 256, 3 * colours, dtype=np.uint8).tobytes()))
    before, after, alpha = painted(data)
    np.testing.assert_array_equal(before.rgb[numbers >= colours], 0)
    np.testing.assert_array_equal(after.pixels[alpha == 0], numbers[alpha == 0])
    assert after.pixels[alpha == 1].max() < colours


def test_a_tiff_whose_colours_are_multiplied_by_its_transparency_is_refused_and_can_be_a_png() -> None:
    clear = Image.fromarray(np.dstack([RGB // 2, np.full((HEIGHT, WIDTH), 128, np.uint8)]))
    data = premultiplied(saved(clear, "TIFF"))
    assert "multiplied by its transparency" in refusal(data) and "name a .png" in refusal(data)
    photo = read_photo_file(data)
    again = np.asarray(Image.open(io.BytesIO(encode(photo, "PNG"))))
    np.testing.assert_array_equal(again, photo.pixels)
    assert np.abs(again[..., :3].astype(int) - RGB).max() <= 2


def test_sixteen_bits_of_grey_with_transparency_are_refused_and_can_be_a_tiff() -> None:
    values = RNG.integers(0, 65536, (HEIGHT, WIDTH, 2)).astype(">u2")
    data = png(16, 4, values)
    assert "name a .tif" in refusal(data)
    again = read_photo_file(encode(read_photo_file(data), "TIFF"))
    np.testing.assert_array_equal(again.pixels[..., [0, 3]], values)


def test_a_jpeg_with_more_exif_than_a_segment_holds_keeps_all_of_it() -> None:
    plain = saved(PHOTO, "JPEG", exif=exif().tobytes())
    more = b"Exif\0\0" + bytes(65_000)
    end = 4 + int.from_bytes(plain[plain.index(b"\xff\xe1") + 2 :][:2], "big") + plain.index(b"\xff\xe1") - 2
    data = plain[:end] + 2 * (b"\xff\xe1" + struct.pack(">H", len(more) + 2) + more) + plain[end:]
    before = Image.open(io.BytesIO(data)).info["exif"]
    assert len(before) > 1 << 16 and reencoded(data).info["exif"] == before


@pytest.mark.parametrize("quality", [80, 98])
def test_a_jpeg_within_a_tiff_loses_little(quality: int) -> None:
    before, after, alpha = painted(saved(PHOTO, "TIFF", compression="jpeg", quality=quality))
    assert np.abs(after.pixels.astype(int) - before.pixels)[alpha == 0].mean() < 0.6
    assert after.image.info["compression"] == "jpeg"


def test_a_jpeg_that_is_stored_as_red_green_and_blue_stays_so() -> None:
    data = saved(PHOTO, "JPEG", quality=90, keep_rgb=True)
    before, after, alpha = painted(data)
    assert after.image.layer == before.image.layer  # type: ignore[attr-defined]
    np.testing.assert_array_equal(reencoded(data).layer, before.image.layer)  # type: ignore[attr-defined]
    assert np.abs(after.pixels.astype(int) - before.pixels)[alpha == 0].mean() < 0.5


@pytest.mark.parametrize("plain", [True, False])
def test_jpeg_2000_stays_in_its_container_and_loses_nothing_more(plain: bool) -> None:
    data = saved(PHOTO, "JPEG2000", no_jp2=plain, irreversible=True, quality_mode="rates", quality_layers=[20])
    before, after, alpha = painted(data)
    assert after.data[:4] == data[:4] and data.startswith(b"\xff\x4f") == plain
    np.testing.assert_array_equal(after.pixels[alpha == 0], before.pixels[alpha == 0])


def test_a_portable_pixmap_of_numbers_in_text_is_written_in_bytes() -> None:
    text = f"P3\n# by hand\n{WIDTH} {HEIGHT}\n255\n" + " ".join(map(str, RGB.ravel().tolist()))
    before, after, alpha = painted(text.encode())
    np.testing.assert_array_equal(before.pixels, RGB)
    np.testing.assert_array_equal(after.pixels[alpha == 0], RGB[alpha == 0])
    assert after.data.startswith(b"P6")


@pytest.mark.parametrize(
    ("data", "depth"),
    [
        (saved(PHOTO, "PNG"), 8),
        (opencv(".png", DEEP), 16),
        (saved(PHOTO, "TIFF"), 8),
        (opencv(".tif", DEEP), 16),
        (saved(PHOTO, "PPM"), 8),
        (b"P6 # one\n90 # two\n70 4095 " + RGB.astype(">u2").tobytes(), 12),
        (saved(PHOTO, "JPEG2000"), 8),
        (opencv(".jp2", DEEP), 16),
        (saved(PHOTO, "BMP"), 8),
    ],
)
def test_the_depth_is_read_from_the_header(data: bytes, depth: int) -> None:
    assert depth_of(data, Image.open(io.BytesIO(data))) == depth


def test_pictures_are_not_counted_to_know_that_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(PHOTO, "GIF", save_all=True, append_images=[PHOTO.rotate(90)])
    count = property(lambda image: pytest.fail("they are counted"))
    monkeypatch.setattr(GifImagePlugin.GifImageFile, "n_frames", count)
    with pytest.raises(Skipped) as skipped:
        read_photo_file(data)
    assert skipped.value.reason == "several_pictures"
