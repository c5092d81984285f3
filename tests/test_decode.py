"""Any photo becomes upright uint8 RGB, or is skipped for a reason that fits."""

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from broken_files import CLOSE, EXACT, Expected, _with_png_size, saved
from commands import ROOT
from odd_files import exif, make_odd_files
from PIL import Image, ImageOps

from maskify.decode import _decode_plain_jpeg, decode_photo, read_photo
from maskify.errors import Skipped
from maskify.photos import Photo, list_photos


def photo_at(path: Path) -> Photo:
    return Photo(path.stem, str(path))


def reason_of(photo: Photo, **options: int) -> str:
    with pytest.raises(Skipped) as skipped:
        read_photo(photo, **options)
    return skipped.value.reason


def assert_as_expected(folder: Path, face: np.ndarray) -> None:
    expected = make_odd_files(folder, face)
    photos = {os.path.relpath(photo.path, folder): photo for photo in list_photos(folder).photos}
    assert len(expected) >= 36
    assert set(photos) == set(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mistakes = {name: mistake(photo, expected[name], face) for name, photo in photos.items()}
    assert {name: what for name, what in mistakes.items() if what} == {}


def test_every_odd_file_decodes_or_is_skipped_for_a_reason_that_fits(
    tmp_path: Path, picture: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd").mkdir()
    assert_as_expected(tmp_path / "odd", picture)
    assert capfd.readouterr() == ("", "")


def test_odd_files_of_a_real_portrait_do_as_well(tmp_path: Path, shared: Path) -> None:
    portrait = Image.open(min((shared / "portraits").iterdir())).convert("RGB")
    (tmp_path / "odd").mkdir()
    assert_as_expected(tmp_path / "odd", np.array(portrait.resize((250, 250))))


def mistake(photo: Photo, expected: Expected, picture: np.ndarray) -> str:
    try:
        pixels = read_photo(photo)
    except Skipped as skipped:
        return "" if skipped.reason in expected.reasons else f"skipped: {skipped}"
    if not expected.decodes:
        return "decoded"
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.flags["C_CONTIGUOUS"]:
        return f"{pixels.dtype} {pixels.shape}"
    if expected.likeness in (EXACT, CLOSE):
        if pixels.shape != picture.shape:
            return f"shape {pixels.shape}"
        error = float(np.abs(pixels.astype(int) - picture).mean())
        return "" if error <= (0 if expected.likeness == EXACT else 3) else f"off by {error:.1f} on average"
    return ""


def jpeg(picture: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("plain", {}),
        ("without chroma subsampling", {"quality": 97, "subsampling": 0}),
        ("with a comment", {"comment": b"a comment with \xff\xda in it"}),
        ("progressive", {"progressive": True}),
        ("with restart markers", {"restart_marker_blocks": 4}),
        ("turned", {"exif": exif(6)}),
    ],
)
def test_jpegs_have_the_pixels_that_pillow_gives(picture: np.ndarray, kind: str, options: dict[str, Any]) -> None:
    data = jpeg(picture, **options)
    with Image.open(io.BytesIO(data)) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    np.testing.assert_array_equal(decode_photo(data), wanted)
    assert (_decode_plain_jpeg(data, 10**6) is None) == (kind in ("progressive", "with restart markers", "turned"))


def test_damaged_jpegs_have_the_outcome_that_pillow_gives(
    picture: np.ndarray, capfd: pytest.CaptureFixture[str]
) -> None:
    rng, data = np.random.default_rng(0), jpeg(picture)
    quick = 0
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(len(data) // 8, len(data), rng.integers(1, 4)):
            broken[place] = rng.integers(256)
        pixels = _decode_plain_jpeg(bytes(broken), 10**6)
        if pixels is not None:
            quick += 1
            with Image.open(io.BytesIO(broken)) as image:
                np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))
    assert quick > 50 and capfd.readouterr() == ("", "")


def test_photos_are_decoded_where_there_is_no_stderr(tmp_path: Path, picture: np.ndarray) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(picture))
    program = "import os, sys; os.close(2); from maskify.decode import decode_photo\n"
    program += "print(decode_photo(open(sys.argv[1], 'rb').read()).shape)"
    command = [sys.executable, "-c", program, str(tmp_path / "photo.jpg")]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == str(picture.shape)


