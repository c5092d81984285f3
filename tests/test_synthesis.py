"""maskify.synthesis: a photo becomes a triplet whose parts fit each other, the same one every time; or a reason."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from faces import NOSE_MOUTH_CHIN, landmarks_at
from PIL import Image

from maskify import align, synthesis
from maskify.config import SynthesisConfig
from maskify.decode import read_photo
from maskify.draw import seed_of
from maskify.errors import MaskifyError, Skipped
from maskify.landmarks import FaceFinder
from maskify.photos import Photo, list_photos
from maskify.placement import count_inside
from maskify.pose import EYES, estimate_camera
from maskify.record import Record, decode_record, encode_record
from maskify.sample import load_astronaut
from maskify.synthesis import Synthesizer, art_fingerprint, check_landmarks
from maskify.templates import names

SHADOW_REACH = 0.1
"""A contact shadow ends within this share of the crop's side."""


def synthesized(photos: list[Photo], **settings: Any) -> list[Record]:
    """Records of all photos that can be used."""
    synthesizer = Synthesizer(SynthesisConfig(image_format="png", **settings))
    records = []
    for photo in photos:
        try:
            records += [face.record for face in synthesizer.synthesize(photo)]
        except Skipped:
            continue
    return records


def through_png(records: list[Record]) -> list[Record]:
    """What a reader of a lossless build gets."""
    return [decode_record(encode_record(record, "png")) for record in records]


def evenly(folder: Path, count: int) -> list[Photo]:
    """So many photos of a folder, from all of it."""
    photos = list_photos(folder).photos
    return photos[:: len(photos) // count][:count]


@pytest.fixture(scope="module", autouse=True)
def one_finder(finder: FaceFinder) -> Iterator[None]:
    """Loading the landmark model takes longer than all the rest, so the synthesizers of these tests share one."""

    def make(model: str | None, detector: str) -> FaceFinder:
        return finder if (model, detector) == (None, "auto") else FaceFinder(model, detector)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesis, "FaceFinder", make)
        yield


@pytest.fixture(scope="module")
def bare(sample_photos: Path) -> list[Record]:
    return through_png(synthesized(list_photos(sample_photos).photos, shadow=0.0))


@pytest.fixture(scope="module")
def shaded(sample_photos: Path) -> list[Record]:
    return through_png(synthesized(list_photos(sample_photos).photos, shadow=1.0))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Photo]:
    """Writes pixels as a PNG and returns the photo."""

    def save(pixels: np.ndarray, key: str = "photo") -> Photo:
        Image.fromarray(pixels).save(tmp_path / f"{key}.png")
        return Photo(key, str(tmp_path / f"{key}.png"))

    return save


def head() -> np.ndarray:
    return np.ascontiguousarray(load_astronaut()[:300, 80:380])


def shares(records: list[Record]) -> tuple[float, float, int]:
    """Of records with |yaw| < 40: the share with nose tip, mouth and chin in the map, and without eyes; their count."""
    usual = [record for record in records if abs(record.pose[0]) < 40]
    covers = [count_inside(r.binary_map, r.landmarks[NOSE_MOUTH_CHIN]) == len(NOSE_MOUTH_CHIN) for r in usual]
    spares = [count_inside(r.binary_map, r.landmarks[EYES]) == 0 for r in usual]
    return float(np.mean(covers)), float(np.mean(spares)), len(usual)


def test_every_photo_of_the_sample_gives_a_record(bare: list[Record], sample_photos: Path) -> None:
    assert [record.key for record in bare] == [photo.key for photo in list_photos(sample_photos).photos]
    assert {record.template for record in bare} <= set(names()) and len({record.template for record in bare}) >= 3
    assert {record.identity for record in bare} == {1, 2, 3}


def test_masks_of_the_sample_cover_nose_mouth_and_chin_and_no_eye(bare: list[Record]) -> None:
    assert shares(bare) == (1.0, 1.0, 24)


def test_masks_of_celeba_cover_nose_mouth_and_chin_and_no_eye(shared: Path) -> None:
    """In 99 % of the records with |yaw| < 40, of 400 photos from all of the test part."""
    records = synthesized(evenly(shared / "celeba", 400))
    covers, spares, count = shares(records)
    assert len(records) >= 0.985 * 400 and count >= 360
    assert covers >= 0.99 and spares >= 0.99


