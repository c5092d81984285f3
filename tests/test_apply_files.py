"""maskify.apply: masked photos have the photos' size, name, format and colours, and appear whole or not at all."""

import errno
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from broken_files import saved
from commands import ApplyMasks
from PIL import Image, ImageCms

from maskify.errors import MaskifyError


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "JPEG"),
        ("b.PNG", "PNG"),
        ("deep/er/c.d.webp", "WEBP"),
        ("e.bmp", "BMP"),
        ("f.tif", "TIFF"),
        ("g.jpeg", "JPEG"),
        ("h.jfif", "JPEG"),
        ("i.jpe", "JPEG"),
    ],
)
def test_name_folder_size_and_format_are_kept(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image, name: str, kind: str
) -> None:
    path = tmp_path / "photos" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(saved(head, kind))
    assert apply_masks(tmp_path / "photos", tmp_path / "out") == (1, [])
    assert [p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*") if p.is_file()] == [
        name
    ]
    with Image.open(tmp_path / "out" / name) as masked:
        assert (masked.format, masked.size) == (kind, head.size)


def test_maps_are_written_only_if_asked_for(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    apply_masks(tmp_path / "photos", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


@pytest.mark.parametrize("spelling", ["photos", "photos/../photos", "link"])
def test_the_photos_own_folder_is_refused(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image, spelling: str
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    before = (tmp_path / "photos" / "a.png").read_bytes()
    for src in (tmp_path / "photos", tmp_path / "photos" / "a.png"):
        with pytest.raises(MaskifyError, match="would overwrite"):
            apply_masks(src, tmp_path / spelling)
    assert (tmp_path / "photos" / "a.png").read_bytes() == before


def test_a_folder_inside_the_photos_is_refused_with_another_one_to_take(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    for out in (tmp_path / "photos" / "deep" / "out", tmp_path / "link" / "out"):
        with pytest.raises(MaskifyError, match=r"inside .*photos-masked"):
            apply_masks(tmp_path / "photos", out)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.png"]
    assert apply_masks(tmp_path / "photos" / "a.png", tmp_path / "photos" / "out") == (
        1,
        [],
    )  # one photo is not its folder


def test_a_source_may_be_a_link_to_a_folder(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    head.save(tmp_path / "real" / "deep" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert apply_masks(tmp_path / "link", tmp_path / "out") == (1, [])
    assert (tmp_path / "out" / "deep" / "a.png").is_file()


def test_photos_of_an_archive_come_out_in_a_folder_of_its_name(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("deep/a.png", saved(head, "PNG"))
        archive.writestr("../b.png", saved(head, "PNG"))
    assert apply_masks(tmp_path / "holiday.zip", tmp_path / "out")[0] == 2
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert found == {"out/holiday/deep/a.png", "out/holiday/b.png"}


def test_a_photo_whose_format_cannot_be_written_does_not_end_the_run(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    values = np.ascontiguousarray(np.asarray(head)[:, :, ::-1])
    (tmp_path / "photos" / "a.pam").write_bytes(cv2.imencode(".pam", values)[1].tobytes())
    head.save(tmp_path / "photos" / "b.png")
    written, [(key, reason)] = apply_masks(tmp_path / "photos", tmp_path / "out", binary_maps=True)
    assert (written, key) == (1, "a") and reason.startswith("format_not_writable") and ".pam" in reason
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"b.png", "b.png.map.png"}


def test_a_photo_whose_name_is_too_long_for_its_map_is_skipped(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / f"{'n' * 251}.png")
    written, [(_, reason)] = apply_masks(tmp_path / "photos", tmp_path / "out", binary_maps=True)
    assert written == 0 and reason.startswith("name_too_long")
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
    assert apply_masks(tmp_path / "photos", tmp_path / "out") == (1, [])  # the photo's own name is just short enough


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.jpe", "a.jfif", "a.webp", "a.avif"])
def test_little_is_lost_beside_the_mask_whatever_the_ending(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image, name: str
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / name).write_bytes(saved(head, "PNG"))
    apply_masks(tmp_path / "photos", tmp_path / "out")
    lost = np.abs(pixels_of(tmp_path / "out" / name).astype(int) - np.asarray(head))[:60].mean()
    assert 0 < lost < 2  # Pillow's own settings lose more


def test_the_colour_profile_is_kept_unless_it_is_none_of_rgb(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cmyk = rgb[:16] + b"CMYK" + rgb[20:]
    for kind in ("jpg", "png", "webp", "tif"):
        head.save(tmp_path / "photos" / f"rgb.{kind}", icc_profile=rgb)
    head.convert("CMYK").save(tmp_path / "photos" / "cmyk.jpg", icc_profile=cmyk)
    head.save(tmp_path / "photos" / "none.jpg")
    apply_masks(tmp_path / "photos", tmp_path / "out")
    found = {}
    for path in (tmp_path / "out").iterdir():
        with Image.open(path) as masked:
            found[path.name] = masked.info.get("icc_profile")
    kept = {f"rgb.{kind}": rgb for kind in ("jpg", "png", "webp", "tif")}
    assert found == {**kept, "cmyk.jpg": None, "none.jpg": None}


def test_a_write_that_fails_halfway_leaves_the_old_result_and_nothing_else(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    apply_masks(tmp_path / "photos", tmp_path / "out")
    before = (tmp_path / "out" / "a.png").read_bytes()

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MaskifyError, match=r"cannot be written.*No space left"):
        apply_masks(tmp_path / "photos", tmp_path / "out", seed=1)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert (tmp_path / "out" / "a.png").read_bytes() == before


def test_an_out_that_cannot_be_written_is_an_error(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "photos" / "a.png").mkdir(parents=True)
    (tmp_path / "photos" / "a.png" / "a.png").write_bytes(saved(head, "PNG"))
    (tmp_path / "out" / "a.png" / "a.png").mkdir(parents=True)
    with pytest.raises(MaskifyError, match=r"cannot be written.*--out"):
        apply_masks(tmp_path / "photos", tmp_path / "out")
