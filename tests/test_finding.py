"""Faces are found with masks on and without, in photos of any size, and their points give the training frame."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from faces import packaged, params_for

from maskify import align
from maskify.landmarks import FaceFinder
from maskify.pose import estimate_camera
from maskify.render import put_on
from maskify.sample import load_astronaut
from maskify.templates import names
from unmask.errors import UnmaskError
from unmask.finding import boxes, frame
from unmask.finding.descriptor import LENGTH, descriptor
from unmask.finding.finder import MaskedFace, MaskedFaceFinder
from unmask.finding.models import PREDICTORS, packaged_models, read_models
from unmask.finding.pyramid import pyramid
from unmask.finding.search import VIEWS

MODELS = Path(__file__).parents[1] / "unmask" / "finding" / "models"


@pytest.fixture(scope="module")
def masked_finder() -> MaskedFaceFinder:
    return MaskedFaceFinder()


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """uint8 [300, 260, 3] RGB: head and shoulders."""
    return np.ascontiguousarray(load_astronaut()[:300, 100:360])


@pytest.fixture(scope="module")
def landmarks(finder: FaceFinder, portrait: np.ndarray) -> np.ndarray:
    return finder.find(portrait)[0].landmarks


def masked(photo: np.ndarray, landmarks: np.ndarray, template: str) -> np.ndarray:
    mask = packaged(template)
    params = replace(params_for(mask), wear="correct", height=0.0, tilt=0.0)
    return put_on(photo, landmarks, estimate_camera(landmarks), mask, params, 0.6).photo


def corner_error(face: MaskedFace, landmarks: np.ndarray) -> float:
    """Mean distance of the crop's corners from where the true landmarks put them, in its sides."""
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float64)
    off = frame.after(frame.inverse(align.frame_transform(landmarks, 1)), face.frame_transform(1))
    return float(np.linalg.norm(align.apply(off, corners) - corners, axis=1).mean())


@pytest.mark.parametrize("template", names())
def test_a_face_is_found_in_every_mask_of_the_library(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray, template: str
) -> None:
    found = masked_finder.find(masked(portrait, landmarks, template))
    assert len(found) == 1 and found[0].score > 0
    assert corner_error(found[0], landmarks) < 0.1


def test_a_face_without_a_mask_is_found_too(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray
) -> None:
    (face,) = masked_finder.find(portrait)
    assert corner_error(face, landmarks) < 0.06
    assert np.linalg.norm(face.points - align.five_points(landmarks), axis=1).mean() < 0.1 * 43


def test_the_box_is_the_training_frames_square(masked_finder: MaskedFaceFinder, portrait: np.ndarray) -> None:
    (face,) = masked_finder.find(portrait)
    transform = face.frame_transform(178)
    middle = align.apply(transform, (face.box[:2] + face.box[2:])[None] / 2)[0]
    assert (face.box[2:] - face.box[:2]) * align.scale_of(transform) == pytest.approx([178, 178], abs=0.01)
    assert middle == pytest.approx([88.5, 88.5], abs=0.01)


@pytest.mark.parametrize("side", [150, 2600])
def test_small_and_large_photos_give_the_same_frame(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray, side: int
) -> None:
    photo = masked(portrait, landmarks, "surgical")
    scale = side / 300
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(photo, (round(260 * scale), side), interpolation=kind)
    face = masked_finder.find(resized)[0]
    assert corner_error(face, (landmarks + 0.5) * scale - 0.5) < 0.1


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_photo_on_its_side_is_searched_turned(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray, quarter_turns: int
) -> None:
    photo = masked(portrait, landmarks, "surgical")
    (face,) = masked_finder.find(np.ascontiguousarray(np.rot90(photo, quarter_turns)))
    across = face.points[1] - face.points[0]
    angle = np.degrees(np.arctan2(across[1], across[0]))
    assert (angle + 90 * quarter_turns + 180) % 360 - 180 == pytest.approx(0, abs=12)


@pytest.mark.parametrize("side", [64, 500])
def test_a_face_that_fills_the_photo_is_found(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray, side: int
) -> None:
    left, top, right, bottom = boxes.face_box(frame.to_celeba(align.five_points(landmarks))).astype(int)
    near = masked(portrait, landmarks, "surgical")[top:bottom, left:right]
    scale = np.array([side / (right - left), side / (bottom - top)])
    photo = cv2.resize(near, (side, side), interpolation=cv2.INTER_AREA)
    (face,) = masked_finder.find(photo)
    assert corner_error(face, (landmarks - [left, top] + 0.5) * scale - 0.5) < 0.1


