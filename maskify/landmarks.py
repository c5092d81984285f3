"""Faces and their 68 landmarks. The only file of maskify that imports dlib."""

import importlib.util
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.errors import MaskifyError
from maskify.photos import Photo
from maskify.pose import LARGEST_RESIDUAL, estimate_camera, shape_residual

ALIGNED_BOX = (46.0, 86.0, 135.0, 176.0)
"""Where dlib's detector finds the face in a photo of CelebA's frame (178 x 218): left, top, right, bottom; the mean
box."""

MAX_UPSAMPLING = 2.0

_XY = attrgetter("x", "y")

LADDER = (
    ("hog", 0.0, 512),
    ("hog_upsampled", 0.0, 1024),
    *((f"hog_rotated_{angle:.0f}", angle, 512) for angle in (45.0, -45.0, 90.0, -90.0, 180.0)),
)
"""Steps of the search, cheapest first: name, degrees that the photo is turned, largest long side in pixels. dlib's
detector finds faces from 80 pixels on."""

PREDICTOR_BOX = 200.0
"""Side in pixels to which a face box is scaled before the shape predictor, which answers in whole pixels."""

TRUSTED, ACCEPTED = 0.06, 0.15
"""Largest mean distance of the five points from where they should be, in eye distances: without and with the
detector."""


@dataclass(frozen=True)
class Face:
    """A face found in a photo.

    Attributes:
      landmarks: float32 [68, 2], x, y in pixels of the photo, dlib's order.
      detector: what found it: "aligned", "hog", "hog_upsampled" or "hog_rotated_<degrees>".
      score: the detector's confidence; 0 for "aligned".
      box_side: mean side of the face box in pixels of the photo.
    """

    landmarks: NDArray[np.float32]
    detector: str
    score: float
    box_side: float


def packaged_model() -> Path:
    """The 68-point model inside the package face_recognition_models, found without importing it."""
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / "shape_predictor_68_face_landmarks.dat"
        if path.is_file():
            return path
    raise MaskifyError(
        "dlib's 68-point landmark model was not found. Run `pip install face_recognition_models`, "
        "or name the file shape_predictor_68_face_landmarks.dat with --landmark-model."
    )


