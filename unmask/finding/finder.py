"""Faces with or without masks, in photos of any size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskify import align
from unmask.finding import boxes, frame
from unmask.finding.descriptor import descriptor
from unmask.finding.models import Models, packaged_models
from unmask.finding.pyramid import Pyramid, pyramid
from unmask.finding.search import CLOSE, COARSE, FINE, Scale, places

Array = NDArray[np.float64]

MAX_UPSAMPLING = 2.0
"""Small photos are not enlarged further than this."""

TURNS = (45.0, -45.0, 90.0, -90.0, 180.0)
"""Degrees by which a photo without an upright face is turned."""

SAME = 0.5
"""Of two heads one of which lies in the other by a larger share, one is none."""

THRESHOLD, SURE = 0.0, 1.5
"""Least score of a face; and of one that makes it needless to look for turned heads. Only those count in turned photos,
where there are more chances to be wrong."""


@dataclass(frozen=True)
class MaskedFace:
    """A face that was found, masked or not.

    Attributes:
      box: left, top, right, bottom of the head in pixels of the photo, float64 [4]: the upright square as large as the
        training frame. It may reach beyond the photo.
      score: log-odds that it is a face, by the training data.
      points: float64 [5, 2], x, y of eyes, nose tip and mouth corners in the photo, left and right as in the picture.
        What a mask hides is guessed.
    """

    box: Array
    score: float
    points: Array

    def frame_transform(self, size: int) -> Array:
        """Photo -> crop of size x size in the training frame, float64 [2, 3]; see `maskify.align.crop`."""
        return align.aligned_transform(size, frame.to_celeba(self.points))


class MaskedFaceFinder:
    """Finds faces with masks on, and without."""

    def __init__(self, models: Models | None = None):
        self._models = models or packaged_models()

    def find(self, photo: NDArray[np.uint8]) -> list[MaskedFace]:
        """Faces, largest first; an empty list where there are none.

        The whole photo is searched for faces wider than about a tenth of its long side. Heads that lie on their side or
        upside down are looked for when no upright one is sure; those of the turn with the surest face are returned.

        Args:
          photo: uint8 [H, W, 3] RGB or [H, W] grey, upright.
        """
        levels = pyramid(photo)
        coarse, fine = _limited(COARSE, levels), _limited(FINE, levels)
        faces = [*self._search(levels, CLOSE), *self._search(levels, coarse)]
        if fine.longest > coarse.longest and (not faces or levels.longest > COARSE.longest):
            faces += self._search(levels, fine)
        for turn in TURNS:
            if _best(faces) < SURE:
                turned = list(self._search(levels, coarse, turn))
                faces = turned if _best(turned) > SURE else faces
        return sorted(_distinct(faces), key=lambda face: face.box[0] - face.box[2])

    def inside(self, photo: NDArray[np.uint8], box: Array, roll: float = 0.0) -> MaskedFace:
        """The face that fills a box, whatever the detectors say.

        Args:
          photo: uint8 [H, W, 3] RGB or [H, W] grey.
          box: left, top, right, bottom of the head in pixels, as in `MaskedFace.box`.
          roll: degrees by which the head is tilted clockwise.
        """
        return self._face(pyramid(photo), frame.guess_of_head(np.asarray(box, np.float64), roll))

    def _search(self, photo: Pyramid, scale: Scale, turn: float = 0.0) -> Iterator[MaskedFace]:
        for place in places(photo, self._models.detectors, scale, turn):
            face = self._face(photo, place.guess)
            if face.score > THRESHOLD:
                yield face

    def _face(self, photo: Pyramid, guess: Array) -> MaskedFace:
        points = frame.five_points(photo, guess, self._models.predictors)
        to_celeba = frame.to_celeba(points)
        *weights, constant = self._models.judge
        score = float(descriptor(frame.view(photo, to_celeba)) @ np.array(weights)) + float(constant)
        return MaskedFace(boxes.head_box(to_celeba), score, points)


def _limited(scale: Scale, photo: Pyramid) -> Scale:
    return replace(scale, longest=min(scale.longest, MAX_UPSAMPLING * photo.longest))


def _best(faces: Sequence[MaskedFace]) -> float:
    return max((face.score for face in faces), default=THRESHOLD)


def _distinct(faces: Sequence[MaskedFace]) -> list[MaskedFace]:
    """Each face once, as it was found best."""
    kept: list[MaskedFace] = []
    for face in sorted(faces, key=lambda one: -one.score):
        if all(boxes.nested(face.box, other.box) <= SAME for other in kept):
            kept.append(face)
    return kept
