"""Stands in for the finder of masked faces until that is there."""

from collections.abc import Sequence

import numpy as np

from maskify import align
from maskify.landmarks import FaceFinder as Stock
from unmask.restoration import Place


class FaceFinder:
    def __init__(self) -> None:
        self._stock = Stock()

    def find(self, photo: np.ndarray) -> list[Place]:
        places = []
        for face in self._stock.find(photo, every=True):
            low, high = face.landmarks.min(axis=0), face.landmarks.max(axis=0)
            to_celeba = align.similarity(align.five_points(face.landmarks), align.MEAN_POINTS)
            places.append(Place(to_celeba, (*low, *high), face.score))
        return places

    def place(self, photo: np.ndarray, box: Sequence[float]) -> Place:
        x, y, w, h = box
        points = self._stock._landmarks(photo.mean(axis=2).astype(np.uint8), np.array([x, y, x + w, y + h], float))
        return Place(align.similarity(align.five_points(points), align.MEAN_POINTS), (x, y, x + w, y + h))