def test_of_two_faces_the_larger_comes_first(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray
) -> None:
    small = masked(portrait, landmarks, "kn95")
    both = np.full((480, 720, 3), 128, np.uint8)
    both[100:400, :260] = small
    both[:, 280:696] = cv2.resize(portrait, (416, 480), interpolation=cv2.INTER_CUBIC)
    first, second = masked_finder.find(both)
    assert first.box[0] > 280 > second.box[2] - 40
    assert first.box[2] - first.box[0] > 1.3 * (second.box[2] - second.box[0])


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 900, 3), (64, 64), (700, 500, 3)])
def test_where_there_is_no_face_none_is_found(masked_finder: MaskedFaceFinder, shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert masked_finder.find(noise) == []


def test_a_face_in_a_given_box_is_the_one_that_is_found_there(
    masked_finder: MaskedFaceFinder, portrait: np.ndarray, landmarks: np.ndarray
) -> None:
    photo = masked(portrait, landmarks, "surgical")
    (found,) = masked_finder.find(photo)
    moved = found.box + 0.03 * (found.box[2] - found.box[0])
    given = masked_finder.inside(photo, moved)
    assert boxes.overlap(given.box, found.box) > 0.85


def test_grey_and_rgb_give_the_same_faces(masked_finder: MaskedFaceFinder, portrait: np.ndarray) -> None:
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    one, other = masked_finder.find(portrait)[0], masked_finder.find(grey)[0]
    assert (one.points == other.points).all() and one.score == other.score


def test_a_nudge_turns_scales_and_shifts_about_the_middle_of_the_face() -> None:
    middle = align.MEAN_POINTS.mean(axis=0)[None]
    nudge = frame.nudge(90.0, 1.5, 4.0, -3.0)
    assert align.apply(nudge, middle) == pytest.approx(middle + [4, -3])
    assert align.apply(nudge, middle + [2, 0]) == pytest.approx(middle + [4, -6])
    assert frame.nudge(0.0, 1.0, 0.0, 0.0) == pytest.approx(np.eye(2, 3))


def test_a_guess_from_a_box_inverts_the_box_of_a_guess() -> None:
    box = np.array([30.0, 40.0, 150.0, 160.0])
    assert boxes.face_box(frame.guess_of_face(box, 20.0)) == pytest.approx(box)
    assert boxes.head_box(frame.guess_of_head(box, -35.0)) == pytest.approx(box)


def test_dlibs_rectangle_of_a_box_has_its_edges() -> None:
    assert boxes.edges(boxes.rectangle(np.array([9.5, 19.5, 89.5, 99.5]))).tolist() == [9.5, 19.5, 89.5, 99.5]


def test_overlap_is_intersection_over_union() -> None:
    one = np.array([0.0, 0.0, 10.0, 10.0])
    assert boxes.overlap(one, one) == pytest.approx(1)
    assert boxes.overlap(one, one + [5, 0, 5, 0]) == pytest.approx(50 / 150)
    assert boxes.overlap(one, one + 10) == 0


def test_a_box_inside_another_is_nested_in_it() -> None:
    one = np.array([0.0, 0.0, 10.0, 10.0])
    assert boxes.nested(one, np.array([2.0, 2.0, 4.0, 4.0])) == boxes.nested(one / 5 + 2, one) == pytest.approx(1)
    assert boxes.nested(one, one + [8, 0, 8, 0]) == pytest.approx(0.2)


@pytest.mark.parametrize("scale", [0.05, 0.3, 1.0, 2.0])
def test_a_cut_shows_what_resizing_by_area_shows(scale: float) -> None:
    rows, columns = np.mgrid[0:900, 0:1200]
    photo = np.uint8(127 + 60 * np.sin(rows / 90) + 60 * np.cos(columns / 120))
    size = round(1200 * scale), round(900 * scale)
    shift = (scale - 1) / 2
    cut = pyramid(photo).cut(np.array([[scale, 0, shift], [0, scale, shift]]), size)
    wanted = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    assert np.abs(cut.astype(int) - wanted)[2:-2, 2:-2].mean() < 1.5


def test_the_descriptor_knows_edges_and_not_light() -> None:
    picture = np.random.default_rng(1).integers(60, 160, (12, 12)).astype(np.uint8)
    picture = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_CUBIC)
    plain, brighter = descriptor(picture), descriptor(np.uint8(picture * 0.5 + 100))
    assert plain.shape == (LENGTH,) and plain.dtype == np.float32
    assert plain.min() >= 0 and plain.max() <= 1
    assert np.corrcoef(plain, brighter)[0, 1] > 0.97
    assert np.corrcoef(plain, descriptor(picture[:, ::-1]))[0, 1] < 0.8
    assert not descriptor(np.full((96, 96), 77, np.uint8)).any()


def test_models_are_small_and_there_is_one_for_each_view_and_step() -> None:
    files = {path.name: path.stat().st_size for path in MODELS.iterdir() if path.suffix != ".md"}
    views, steps = {f"{view.name}.svm" for view in VIEWS}, {f"{name}.dat" for name in PREDICTORS}
    assert set(files) == views | steps | {"judge.npy"}
    assert sum(files.values()) < 5_000_000
    assert len(packaged_models().detectors) == len(VIEWS)


def test_a_missing_or_broken_model_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match=tmp_path.name):
        read_models(tmp_path)
    for path in MODELS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:100])
    with pytest.raises(UnmaskError, match="cannot be read"):
        read_models(tmp_path)
    for path in MODELS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    np.save(tmp_path / "judge.npy", np.zeros(5, np.float32))
    with pytest.raises(UnmaskError, match="another version"):
        read_models(tmp_path)