def test_without_shadow_masked_is_clean_wherever_the_map_is_0(bare: list[Record]) -> None:
    for record in bare:
        outside = record.binary_map == 0
        np.testing.assert_array_equal(record.masked[outside], record.clean[outside])
        assert 0.05 < 1 - outside.mean() < 0.5


def test_a_shadow_ends_near_the_map(shaded: list[Record]) -> None:
    touched = 0
    for record in shaded:
        reach = round(SHADOW_REACH * len(record.clean))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        beyond = cv2.dilate(record.binary_map, disc) == 0
        np.testing.assert_array_equal(record.masked[beyond], record.clean[beyond])
        touched += int((record.masked != record.clean).any(axis=2)[record.binary_map == 0].any())
    assert touched == len(shaded)


def test_the_shadow_changes_neither_map_nor_pose_nor_clean(bare: list[Record], shaded: list[Record]) -> None:
    for one, other in zip(bare, shaded, strict=True):
        np.testing.assert_array_equal(one.clean, other.clean)
        np.testing.assert_array_equal(one.binary_map, other.binary_map)
        assert one.pose == other.pose and one.params == other.params


def test_a_record_says_what_was_drawn_and_how_it_sits(bare: list[Record]) -> None:
    for record in bare:
        assert record.params["template"] == record.template
        assert 0.75 <= record.params["coverage"] <= 1 and 0 <= record.params["spill"] <= 0.25
        assert record.landmarks.shape == (68, 2) and np.isfinite(record.landmarks).all()


def test_the_clean_crop_of_an_aligned_photo_is_its_middle(sample_photos: Path) -> None:
    photo = list_photos(sample_photos).photos[0]
    (record,) = synthesized([photo], image_size=178)
    np.testing.assert_array_equal(record.clean, read_photo(photo)[20:198])


@pytest.mark.parametrize("size", [64, 300])
def test_landmarks_scale_with_the_crop(sample_photos: Path, bare: list[Record], size: int) -> None:
    (record,) = synthesized(list_photos(sample_photos).photos[:1], image_size=size)
    assert record.clean.shape == record.masked.shape == (size, size, 3) and record.binary_map.shape == (size, size)
    scaled = (bare[0].landmarks + 0.5) * (size / 256) - 0.5
    np.testing.assert_allclose(record.landmarks, scaled, atol=0.01)


def test_a_photo_gives_the_same_record_in_any_company(sample_photos: Path, bare: list[Record]) -> None:
    photos = list_photos(sample_photos).photos[:4]
    backwards = through_png(synthesized(photos[::-1], shadow=0.0))[::-1]
    assert [encode_record(record, "png") for record in backwards] == [encode_record(r, "png") for r in bare[:4]]


def test_another_seed_draws_other_masks_on_the_same_clean_photos(sample_photos: Path, bare: list[Record]) -> None:
    others = synthesized(list_photos(sample_photos).photos[:6], shadow=0.0, seed=1)
    for one, other in zip(bare, others, strict=False):
        np.testing.assert_array_equal(one.clean, other.clean)
        assert one.params != other.params and (one.masked != other.masked).any()


def test_the_seed_of_a_face_follows_from_the_builds_seed_and_the_key(sample_photos: Path) -> None:
    photo = list_photos(sample_photos).photos[0]
    (face,) = Synthesizer(SynthesisConfig(seed=5)).synthesize(photo)
    assert face.seed == seed_of(5, photo.key) and face.detector == "aligned"


def test_only_the_templates_that_were_asked_for_are_drawn(sample_photos: Path) -> None:
    records = synthesized(list_photos(sample_photos).photos[:6], templates=(names()[0],), image_size=64)
    assert {record.template for record in records} == {names()[0]}


def test_an_unknown_template_is_an_error_at_once() -> None:
    with pytest.raises(MaskifyError, match="no-such-mask"):
        Synthesizer(SynthesisConfig(templates=("no-such-mask",)))


