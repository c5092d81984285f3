"""maskify.apply: masked photos have the photos' size, name and format, and differ from them under the mask alone."""

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from broken_files import saved
from odd_files import exif
from PIL import Image

from maskify.apply import Applied, apply_to_faces, apply_to_photos
from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError, Skipped
from maskify.landmarks import Face, FaceFinder
from maskify.photos import list_photos
from maskify.sample import load_astronaut
from maskify.synthesis import Synthesizer

Run = Callable[..., tuple[int, list[tuple[str, str]]]]

NO_SHADOW = SynthesisConfig(shadow=0.0)


@pytest.fixture(scope="module")
def head() -> Image.Image:
    """A face in a picture of 260 x 300."""
    return Image.fromarray(load_astronaut()[:300, 100:360])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, finder: FaceFinder) -> Run:
    """Applies masks to a source, with the landmark model that is loaded already."""

    def run_(src: Path, out: Path, binary_maps: bool = False, **settings: Any) -> tuple[int, list[tuple[str, str]]]:
        config = SynthesisConfig(**{"shadow": 0.0, **settings})
        return apply_to_photos(list_photos(src), src, out, config, binary_maps)

    monkeypatch.setattr("maskify.synthesis.FaceFinder", lambda *_: finder)
    return run_


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def twins(head: Image.Image) -> Image.Image:
    """Two faces beside each other, the right one larger."""
    both = Image.new("RGB", (260 + 390, 450), (128, 128, 128))
    both.paste(head, (0, 80))
    both.paste(head.resize((390, 450), Image.Resampling.LANCZOS), (260, 0))
    return both


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "JPEG"),
        ("b.PNG", "PNG"),
        ("deep/er/c.d.webp", "WEBP"),
        ("e.bmp", "BMP"),
        ("f.tif", "TIFF"),
        ("g.jpeg", "JPEG"),
    ],
)
def test_name_folder_size_and_format_are_kept(
    tmp_path: Path, run: Run, head: Image.Image, name: str, kind: str
) -> None:
    path = tmp_path / "photos" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(saved(head, kind))
    assert run(tmp_path / "photos", tmp_path / "out") == (1, [])
    assert [p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*") if p.is_file()] == [
        name
    ]
    with Image.open(tmp_path / "out" / name) as masked:
        assert (masked.format, masked.size) == (kind, head.size)


