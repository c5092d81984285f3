"""unmask.photos: a photo is painted into, and written in its own format with all that belongs to it."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from broken_files import saved
from painters import metadata, read
from photo_kinds import (
    DEEP,
    HEIGHT,
    LOSSLESS,
    PAINT,
    PHOTO,
    WIDTH,
    exif,
    full,
    opencv,
    painted,
    patch_for,
)
from PIL import Image, PngImagePlugin

from unmask.photos import read_photo_file
from unmask.photos.colours import Colour, Grey, Palette
from unmask.photos.containers import with_png_chunks, with_tiff_tags
from unmask.photos.encoding import encode, own_format


@pytest.mark.parametrize("make", LOSSLESS.values(), ids=LOSSLESS.keys())
def test_where_nothing_was_painted_a_lossless_photo_keeps_every_bit(make: Callable[[], bytes], tmp_path: Path) -> None:
    data = make()
    before, after, alpha = painted(data)
    assert after.pixels.dtype == before.pixels.dtype and after.image.mode == before.image.mode
    if before.image.mode == "P":  # its colours may be numbered anew
        before_values, after_values = (np.asarray(photo.image.convert("RGBA")) for photo in (before, after))
    else:
        before_values, after_values = before.pixels, after.pixels
    np.testing.assert_array_equal(after_values[alpha == 0], before_values[alpha == 0])
    if before.pixels.ndim == 3 and before.image.mode in ("LA", "RGBA"):
        np.testing.assert_array_equal(after.pixels[..., -1], before.pixels[..., -1])


COLOURED = [name for name in LOSSLESS if not name.startswith(("grey", "one_bit", "palette_alpha"))]


@pytest.mark.parametrize("name", COLOURED)
def test_what_was_painted_has_the_colour_of_the_paint(name: str) -> None:
    _, after, alpha = painted(LOSSLESS[name]())
    rgb = after.colours.to_rgb(after.pixels)[alpha == 1]
    within = 12 if isinstance(after.colours, Palette) else 1
    assert np.abs(rgb.mean(axis=0) - PAINT).max() <= within


@pytest.mark.parametrize("name", [name for name in LOSSLESS if name.startswith("grey")])
def test_grey_stays_grey(name: str) -> None:
    _, after, alpha = painted(LOSSLESS[name]())
    luma = 0.299 * PAINT[0] + 0.587 * PAINT[1] + 0.114 * PAINT[2]
    assert isinstance(after.colours, Grey)
    assert after.colours.to_rgb(after.pixels)[alpha == 1].mean() == pytest.approx(luma, abs=0.6)


def test_sixteen_bits_are_painted_in_sixteen_bits() -> None:
    _, after, alpha = painted(LOSSLESS["deep"]())
    assert isinstance(after.colours, Colour) and after.colours.top == 65535
    edge = after.pixels[(alpha > 0) & (alpha < 1)]
    assert (edge % 257 != 5).mean() > 0.5


@pytest.mark.parametrize(
    "name",
    ["png", "tiff", "tiff_lzw", "grey_16", "alpha", "alpha_tiff", "palette", "deep", "deep_tiff", "cmyk", "webp"],
)
def test_exif_profile_resolution_and_mode_are_kept(name: str, tmp_path: Path) -> None:
    data = LOSSLESS[name]()
    photo = read_photo_file(data)
    (tmp_path / "before").write_bytes(data)
    (tmp_path / "after").write_bytes(encode(photo, own_format(photo)))
    before, after = metadata(tmp_path / "before"), metadata(tmp_path / "after")
    assert before == after and before["exif"] == {0x927C: b"what only the maker knows"}


def test_what_a_jpeg_says_beside_its_pixels_is_kept_bit_for_bit(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">five stars</x:xmpmeta>'
    options = {"xmp": xmp, "comment": b"by hand", "quality": 70, "subsampling": 1, "progressive": True}
    data = full("JPEG", **options)
    photo = read_photo_file(data)
    photo.put(patch_for(photo.rgb.shape))
    again = Image.open(io.BytesIO(encode(photo, "JPEG")))
    first = Image.open(io.BytesIO(data))
    assert {name: again.info[name] for name in first.info} == first.info
    assert again.quantization == first.quantization and again.layer == first.layer  # type: ignore[attr-defined]


def test_a_jpeg_changes_less_than_by_any_usual_quality_where_nothing_was_painted(head: Image.Image) -> None:
    for image in (head, head.convert("L"), head.convert("CMYK")):
        before, after, alpha = painted(saved(image, "JPEG", quality=80))
        usual = read_photo_file(saved(before.image, "JPEG", quality=95, subsampling=0))
        far = cv2.dilate(alpha, np.ones((33, 33), np.uint8)) == 0  # in no block that was painted into
        change, much = (np.abs(photo.pixels.astype(int) - before.pixels)[far].mean() for photo in (after, usual))
        assert change < 0.2 and change < 0.5 * much and after.image.mode == image.mode


def test_texts_of_a_png_are_kept() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "somebody")
    texts.add_itxt("XML:com.adobe.xmp", "<x/>")
    photo = read_photo_file(full("PNG", pnginfo=texts))
    again = Image.open(io.BytesIO(encode(photo, "PNG")))
    assert again.text == {"Author": "somebody", "XML:com.adobe.xmp": "<x/>"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "deep PNG", "deep TIFF"])
def test_a_turned_photo_is_painted_upright_and_stays_turned(kind: str, orientation: int, tmp_path: Path) -> None:
    deep, kind = kind.startswith("deep"), kind.split()[-1]
    data = saved(PHOTO, kind, exif=exif(orientation), **({"lossless": True} if kind == "WEBP" else {}))
    if deep and kind == "PNG":
        data = with_png_chunks(data, opencv(".png", DEEP))
    elif deep:
        data = with_tiff_tags(Image.open(io.BytesIO(data)), opencv(".tif", DEEP))
    before, after, alpha = painted(data)
    assert before.rgb.shape[:2] == ((HEIGHT, WIDTH) if orientation < 5 else (WIDTH, HEIGHT)) == alpha.shape
    np.testing.assert_array_equal(after.pixels[alpha == 0], before.pixels[alpha == 0])
    assert np.abs(after.rgb[alpha == 1].astype(int) - PAINT).max() <= 1
    for name, content in (("before", data), ("after", encode(before, kind))):
        (tmp_path / name).write_bytes(content)
    assert metadata(tmp_path / "after") == metadata(tmp_path / "before")
    np.testing.assert_array_equal(read(tmp_path / "after"), read(tmp_path / "before"))


def test_of_a_phones_several_pictures_the_first_is_written_as_a_plain_jpeg() -> None:
    photo = read_photo_file(saved(PHOTO, "MPO", save_all=True, append_images=[PHOTO.rotate(180)]))
    again = Image.open(io.BytesIO(encode(photo, own_format(photo))))
    assert again.format == "JPEG" and b"MPF\0" not in again.info.get("exif", b"")
