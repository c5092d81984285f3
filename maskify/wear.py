"""How a mask is worn: small differences from person to person, as moves of its points in millimetres."""

import numpy as np
from numpy.typing import NDArray

from maskify.draw import MaskParams
from maskify.surface import Mesh

PIVOT = np.array([0.0, 20.0, -30.0])
"""Tilt turns the mask about the nose bridge (mm on the canonical face)."""


def worn_points(mesh: Mesh, params: MaskParams) -> NDArray[np.float64]:
    """The mesh's points as this person wears the mask: float64 [V, 3].

    The body shifts and tilts; loops follow at the end that is sewn to it and stay put at the ear.
    """
    angle = np.radians(params.tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = (mesh.points - PIVOT) @ turn.T + PIVOT + [0.0, params.height, 0.0]
    moved[:, 2] -= params.slack * np.clip(1 - np.abs(mesh.points[:, 0]) / 60, 0, 1)
    return mesh.points + mesh.follow[:, None] * (moved - mesh.points)