def test_the_map_says_where_the_photo_changed(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    run(tmp_path / "photos", tmp_path / "out", binary_maps=True)
    binary_map = np.asarray(Image.open(tmp_path / "out" / "a.png.map.png"))
    changed = (pixels_of(tmp_path / "out" / "a.png") != np.asarray(head)).any(axis=2)
    assert binary_map.shape == changed.shape and set(np.unique(binary_map)) == {0, 255}
    assert not changed[binary_map == 0].any() and changed[binary_map == 255].mean() > 0.9
    assert 0.02 < (binary_map == 255).mean() < 0.3


def test_maps_are_written_only_if_asked_for(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    run(tmp_path / "photos", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def test_a_photo_that_exif_turns_comes_out_upright_and_is_not_turned_twice(
    tmp_path: Path, run: Run, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    sideways = head.transpose(Image.Transpose.ROTATE_90)
    (tmp_path / "photos" / "a.jpg").write_bytes(saved(sideways, "JPEG", quality=95, exif=exif(6)))
    assert run(tmp_path / "photos", tmp_path / "out") == (1, [])
    with Image.open(tmp_path / "out" / "a.jpg") as masked:
        assert masked.size == head.size and 0x0112 not in masked.getexif()
        top = np.asarray(masked)[:60].astype(int) - np.asarray(head)[:60]
        assert np.abs(top).mean() < 5


def test_a_grey_photo_gets_a_mask(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.convert("L").save(tmp_path / "photos" / "a.png")
    assert run(tmp_path / "photos", tmp_path / "out") == (1, [])
    masked = pixels_of(tmp_path / "out" / "a.png")
    assert masked.shape == (300, 260, 3) and (masked != pixels_of(tmp_path / "photos" / "a.png")).any()


def test_every_face_gets_a_mask_if_asked_for(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    twins(head).save(tmp_path / "photos" / "a.png")
    for faces, left_is_masked in (("largest", False), ("all", True)):
        run(tmp_path / "photos", tmp_path / faces, binary_maps=True, faces=faces)
        binary_map = np.asarray(Image.open(tmp_path / faces / "a.png.map.png"))
        assert binary_map[:, 260:].any() and binary_map[:, :260].any() == left_is_masked


def test_nearer_faces_are_masked_last_and_the_map_holds_all(
    monkeypatch: pytest.MonkeyPatch, finder: FaceFinder, head: Image.Image
) -> None:
    monkeypatch.setattr("maskify.synthesis.FaceFinder", lambda *_: finder)
    photo, widths = np.asarray(twins(head)), []
    synthesizer = Synthesizer(NO_SHADOW)
    put_on = synthesizer.put_on

    def watched(clean: np.ndarray, landmarks: np.ndarray, *rest: Any) -> Any:
        widths.append(np.ptp(landmarks[:, 0]))
        return put_on(clean, landmarks, *rest)

    monkeypatch.setattr(synthesizer, "put_on", watched)
    result = apply_to_faces(photo, finder.find(photo), "a", synthesizer)
    assert isinstance(result, Applied) and len(widths) == 2 and widths[0] < widths[1]
    assert not (result.photo != photo).any(axis=2)[result.binary_map == 0].any()


def test_one_bad_face_does_not_cost_the_others_their_masks(
    monkeypatch: pytest.MonkeyPatch, finder: FaceFinder, head: Image.Image
) -> None:
    monkeypatch.setattr("maskify.synthesis.FaceFinder", lambda *_: finder)
    photo = np.asarray(head)
    (good,) = finder.find(photo)
    scrambled = np.random.default_rng(0).permutation(good.landmarks)
    bad = Face(scrambled, "hog", 0.1, good.box_side / 2)
    synthesizer = Synthesizer(NO_SHADOW)
    alone = apply_to_faces(photo, [good], "a", synthesizer)
    np.testing.assert_array_equal(apply_to_faces(photo, [good, bad], "a", synthesizer).photo, alone.photo)
    with pytest.raises(Skipped):
        apply_to_faces(photo, [bad], "a", synthesizer)


def test_photos_without_a_mask_are_named_with_their_reason_and_not_written(
    tmp_path: Path, run: Run, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "good.png")
    Image.new("RGB", (200, 200), (90, 120, 150)).save(tmp_path / "photos" / "flat.png")
    (tmp_path / "photos" / "text.jpg").write_text("no photo")
    written, skipped = run(tmp_path / "photos", tmp_path / "out")
    assert written == 1 and [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]
    reasons = {key: reason.split()[0] for key, reason in skipped}
    assert reasons == {"flat": "no_face", "text": "not_an_image"}


def test_the_same_seed_gives_the_same_photo_and_another_seed_another(
    tmp_path: Path, run: Run, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        run(tmp_path / "photos", tmp_path / name, seed=seed)
    one, again, other = ((tmp_path / name / "a.png").read_bytes() for name in ("one", "again", "other"))
    assert one == again and one != other


@pytest.mark.parametrize("spelling", ["photos", "photos/../photos", "link"])
def test_the_photos_own_folder_is_refused(tmp_path: Path, run: Run, head: Image.Image, spelling: str) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    before = (tmp_path / "photos" / "a.png").read_bytes()
    for src in (tmp_path / "photos", tmp_path / "photos" / "a.png"):
        with pytest.raises(MaskifyError, match="would overwrite"):
            run(src, tmp_path / spelling)
    assert (tmp_path / "photos" / "a.png").read_bytes() == before


def test_a_source_may_be_a_link_to_a_folder(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    head.save(tmp_path / "real" / "deep" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run(tmp_path / "link", tmp_path / "out") == (1, [])
    assert (tmp_path / "out" / "deep" / "a.png").is_file()


def test_photos_of_an_archive_come_out_in_a_folder_of_its_name(tmp_path: Path, run: Run, head: Image.Image) -> None:
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("deep/a.png", saved(head, "PNG"))
        archive.writestr("../b.png", saved(head, "PNG"))
    assert run(tmp_path / "holiday.zip", tmp_path / "out")[0] == 2
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert found == {"out/holiday/deep/a.png", "out/holiday/b.png"}


def test_a_photo_whose_format_cannot_be_written_does_not_end_the_run(
    tmp_path: Path, run: Run, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    values = np.ascontiguousarray(np.asarray(head)[:, :, ::-1])
    (tmp_path / "photos" / "a.pam").write_bytes(cv2.imencode(".pam", values)[1].tobytes())
    head.save(tmp_path / "photos" / "b.png")
    run(tmp_path / "photos", tmp_path / "out")
    assert (tmp_path / "out" / "b.png").is_file()


def test_a_name_too_long_for_its_map_is_an_error_or_a_skipped_photo(
    tmp_path: Path, run: Run, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / f"{'n' * 246}.png")
    with contextlib.suppress(MaskifyError):
        run(tmp_path / "photos", tmp_path / "out", binary_maps=True)


def test_an_out_that_cannot_be_written_is_an_error(tmp_path: Path, run: Run, head: Image.Image) -> None:
    (tmp_path / "photos" / "a.png").mkdir(parents=True)
    (tmp_path / "photos" / "a.png" / "a.png").write_bytes(saved(head, "PNG"))
    (tmp_path / "out" / "a.png" / "a.png").mkdir(parents=True)
    with pytest.raises(MaskifyError, match=r"cannot be written.*--out"):
        run(tmp_path / "photos", tmp_path / "out")
