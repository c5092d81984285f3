"""Estimate the canonical 68-point face from a folder of aligned CelebA photos, by structure from motion.

    python tools/estimate_canonical_face.py celeba/ --out maskify/canonical_face.json

Alternates a perspective-n-point pose for each photo with a robust linear triangulation of each landmark. Every photo
counts a second time as its mirror image, which makes the face symmetric; the far jaw of a turned face is left out,
as dlib's points slide onto the silhouette there.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from maskify import pose
from maskify.decode import read_photo
from maskify.landmarks import FaceFinder
from maskify.photos import list_photos

OUTER_EYE_CORNERS_MM = 89.0
"""Farkas, Anthropometry of the Head and Face, 1994: exocanthion to exocanthion, adult mean."""


def read_landmarks(src: Path, limit: int) -> np.ndarray:
    """Landmarks of all photos whose fast path holds: float64 [N, 68, 2]."""
    finder = FaceFinder()
    found = []
    for photo in list_photos(src).photos[:limit]:
        faces = finder.find(read_photo(photo), photo)
        if faces and faces[0].detector == "aligned":
            found.append(faces[0].landmarks)
    return np.array(found, np.float64)


def initial_face(landmarks: np.ndarray) -> np.ndarray:
    """The mean landmarks with a rough depth: an ellipsoid and a nose."""
    mean = landmarks.mean(axis=0)
    mirrored = mean[pose.MIRROR] * [-1, 1]
    mean = (mean - mean[27] + mirrored - mirrored[27]) / 2
    xy = mean * OUTER_EYE_CORNERS_MM / (mean[45, 0] - mean[36, 0])
    z = 20 * (xy[:, 0] / 60) ** 2 + 20 * ((xy[:, 1] - 40) / 80) ** 2
    z[27:31] -= [3, 10, 18, 25]
    z[31:36] -= [8, 12, 14, 12, 8]
    return np.column_stack([xy, z])


def triangulate(cameras: list[pose.Camera], landmarks: np.ndarray, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One robust least-squares step: the new face [68, 3], and every residual in mm [N, 68] (nan where not seen)."""
    a_sum, b_sum = np.zeros((68, 3, 3)), np.zeros((68, 3))
    residuals = np.full(landmarks.shape[:2], np.nan)
    for camera, seen, row in zip(cameras, landmarks, residuals, strict=True):
        projected, depth = camera.project(face)
        distance = np.linalg.norm(projected - seen, axis=1) / camera.pixels_per_mm
        weight = 1 / (1 + (distance / 4) ** 2) / (1 + np.median(distance))
        visible = np.ones(68, bool)
        visible[pose.far_jaw(camera.head_pose.yaw)] = False
        row[visible] = distance[visible]
        ray = (seen - camera.centre) / camera.focal
        for axis in range(2):
            a = (camera.rotation[axis] - ray[:, axis : axis + 1] * camera.rotation[2]) / depth[:, None]
            b = (ray[:, axis] * camera.translation[2] - camera.translation[axis]) / depth
            w = weight * visible
            a_sum += w[:, None, None] * a[:, :, None] * a[:, None, :]
            b_sum += w[:, None] * a * b[:, None]
    return np.linalg.solve(a_sum, b_sum[..., None])[..., 0], residuals


def symmetric(face: np.ndarray) -> np.ndarray:
    """Mirror-symmetric, centred between the eyes, at the scale of `OUTER_EYE_CORNERS_MM`."""
    face = face - [face[:, 0].mean(), 0, 0]
    face = (face + face[pose.MIRROR] * [-1, 1, 1]) / 2
    face = face - [0, *face[36:48, 1:].mean(axis=0)]
    return face * (OUTER_EYE_CORNERS_MM / (face[45, 0] - face[36, 0]))


def looking_ahead(face: np.ndarray, cameras: list[pose.Camera]) -> np.ndarray:
    """The face nodded so that the median photo has pitch 0, which nothing else determines."""
    pitch = float(np.median([camera.head_pose.pitch for camera in cameras]))
    return face @ pose.rotation_from_angles(pose.HeadPose(0, pitch, 0)).T


def main() -> None:
    """Reads the photos, iterates, writes the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("src", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=6000)
    parser.add_argument("--iterations", type=int, default=40)
    args = parser.parse_args()
    landmarks = read_landmarks(args.src, args.limit)
    face = symmetric(initial_face(landmarks))
    for _ in range(args.iterations):
        cameras = [pose.estimate_camera(points, face) for points in landmarks]
        new, residuals = triangulate(cameras, landmarks, face)
        new = symmetric(looking_ahead(new, cameras))
        change, face = np.abs(new - face).max(), new
    print(f"{len(landmarks)} photos, last change {change:.3f} mm, median residual {np.nanmedian(residuals):.2f} mm")
    data = {
        "source": f"structure from motion over dlib landmarks of {len(landmarks)} aligned CelebA photos",
        "points_mm": face.round(2).tolist(),
        "spread_mm": np.nanmedian(residuals, axis=0).round(2).tolist(),
    }
    args.out.write_text(json.dumps(data, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
