"""Glasses and headgear, drawn flat from the landmarks: people in masks wear them more often than CelebA's do."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Points = NDArray[np.floating]


def with_glasses(photo: Picture, landmarks: Points, rng: np.random.Generator) -> Picture:
    """Two lenses, dark or clear, with a rim, a bridge and temples: uint8 [H, W, 3]."""
    points = landmarks.astype(np.float64)
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    apart = float(np.linalg.norm(right - left))
    along = (right - left) / apart
    size = np.array([rng.uniform(0.34, 0.46), rng.uniform(0.22, 0.40)]) * apart
    roundness = rng.uniform(2.0, 5.0)  # of a superellipse: from an ellipse to almost a rectangle
    colour = rng.integers(10, 90, 3).tolist() if rng.random() < 0.8 else rng.integers(0, 256, 3).tolist()
    opacity = rng.uniform(0.75, 1.0) if rng.random() < 0.4 else rng.uniform(0.0, 0.15)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outline = np.sign(unit) * np.abs(unit) ** (2 / roundness) * size
    turned = outline @ np.array([along, [-along[1], along[0]]])
    down = np.array([-along[1], along[0]]) * 0.08 * apart
    lenses = [_fixed(turned + eye + down) for eye in (left, right)]
    dark = cv2.fillPoly(photo.copy(), lenses, colour, cv2.LINE_AA, 4)
    out = cv2.addWeighted(dark, opacity, photo, 1 - opacity, 0)
    thickness = max(1, round(rng.uniform(0.015, 0.07) * apart))
    ears = [left - along * 1.3 * size[0], points[0] * 0.5 + points[1] * 0.5]
    others = [right + along * 1.3 * size[0], points[16] * 0.5 + points[15] * 0.5]
    bridge = [left + along * size[0], right - along * size[0]]
    cv2.polylines(out, lenses, True, colour, thickness, cv2.LINE_AA, 4)
    for line in (bridge, ears, others):
        cv2.polylines(out, [_fixed(np.array(line))], False, colour, thickness, cv2.LINE_AA, 4)
    return out


def with_headgear(photo: Picture, landmarks: Points, rng: np.random.Generator) -> Picture:
    """A cap that hides the hair and part of the forehead, or a hood all around the face: uint8 [H, W, 3]."""
    points = landmarks.astype(np.float64)
    width = float(np.linalg.norm(points[16] - points[0]))
    along = (points[16] - points[0]) / width
    down = np.array([-along[1], along[0]])
    brows = points[17:27].mean(axis=0)
    outlines = _hood(rng) if rng.random() < 0.25 else _cap(rng)
    shapes = [_fixed(brows + width * outline @ np.array([along, down])) for outline in outlines]
    colour = rng.integers(0, 256, 3).tolist() if rng.random() < 0.6 else [int(rng.integers(0, 256))] * 3
    cover = cv2.fillPoly(np.zeros(photo.shape[:2], np.uint8), shapes, 255, cv2.LINE_AA, 4)[..., None] / 255
    cloth = np.array(colour) + rng.normal(0, rng.uniform(0, 14), photo.shape[:2])[..., None]
    return np.clip(np.rint(photo + cover * (cloth - photo)), 0, 255).astype(np.uint8)


def _cap(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Outline of a cap from the brows, in face widths: x along the eyes, y down."""
    steps, half_turn = np.linspace(-1, 1, 21), np.linspace(0, np.pi, 30)
    rise, bow = rng.uniform(0.1, 0.32), rng.uniform(-0.08, 0.15)
    wide, high = rng.uniform(0.52, 0.66), rng.uniform(0.4, 0.8)
    hem = np.stack([wide * steps, -rise - bow * (1 - steps**2)], axis=1)
    crown = np.stack([1.03 * wide * np.cos(half_turn), -rise - high * np.sin(half_turn)], axis=1)
    return [np.vstack([hem, crown])]


def _hood(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Outer and inner outline of a hood from the brows, in face widths."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    inner = circle * [rng.uniform(0.46, 0.56), rng.uniform(0.62, 0.72)] + [0, 0.45]
    outer = circle * [rng.uniform(0.62, 0.8), rng.uniform(0.85, 1.0)] + [0, 0.4]
    return [outer, inner]


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Sixteenths of a pixel, as OpenCV draws them with shift 4."""
    return np.rint(points * 16).astype(np.int32)
