"""Head pose: the canonical 3-D face, and where it stands in front of the camera.

Axes of the canonical face, in millimetres: x to the person's left (to the right in the picture), y down, z into the
  head.
The origin lies between the eyes.
"""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DISTANCE = 1500.0
"""Assumed distance from camera to face in mm: portraits and press photos are taken from one to three metres."""

PUPILS = 63.0
"""Mean distance of adult pupils in mm (Dodgson 2004)."""

EYES_IN_CROP = 38.3 / 178
"""Distance of the eyes in CelebA's crop, as a share of its side."""

LARGEST_RESIDUAL = 9.0
"""A `shape_residual` in mm beyond this means that the landmarks miss the face; of good ones 99.9 % lie below."""

JAW = np.arange(17)
RIGID = np.r_[0:6, 11:48, 48, 51, 54]
"""Landmarks that speech and laughter move least: all but chin and lips, of which corners and upper lip stay."""

EYES = slice(36, 48)

TURNED = 10.0
"""Beyond this |yaw| in degrees dlib's far jaw points slide onto the silhouette and no longer count."""

MIRROR = np.r_[
    16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47:45:-1, 39:35:-1, 41:39:-1, 54:47:-1, 59:54:-1, 64:59:-1, 67:64:-1
]
"""Index of each of the 68 landmarks in the mirrored face."""


@dataclass(frozen=True)
class HeadPose:
    """Head pose in degrees.

    Attributes:
      yaw: > 0 turns to the person's left (the nose moves right in the picture).
      pitch: > 0 looks up.
      roll: > 0 tilts clockwise in the picture.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Camera:
    """A pinhole camera before the canonical face.

    Attributes:
      rotation: float64 [3, 3], face axes to camera axes (x right, y down, z away from the camera).
      translation: float64 [3], mm.
      focal: focal length in pixels.
      centre: float64 [2], principal point in pixels.
    """

    rotation: Array
    translation: Array
    focal: float
    centre: Array

    def project(self, points: Array) -> tuple[Array, Array]:
        """Projects points of the face: float64 [N, 3] mm -> pixels float64 [N, 2] and depth float64 [N] mm."""
        seen = points @ self.rotation.T + self.translation
        depth = seen[:, 2]
        return seen[:, :2] * (self.focal / depth)[:, None] + self.centre, depth

    @property
    def pixels_per_mm(self) -> float:
        """Scale of the picture at the origin of the face."""
        return self.focal / float(self.translation[2])

    @property
    def head_pose(self) -> HeadPose:
        """The rotation as angles: R = roll(z) @ pitch(x) @ yaw(y)."""
        (_, r01, _), (_, r11, _), (r20, r21, r22) = self.rotation.tolist()
        yaw = math.atan2(r20, r22)
        pitch = math.asin(min(max(r21, -1.0), 1.0))
        roll = math.atan2(-r01, r11)
        return HeadPose(math.degrees(yaw), math.degrees(-pitch), math.degrees(roll))


@lru_cache(maxsize=1)
def canonical_face() -> Array:
    """The mean face: float64 [68, 3] mm, dlib's landmark order, mirror-symmetric.

    Source: structure from motion over dlib landmarks of CelebA photos (tools/estimate_canonical_face.py), scaled to
    89 mm between the outer eye corners (adult mean, Farkas 1994).
    """
    text = (files("maskify") / "canonical_face.json").read_text("utf-8")
    return np.array(json.loads(text)["points_mm"], np.float64)


def rotation_from_angles(pose: HeadPose) -> Array:
    """Rotation matrix float64 [3, 3] of angles in degrees; the inverse of `Camera.head_pose`."""
    yaw, pitch, roll = np.radians([pose.yaw, -pose.pitch, pose.roll])
    ry = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    rx = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    rz = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return rz @ rx @ ry


def camera_at(pose: HeadPose, size: int) -> Camera:
    """The camera of a head in this pose in the middle of a square picture, as large as in CelebA's crop of that
    size."""
    focal = DISTANCE * EYES_IN_CROP * size / PUPILS
    centre = np.array([size / 2, size / 2])
    return Camera(rotation_from_angles(pose), np.array([0.0, 0.0, DISTANCE]), focal, centre)


def far_jaw(yaw: float) -> NDArray[np.int64]:
    """Jaw landmarks on the side turned away from the camera; empty below `TURNED` degrees."""
    if abs(yaw) <= TURNED:
        return JAW[:0]
    return JAW[9:] if yaw > 0 else JAW[:8]


RIGID_SEEN = {
    turned_left: np.setdiff1d(RIGID, far_jaw(90.0 if turned_left else -90.0)) for turned_left in (True, False)
}
"""What is left of `RIGID` on a head turned to the person's left, or to the right."""


def estimate_camera(landmarks: NDArray[np.floating], face: Array | None = None) -> Camera:
    """Where the canonical face must stand to project onto the landmarks (perspective-n-point).

    Args:
      landmarks: [68, 2] x, y in pixels of any picture, dlib's order.
      face: float64 [68, 3] in mm; None means `canonical_face()`.

    Returns:
      A `Camera`; its principal point lies between the eyes, so that the result moves, turns, scales and mirrors with
      the face. (The middle of CelebA's crop is there too.)
    """
    points = landmarks.astype(np.float64)
    face = canonical_face() if face is None else face
    centre = points[EYES].mean(axis=0)
    focal = DISTANCE * _spread(points) / _spread(face[:, :2])
    matrix = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    camera = _solve(face, points, matrix, RIGID, None)
    yaw = camera.head_pose.yaw
    if len(far_jaw(yaw)):
        camera = _solve(face, points, matrix, RIGID_SEEN[yaw > 0], camera)
    return camera


def shape_residual(landmarks: NDArray[np.floating], camera: Camera) -> float:
    """Mean distance in mm of landmarks [68, 2] from the canonical face in its best pose; large where they are no
    face's."""
    away = camera.project(canonical_face())[0] - landmarks
    return float(np.hypot(away[:, 0], away[:, 1]).mean() / camera.pixels_per_mm)


def _spread(points: Array) -> float:
    """Root mean square distance of points [N, 2] from their middle."""
    away = points - points.mean(axis=0)
    return math.sqrt(np.vdot(away, away) / len(away))


def _solve(face: Array, points: Array, matrix: Array, index: NDArray[np.int64], guess: Camera | None) -> Camera:
    if guess is None:  # as upright as the eyes: from there the solver finds a head that stands on its head, too
        across = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
        rvec, tvec = np.array([0.0, 0.0, np.arctan2(across[1], across[0])]), np.array([0.0, 0.0, DISTANCE])
    else:
        rvec, tvec = cv2.Rodrigues(guess.rotation)[0].ravel(), guess.translation.copy()
    _, rvec, tvec = cv2.solvePnP(face[index], points[index], matrix, None, rvec, tvec, True, cv2.SOLVEPNP_ITERATIVE)
    return Camera(cv2.Rodrigues(rvec)[0], tvec.ravel(), float(matrix[0, 0]), matrix[:2, 2])
