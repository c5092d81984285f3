"""One photo in a build: its faces are found, then get their masks, and become records and a row of the manifest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from maskify.commit import ShardWriter
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import Row, face_fields, face_key, skipped_row, written_row
from maskify.photos import Photo
from maskify.record import Record, encode_record

T = TypeVar("T")

AHEAD = 16
"""Photos whose faces are found before the first of them gets its mask."""

_MOST_AHEAD = 12_000_000
"""Bytes of their pixels at which there are enough."""


class SynthesizedFace(Protocol):
    """What a build needs to know of one face; `maskify.synthesis.Synthesized` is the real one."""

    @property
    def record(self) -> Record: ...

    @property
    def detector(self) -> str: ...

    @property
    def score(self) -> float: ...

    @property
    def seed(self) -> int: ...


class FoundFaces(Protocol):
    """A photo whose faces have been found; `maskify.synthesis.Found` is the real one."""

    @property
    def pixels(self) -> NDArray[np.uint8]: ...


class SynthesizesPhotos(Protocol):
    """What a build needs of a synthesizer; `maskify.synthesis.Synthesizer` is the real one."""

    def find(self, photo: Photo) -> FoundFaces:
        """Reads a photo and finds its faces; raises Skipped."""

    def render(self, found: Any) -> Sequence[SynthesizedFace]:
        """Returns the records of what `find` gave, at least one; raises Skipped."""


def ahead(found: Iterable[FoundFaces | Skipped]) -> Iterator[FoundFaces | Skipped]:
    """Takes several before it hands on the first: dlib's trees, 100 MB, and a mask's tables each fill the processor's
    cache, so that changing between them at every photo costs a tenth of the rate."""
    waiting: list[FoundFaces | Skipped] = []
    pixels = 0
    for one in found:
        waiting.append(one)
        pixels += 0 if isinstance(one, Skipped) else one.pixels.size
        if len(waiting) == AHEAD or pixels >= _MOST_AHEAD:
            yield from waiting
            waiting, pixels = [], 0
    yield from waiting


def write_photo(
    writer: ShardWriter, synthesizer: SynthesizesPhotos, found: FoundFaces | Skipped, row: Row, image_format: str
) -> Row:
    """Writes a photo's records and returns its row. Nothing is written before all of it is known to be sound."""
    faces = found if isinstance(found, Skipped) else outcome(lambda: _rendered(synthesizer, found, row, image_format))
    if isinstance(faces, Skipped):
        return skipped_row(row, faces.reason, faces.detail)
    spans = [writer.append(payload) for _, payload in faces]
    return written_row(
        row,
        [
            face_fields(face.detector, face.score, face.record.pose, face.record.template, face.seed, span)
            for (face, _), span in zip(faces, spans, strict=True)
        ],
    )


def _rendered(
    synthesizer: SynthesizesPhotos, found: FoundFaces, row: Row, image_format: str
) -> list[tuple[SynthesizedFace, bytes]]:
    """The faces of a photo with their masks on, each with its encoded record."""
    faces = synthesizer.render(found)
    if not faces:
        raise ValueError("the synthesizer gave no record")
    keys = [face_key(str(row["key"]), number) for number in range(len(faces))]
    return [
        (face, encode_record(replace(face.record, key=key), image_format))
        for face, key in zip(faces, keys, strict=True)
    ]


def outcome(work: Callable[[], T]) -> T | Skipped:
    """What the work gives, or why its photo is skipped: one photo never ends a build."""
    try:
        return work()
    except Skipped as skipped:
        return skipped
    except MaskifyError:
        raise
    except Exception as error:  # the row says what to report
        return Skipped("internal_error", f"{type(error).__name__}: {error}")
