"""Faces with or without masks, in photos of any size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskify import align
from unmask.finding import boxes, frame
from unmask.finding.descriptor import descriptor
from unmask.finding.models import Models, packaged_models
from unmask.finding.pyramid import Pyramid, pyramid
from unmask.finding.search import COARSE, FINE, TURNED, Scale, close_guesses, places

Array = NDArray[np.float64]

MAX_UPSAMPLING = 2.0
"""Small photos are not enlarged further than this."""

TURNS = (90.0, -90.0, 180.0)
"""Degrees by which a photo without a certain upright face is turned."""

SAME = 0.5
"""Of two heads one of which lies in the other by a larger share, one is none."""

MAYBE, THRESHOLD, SURE, CERTAIN = -2.0, -1.0, 2.5, 4.0
"""Least scores: of what is looked at again; of the surest face of a photo, which seldom shows none; of further faces,
where there are more chances to be wrong, and of the lead that one in a turned photo needs over an upright one; and of
one that makes it needless to try whether a face fills the photo, or whether the photo is turned."""

NUDGES = ((6.0, 0.95, 4.0, 4.0), (-6.0, 0.95, -4.0, 4.0), (6.0, 1.05, -4.0, -4.0), (-6.0, 1.05, 4.0, -4.0))
"""How far guesses are off from which a face is looked at again: degrees, scale, and pixels of CelebA's photo."""


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

        The whole photo is searched for faces wider than about a tenth of its long side, and a sixteenth where it is
        larger than 640 pixels or none was found. Heads that lie on their side or upside down are looked for when no
        upright one is certain; those of the turn with the surest face are returned.

        Args:
          photo: uint8 [H, W, 3] RGB or [H, W] grey, upright.
        """
        levels = pyramid(photo)
        coarse, fine = _limited(COARSE, levels), _limited(FINE, levels)
        faces = self._search(levels, coarse)
        if _best(faces) < CERTAIN:
            faces += self._faces(levels, close_guesses(levels))
        if fine.longest > coarse.longest and (not faces or levels.longest > COARSE.longest):
            faces += self._search(levels, fine)
        for turn in TURNS if _best(faces) < CERTAIN else ():
            turned = self._search(levels, _limited(TURNED, levels), turn)
            faces = turned if _best(turned) > SURE + max(_best(faces), 0) else faces
        distinct = _distinct(faces)
        kept = distinct[:1] + [face for face in distinct[1:] if face.score >= SURE]
        return sorted(kept, key=lambda face: face.box[0] - face.box[2])

    def inside(self, photo: NDArray[np.uint8], box: Array, roll: float = 0.0) -> MaskedFace:
        """The face that fills a box, whatever the detectors say.

        Args:
          photo: uint8 [H, W, 3] RGB or [H, W] grey.
          box: left, top, right, bottom of the head in pixels, as in `MaskedFace.box`.
          roll: degrees by which the head is tilted clockwise.
        """
        levels = pyramid(photo)
        return self._again(levels, self._face(levels, frame.guess_of_head(np.asarray(box, np.float64), roll)))

    def _search(self, photo: Pyramid, scale: Scale, turn: float = 0.0) -> list[MaskedFace]:
        return self._faces(photo, (place.guess for place in places(photo, self._models.detectors, scale, turn)))

    def _faces(self, photo: Pyramid, guesses: Iterable[Array]) -> list[MaskedFace]:
        faces = [self._face(photo, guess) for guess in guesses]
        maybe = _distinct([face for face in faces if face.score > MAYBE])
        return [face for face in (self._again(photo, face) for face in maybe) if face.score > THRESHOLD]

    def _again(self, photo: Pyramid, face: MaskedFace) -> MaskedFace:
        """The mean of what is found from guesses nearby: points are surer, and what is no face leads here and there."""
        guess = frame.to_celeba(face.points)
        seen = [self._face(photo, frame.after(guess, frame.nudge(*nudge))) for nudge in NUDGES]
        points = np.mean([one.points for one in seen], axis=0)
        score = float(np.mean([one.score for one in seen]))
        return MaskedFace(boxes.head_box(frame.to_celeba(points)), score, points)

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