class FaceFinder:
    """Finds faces and landmarks: by CelebA's frame where a photo is in it, by dlib's HOG detector elsewhere."""

    def __init__(self, model: str | None = None, detector: str = "auto"):
        path = Path(model) if model else packaged_model()
        try:
            self._predictor = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise MaskifyError(f"The landmark model {path} cannot be read: {error}. Check --landmark-model.") from error
        self._mode = detector

    @cached_property
    def _detector(self) -> dlib.fhog_object_detector:
        """Made when first needed: that takes as long as many photos, and aligned ones seldom need it."""
        return dlib.get_frontal_face_detector()

    def find(self, photo: NDArray[np.uint8], origin: Photo | None = None, every: bool = False) -> list[Face]:
        """Faces, largest first; an empty list where there are none.

        Args:
          photo: uint8 [H, W, 3] RGB.
          origin: what is known of the photo: CelebA's frame and five points.
          every: look for smaller faces too when large ones have been found; otherwise the first step of the ladder
            that finds any decides.
        """
        grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
        in_frame = photo.shape[1::-1] == align.CELEBA_SIZE and (origin is None or origin.celeba_frame)
        if self._mode == "aligned" and photo.shape[1] * align.CELEBA_SIZE[1] != photo.shape[0] * align.CELEBA_SIZE[0]:
            return []  # no photo of that shape is in the frame
        if self._mode == "aligned" or (self._mode == "auto" and in_frame):
            face = self._aligned(grey)
            if self._mode == "aligned" or frame_error(face.landmarks, origin) < TRUSTED:
                return [face]
            return self._closest(grey, face, origin)
        return self._every(grey) if every else self._ladder(grey)

    def _aligned(self, grey: NDArray[np.uint8]) -> Face:
        width = grey.shape[1]
        box = np.array(ALIGNED_BOX) * (width / align.CELEBA_SIZE[0])
        return Face(self._landmarks(grey, box), "aligned", 0.0, float(box[2] - box[0]))

    def _closest(self, grey: NDArray[np.uint8], fallback: Face, origin: Photo | None) -> list[Face]:
        """The detected face that sits where CelebA's frame says; the fixed box's if it is no worse and acceptable."""
        faces = [*self._ladder(grey), fallback]
        best = min(faces, key=lambda face: frame_error(face.landmarks, origin))
        return [best] if frame_error(best.landmarks, origin) < ACCEPTED else []

    def _ladder(self, grey: NDArray[np.uint8]) -> list[Face]:
        """The faces of the first step whose largest has the shape of one; of the first step with any, if none has."""
        first: list[Face] = []
        for name, angle, sides in LADDER:
            faces = self._detect(grey, name, angle, sides)
            if faces and _is_plausible(faces[0]):
                return faces
            first = first or faces
        return first

    def _every(self, grey: NDArray[np.uint8]) -> list[Face]:
        """The plausible upright faces of all scales, each once; else what the ladder finds."""
        faces: list[Face] = []
        for name, sides in (("hog", 512), ("hog_upsampled", 1024), ("hog_upsampled", 2048)):
            found = self._detect(grey, name, 0.0, sides)
            faces += [face for face in found if _is_plausible(face) and not any(_same(face, other) for other in faces)]
        return sorted(faces, key=lambda face: -face.box_side) or self._ladder(grey)

    def _detect(self, grey: NDArray[np.uint8], name: str, angle: float, longest: int) -> list[Face]:
        """The detector on the photo turned and with its long side at `longest` pixels: faces, largest first."""
        scale = min(MAX_UPSAMPLING if name == "hog_upsampled" else 1.0, longest / max(grey.shape))
        turned, back = _turned(grey, scale, angle)
        boxes, scores, _ = self._detector.run(turned, 0, 0.0)
        faces = []
        for box, score in zip(boxes, scores, strict=True):
            edges = np.array([box.left(), box.top(), box.right(), box.bottom()], np.float64)
            points = align.apply(back, self._landmarks(turned, edges)).astype(np.float32)
            faces.append(Face(points, name, float(score), float(box.width() * align.scale_of(back))))
        return sorted(faces, key=lambda face: -face.box_side)

    def _landmarks(self, grey: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.float32]:
        """The shape predictor on the box, magnified so that whole pixels are fine enough: float32 [68, 2]."""
        left, top, right, bottom = box.tolist()
        scale = PREDICTOR_BOX / (right - left)
        margin = 0.5 * (right - left)
        x0, y0 = int(max(left - margin, 0)), int(max(top - margin, 0))
        x1, y1 = (int(min(right + margin, grey.shape[1]) + 1), int(min(bottom + margin, grey.shape[0]) + 1))
        part = cv2.resize(grey[y0:y1, x0:x1], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        centred = (
            round((edge - start + 0.5) * scale - 0.5)
            for edge, start in zip(box.tolist(), (x0, y0, x0, y0), strict=True)
        )
        shape = self._predictor(part, dlib.rectangle(*centred))
        points = np.array(list(map(_XY, shape.parts())), np.float64)
        return ((points + 0.5) / scale - 0.5 + [x0, y0]).astype(np.float32)


def _is_plausible(face: Face) -> bool:
    """Whether the landmarks have a face's shape: the detector also answers weakly to what is none."""
    return shape_residual(face.landmarks, estimate_camera(face.landmarks)) <= LARGEST_RESIDUAL


def frame_error(landmarks: NDArray[np.float32], origin: Photo | None) -> float:
    """Mean distance of the five points from CelebA's own, or else from the frame's mean points, in eye distances.

    Photos differ from the mean points by up to a third of the eye distance in nose and mouth, as heads turn; without a
    list the eyes alone are compared, which CelebA's alignment fixes best.
    """
    points = align.five_points(landmarks)
    if origin is not None and origin.five_points is not None:
        target = np.array(origin.five_points, np.float64).reshape(5, 2)
    else:
        points, target = points[:2], align.MEAN_POINTS[:2]
    return float(np.linalg.norm(points - target, axis=1).mean() / align.EYE_DISTANCE)


def _same(a: Face, b: Face) -> bool:
    """Whether two finds are one face: their middles are closer than half the smaller box."""
    apart = np.linalg.norm(a.landmarks.mean(axis=0) - b.landmarks.mean(axis=0))
    return bool(apart < 0.5 * min(a.box_side, b.box_side))


def _turned(grey: NDArray[np.uint8], scale: float, angle: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The picture scaled and turned about its centre onto a canvas that holds it all, and the transform back."""
    if scale != 1.0:
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=interpolation)
    shift = (1 / scale - 1) / 2
    back = np.array([[1 / scale, 0, shift], [0, 1 / scale, shift]])
    if angle == 0.0:
        return grey, back
    h, w = grey.shape
    turn = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), angle, 1.0)
    cos, sin = np.abs(turn[0, :2])
    size = int(np.ceil(w * cos + h * sin)), int(np.ceil(w * sin + h * cos))
    turn[:, 2] += [(size[0] - w) / 2, (size[1] - h) / 2]
    picture = cv2.warpAffine(grey, turn, size, borderMode=cv2.BORDER_REPLICATE)
    return picture, back @ np.vstack([cv2.invertAffineTransform(turn), [0, 0, 1]])