@pytest.mark.parametrize("degrees", [0, -45, 90, 180])
def test_any_photo_is_brought_upright_into_celebas_frame(saved: Callable[..., Photo], degrees: int) -> None:
    turned = Image.fromarray(head()).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
    (record,) = synthesized([saved(np.asarray(turned))])
    wanted = align.apply(align.aligned_transform(256), align.MEAN_POINTS)
    assert np.linalg.norm(align.five_points(record.landmarks) - wanted, axis=1).max() < 12
    assert abs(record.pose[2]) < 8


def test_every_face_of_a_photo_gets_a_record_if_asked_for(saved: Callable[..., Photo]) -> None:
    two = np.concatenate([head(), head()[:, ::-1]], axis=1)
    photo = saved(two)
    both, largest = synthesized([photo], faces="all"), synthesized([photo])
    assert len(both) == 2 and len(largest) == 1
    assert (both[0].clean != both[1].clean).any() and both[0].params["grain"] != both[1].params["grain"]


@pytest.mark.parametrize(
    ("reason", "pixels"),
    [
        ("no_face", np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)),
        ("too_small", np.zeros((5, 5, 3), np.uint8)),
    ],
)
def test_what_cannot_be_used_is_skipped_for_its_reason(
    saved: Callable[..., Photo], reason: str, pixels: np.ndarray
) -> None:
    with pytest.raises(Skipped) as skipped:
        Synthesizer(SynthesisConfig()).synthesize(saved(pixels))
    assert skipped.value.reason == reason


def test_a_tiny_face_is_too_small() -> None:
    landmarks = landmarks_at(size=256).astype(np.float32)
    check_landmarks(landmarks, estimate_camera(landmarks))
    with pytest.raises(Skipped) as skipped:
        check_landmarks(landmarks / 10, estimate_camera(landmarks / 10))
    assert skipped.value.reason == "face_too_small"


def test_a_tiny_face_is_too_small_even_when_its_crop_is_enlarged() -> None:
    landmarks = landmarks_at(size=256).astype(np.float32)
    with pytest.raises(Skipped) as skipped:
        check_landmarks(landmarks, estimate_camera(landmarks), 10.0)
    assert skipped.value.reason == "face_too_small"


def test_landmarks_that_form_no_face_are_off() -> None:
    landmarks = landmarks_at()[np.random.default_rng(0).permutation(68)].astype(np.float32)
    with pytest.raises(Skipped) as skipped:
        check_landmarks(landmarks, estimate_camera(landmarks))
    assert skipped.value.reason in ("landmarks_off", "face_too_small")


def test_a_mask_that_does_not_fit_is_drawn_again_a_few_times(
    sample_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on, drawn = synthesis.put_on, []

    def fits_at_the_second_try(clean: Any, landmarks: Any, camera: Any, template: Any, params: Any, *rest: Any) -> Any:
        drawn.append(params)
        if len(drawn) == 1:
            raise Skipped("mask_covers_eye")
        return put_on(clean, landmarks, camera, template, params, *rest)

    monkeypatch.setattr(synthesis, "put_on", fits_at_the_second_try)
    (record,) = synthesized(list_photos(sample_photos).photos[:1])
    assert len(drawn) == 2 and drawn[0] != drawn[1]
    assert drawn[1].as_dict().items() <= record.params.items()


def test_a_face_that_no_mask_fits_is_skipped_for_the_first_reason(
    sample_photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = iter(["mask_spills", *["mask_folded"] * 50])

    def never_fits(*_: Any) -> None:
        raise Skipped(next(reasons))

    monkeypatch.setattr(synthesis, "put_on", never_fits)
    with pytest.raises(Skipped) as skipped:
        Synthesizer(SynthesisConfig()).synthesize(list_photos(sample_photos).photos[0])
    assert skipped.value.reason == "mask_spills"


def test_the_fingerprint_is_that_of_the_templates_in_use() -> None:
    whole, first = (art_fingerprint(SynthesisConfig(templates=names_)) for names_ in ((), (names()[0],)))
    assert whole != first and whole == art_fingerprint(SynthesisConfig(templates=tuple(names()), seed=3))