@pytest.mark.parametrize("value", [0, 1, 1000, 32768, 65535])
def test_sixteen_bits_are_scaled_and_not_clipped(value: int) -> None:
    grey = np.full((40, 40), value, np.uint16)
    for ending in (".png", ".tif"):
        pixels = decode_photo(cv2.imencode(ending, grey)[1].tobytes())
        assert np.abs(pixels.astype(float) - value / 257).max() <= 0.5


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_floating_point_in_any_usual_range_gives_the_same_grey(top: float) -> None:
    ramp = np.tile(np.linspace(0, top, 64, dtype=np.float32), (64, 1))
    pixels = decode_photo(cv2.imencode(".tif", ramp)[1].tobytes())
    assert np.abs(pixels[0, :, 0] - np.linspace(0, 255, 64)).max() <= 0.51


def test_not_a_number_is_black(picture: np.ndarray) -> None:
    grey = np.full((40, 40), np.nan, np.float32)
    grey[20:] = 1.0
    pixels = decode_photo(cv2.imencode(".tif", grey)[1].tobytes())
    assert (pixels[:20] == 0).all() and (pixels[20:] == 255).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    image = Image.new(mode, (40, 40), (0,) * len(mode))
    image.paste((0,) * (len(mode) - 1) + (255,), (0, 0, 40, 20))
    pixels = decode_photo(saved(image, "PNG"))
    assert (pixels[:20] == 0).all() and (pixels[20:] == 255).all()


def test_orientation_of_exif_agrees_with_opencv(picture: np.ndarray) -> None:
    for orientation in range(1, 9):
        data = saved(Image.fromarray(picture), "JPEG", quality=95, exif=exif(orientation))
        by_opencv = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        np.testing.assert_array_equal(decode_photo(data), by_opencv)


def test_the_limit_of_pixels_holds_before_decoding(tmp_path: Path, picture: np.ndarray) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.fromarray(picture), "PNG")[:60])  # its header and no pixels
    assert reason_of(photo_at(path), max_pixels=picture.shape[0] * picture.shape[1] - 1) == "too_large"
    assert reason_of(photo_at(path), max_pixels=picture.shape[0] * picture.shape[1]) in ("truncated", "corrupt")


def test_a_file_of_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    with open(path, "wb") as file:
        file.truncate(1 << 36)  # sparse: takes no room
    assert reason_of(photo_at(path)) == "too_large"


def test_missing_files_folders_and_pipes_are_told_apart(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason_of(photo_at(tmp_path / "gone.jpg")) == "missing"
    assert reason_of(photo_at(tmp_path / "pipe.jpg")) == "unreadable"
    assert reason_of(photo_at(tmp_path)) == "unreadable"


def test_every_cut_of_a_jpeg_is_found(picture: np.ndarray) -> None:
    data = saved(Image.fromarray(picture), "JPEG", quality=95)
    for length in range(3, len(data) - 1, 97):
        with pytest.raises(Skipped) as skipped:
            decode_photo(data[:length])
        assert skipped.value.reason == "truncated"


def test_bytes_at_random_never_raise_anything_but_skipped(picture: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "JPEG2000", "TGA", "PCX", "QOI", "SGI"):
        data = np.frombuffer(saved(Image.fromarray(picture).convert("P" if kind == "GIF" else "RGB"), kind), np.uint8)
        for _ in range(8):
            damaged = data.copy()
            damaged[rng.integers(0, min(len(data), 400), 12)] = rng.integers(0, 256, 12)
            try:
                assert decode_photo(damaged.tobytes(), max_pixels=1_000_000).shape[2] == 3
            except Skipped as skipped:
                assert skipped.reason


def test_what_pillow_takes_for_a_bomb_is_told_of_by_its_pixels(picture: np.ndarray) -> None:
    with pytest.raises(Skipped) as skipped:
        decode_photo(_with_png_size(saved(Image.fromarray(picture), "PNG"), 30_000, 30_000))
    assert skipped.value.reason == "too_large" and skipped.value.detail == "more than 178,956,970 pixels"


def test_aligned_celeba_decodes_as_opencv_decodes_it(shared: Path) -> None:
    for path in sorted((shared / "celeba/img_align_celeba").glob("*.jpg"))[:20]:
        pixels = read_photo(photo_at(path))
        assert pixels.shape == (218, 178, 3)
        np.testing.assert_array_equal(pixels, cv2.imread(str(path))[:, :, ::-1])
