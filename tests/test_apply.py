"""maskify.apply: masked photos differ from the photos under the mask alone, and every photo has a mask or a reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_files import saved
from commands import ApplyMasks
from odd_files import exif
from PIL import Image

from maskify.apply import Applied, apply_to_faces
from maskify.config import SynthesisConfig
from maskify.errors import Skipped
from maskify.landmarks import Face, FaceFinder
from maskify.synthesis import Synthesizer

NO_SHADOW = SynthesisConfig(shadow=0.0)


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def twins(head: Image.Image) -> Image.Image:
    """Two faces beside each other, the right one larger."""
    both = Image.new("RGB", (260 + 390, 450), (128, 128, 128))
    both.paste(head, (0, 80))
    both.paste(head.resize((390, 450), Image.Resampling.LANCZOS), (260, 0))
    return both


def test_the_map_says_where_the_photo_changed(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    apply_masks(tmp_path / "photos", tmp_path / "out", binary_maps=True)
    binary_map = np.asarray(Image.open(tmp_path / "out" / "a.png.map.png"))
    changed = (pixels_of(tmp_path / "out" / "a.png") != np.asarray(head)).any(axis=2)
    assert binary_map.shape == changed.shape and set(np.unique(binary_map)) == {0, 255}
    assert not changed[binary_map == 0].any() and changed[binary_map == 255].mean() > 0.9
    assert 0.02 < (binary_map == 255).mean() < 0.3


def test_a_photo_that_exif_turns_comes_out_upright_and_is_not_turned_twice(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    sideways = head.transpose(Image.Transpose.ROTATE_90)
    (tmp_path / "photos" / "a.jpg").write_bytes(saved(sideways, "JPEG", quality=95, exif=exif(6)))
    assert apply_masks(tmp_path / "photos", tmp_path / "out") == (1, [])
    with Image.open(tmp_path / "out" / "a.jpg") as masked:
        assert masked.size == head.size and 0x0112 not in masked.getexif()
        top = np.asarray(masked)[:60].astype(int) - np.asarray(head)[:60]
        assert np.abs(top).mean() < 5


def test_a_grey_photo_gets_a_mask(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    head.convert("L").save(tmp_path / "photos" / "a.png")
    assert apply_masks(tmp_path / "photos", tmp_path / "out") == (1, [])
    masked = pixels_of(tmp_path / "out" / "a.png")
    assert masked.shape == (300, 260, 3) and (masked != pixels_of(tmp_path / "photos" / "a.png")).any()


def test_every_face_gets_a_mask_if_asked_for(tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image) -> None:
    (tmp_path / "photos").mkdir()
    twins(head).save(tmp_path / "photos" / "a.png")
    for faces, left_is_masked in (("largest", False), ("all", True)):
        apply_masks(tmp_path / "photos", tmp_path / faces, binary_maps=True, faces=faces)
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
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "good.png")
    Image.new("RGB", (200, 200), (90, 120, 150)).save(tmp_path / "photos" / "flat.png")
    (tmp_path / "photos" / "text.jpg").write_text("no photo")
    written, skipped = apply_masks(tmp_path / "photos", tmp_path / "out")
    assert written == 1 and [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]
    reasons = {key: reason.split()[0] for key, reason in skipped}
    assert reasons == {"flat": "no_face", "text": "not_an_image"}


def test_the_same_seed_gives_the_same_photo_and_another_seed_another(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image
) -> None:
    (tmp_path / "photos").mkdir()
    head.save(tmp_path / "photos" / "a.png")
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        apply_masks(tmp_path / "photos", tmp_path / name, seed=seed)
    one, again, other = ((tmp_path / name / "a.png").read_bytes() for name in ("one", "again", "other"))
    assert one == again and one != other


def test_an_error_nobody_thought_of_costs_one_photo_and_is_told(
    tmp_path: Path, apply_masks: ApplyMasks, head: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("a", "b"):
        head.save(tmp_path / "photos" / f"{name}.png")

    def odd(pixels: np.ndarray, faces: list[Face], key: str, synthesizer: Synthesizer) -> Applied:
        if key == "a":
            raise ZeroDivisionError("by nought")
        return apply_to_faces(pixels, faces, key, synthesizer)

    monkeypatch.setattr("maskify.apply.apply_to_faces", odd)
    skipped = [("a", "internal_error ZeroDivisionError: by nought")]
    assert apply_masks(tmp_path / "photos", tmp_path / "out") == (1, skipped)
