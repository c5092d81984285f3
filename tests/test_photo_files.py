"""unmask.photos: a photo of any kind is painted into, and written with all that belongs to it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from broken_files import saved
from painters import metadata, read
from PIL import Image, ImageCms, PngImagePlugin

from maskify.errors import Skipped
from unmask.pasting.patch import Patch, box_of
from unmask.photos import PhotoFile, read_photo_file
from unmask.photos.colours import Colour, Grey, Inks, Palette
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


def test_another_format_takes_profile_and_exif_along_and_is_upright() -> None:
    photo = read_photo_file(full("JPEG"))
    turned = read_photo_file(saved(PHOTO, "JPEG", exif=exif(6), icc_profile=SRGB))
    for one in (photo, turned):
        again = Image.open(io.BytesIO(encode(one, "PNG")))
        assert again.info["icc_profile"] == SRGB and again.getexif()[271] == "Maker" and again.getexif()[0x0112] == 1
        np.testing.assert_array_equal(np.asarray(again), one.rgb)


def test_inks_go_by_their_profile_both_ways() -> None:
    assert Inks.of_profile(SRGB) == Inks() == Inks.of_profile(None) == Inks.of_profile(b"nonsense")
    broken = SRGB[:16] + b"CMYK" + SRGB[20:]
    values = np.asarray(PHOTO.convert("CMYK"))
    np.testing.assert_allclose(Inks.of_profile(broken).to_rgb(values), RGB, atol=1)


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


@pytest.mark.parametrize(("data", "kind"), [(saved(CLEAR, "PNG"), "JPEG"), (opencv(".png", DEEP), "JPEG")])
def test_a_format_that_cannot_hold_the_photo_is_refused(data: bytes, kind: str) -> None:
    with pytest.raises(Skipped) as skipped:
        encode(read_photo_file(data), kind)
    assert skipped.value.reason == "format_not_writable" and kind in skipped.value.detail


def test_of_a_phones_several_pictures_the_first_is_written_as_a_plain_jpeg() -> None:
    photo = read_photo_file(saved(PHOTO, "MPO", save_all=True, append_images=[PHOTO.rotate(180)]))
    again = Image.open(io.BytesIO(encode(photo, own_format(photo))))
    assert again.format == "JPEG" and b"MPF\0" not in again.info.get("exif", b"")
