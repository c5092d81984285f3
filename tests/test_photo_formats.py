"""unmask.photos: a photo in another format than its own, its inks, and what is refused."""

import io

import numpy as np
import pytest
from broken_files import saved
from inks import cmyk_profile
from photo_kinds import CLEAR, DEEP, GREY_16, PAINT, PHOTO, RGB, SRGB, exif, full, opencv, painted
from PIL import Image

from maskify.errors import Skipped
from unmask.photos import read_photo_file
from unmask.photos.colours import Inks
from unmask.photos.encoding import encode


def test_another_format_takes_profile_and_exif_along_and_is_upright() -> None:
    photo = read_photo_file(full("JPEG"))
    turned = read_photo_file(saved(PHOTO, "JPEG", exif=exif(6), icc_profile=SRGB))
    for one in (photo, turned):
        again = Image.open(io.BytesIO(encode(one, "PNG")))
        assert again.info["icc_profile"] == SRGB and again.getexif()[271] == "Maker" and again.getexif()[0x0112] == 1
        np.testing.assert_array_equal(np.asarray(again), one.rgb)


def test_inks_go_by_their_profile_both_ways() -> None:
    assert Inks.of_profile(SRGB) == Inks() == Inks.of_profile(None) == Inks.of_profile(b"nonsense")
    profile, values = cmyk_profile(), np.asarray(PHOTO.convert("CMYK"))
    for broken in (SRGB[:16] + b"CMYK" + SRGB[20:], bytes(16) + b"CMYK" + bytes(200), profile[:20], profile[:3000]):
        np.testing.assert_allclose(Inks.of_profile(broken).to_rgb(values), RGB, atol=1)
    inks = Inks.of_profile(profile)
    printed = inks.to_rgb(values)
    assert np.abs(printed - RGB).mean() > 10
    np.testing.assert_allclose(inks.to_rgb(inks.from_rgb(printed, values)), printed, atol=16)


def test_paint_in_inks_has_its_colour_by_the_profile() -> None:
    before, after, alpha = painted(saved(PHOTO.convert("CMYK"), "TIFF", icc_profile=cmyk_profile()))
    assert after.image.info["icc_profile"] == before.image.info["icc_profile"]
    np.testing.assert_array_equal(after.pixels[alpha == 0], before.pixels[alpha == 0])
    assert np.abs(after.rgb[alpha == 1].mean(axis=0) - PAINT).max() <= 8


INKS = saved(PHOTO.convert("CMYK"), "TIFF", icc_profile=cmyk_profile())
FLAT = Image.merge("RGBA", (*PHOTO.split(), Image.new("L", PHOTO.size, 255)))
HELD: dict[str, tuple[bytes, str, str]] = {
    "inks in a PNG": (INKS, "PNG", "RGB"),
    "inks in a WebP": (INKS, "WEBP", "RGB"),
    "inks in a JPEG": (INKS, "JPEG", "CMYK"),
    "a GIF in a JPEG": (saved(PHOTO.quantize(256), "GIF"), "JPEG", "RGB"),
    "a palette in a JPEG": (saved(PHOTO.quantize(200), "PNG"), "JPEG", "RGB"),
    "a palette in a PNG": (saved(PHOTO.quantize(200), "GIF"), "PNG", "P"),
    "a clear palette in a WebP": (saved(CLEAR.quantize(200, method=2), "PNG"), "WEBP", "RGBA"),
    "one bit in a JPEG": (saved(PHOTO.convert("1"), "PNG"), "JPEG", "RGB"),
    "no transparency in a JPEG": (saved(FLAT, "PNG"), "JPEG", "RGB"),
    "grey without transparency in a JPEG": (saved(FLAT.convert("LA"), "PNG"), "JPEG", "L"),
    "transparency in a TIFF": (saved(CLEAR, "PNG"), "TIFF", "RGBA"),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_another_format_gets_what_it_can_hold(name: str) -> None:
    data, kind, mode = HELD[name]
    photo = read_photo_file(data)
    again = read_photo_file(encode(photo, kind))
    assert (again.image.format, again.image.mode) == (kind, mode)
    assert np.abs(again.rgb.astype(int) - photo.rgb).mean() < (9 if kind in ("JPEG", "WEBP") else 0.5)
    assert ("icc_profile" in again.image.info) == (mode == "CMYK")


def test_a_tiff_keeps_its_exif_as_a_jpeg() -> None:
    again = Image.open(
        io.BytesIO(encode(read_photo_file(saved(PHOTO, "TIFF", exif=exif(6).tobytes(), icc_profile=SRGB)), "JPEG"))
    )
    told = again.getexif()
    assert told[271] == "Maker" and told[274] == 1 and 273 not in told and 34675 not in told
    assert told.get_ifd(0x8769)[0x927C] == b"what only the maker knows" and again.info["icc_profile"] == SRGB


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"text", "not_an_image"),
        (saved(PHOTO, "PNG")[:900], "truncated"),
        (saved(PHOTO, "GIF", save_all=True, append_images=[PHOTO.rotate(90)]), "several_pictures"),
        (saved(PHOTO, "TIFF", save_all=True, append_images=[PHOTO]), "several_pictures"),
        (opencv(".pam", RGB), "format_not_writable"),
    ],
)
def test_a_file_that_cannot_be_used_has_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Skipped) as skipped:
        read_photo_file(data)
    assert skipped.value.reason == reason


@pytest.mark.parametrize(
    ("data", "kind", "step"),
    [
        (saved(CLEAR, "PNG"), "JPEG", "name a .png"),
        (saved(CLEAR.convert("LA"), "PNG"), "JPEG", "name a .png"),
        (saved(CLEAR.quantize(200, method=2), "PNG"), "JPEG", "name a .png"),
        (
            saved(PHOTO.convert("L"), "PNG", transparency=int(np.asarray(PHOTO.convert("L"))[0, 0])),
            "BMP",
            "name a .png",
        ),
        (opencv(".png", DEEP), "JPEG", "name a .png or .tif"),
        (saved(GREY_16, "PNG"), "JPEG", "name a .png or .tif"),
    ],
)
def test_a_format_that_cannot_hold_the_photo_is_refused_and_one_named_that_can(
    data: bytes, kind: str, step: str
) -> None:
    with pytest.raises(Skipped) as skipped:
        encode(read_photo_file(data), kind)
    assert skipped.value.reason == "format_not_writable"
    assert kind in skipped.value.detail and step in skipped.value.detail
