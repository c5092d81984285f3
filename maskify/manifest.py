"""The manifest: one row per input photo, written or skipped, and the counts that are made of rows."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from maskify.errors import MaskifyError

Row = dict[str, Any]

YAW_BINS = ((10.0, "0-10"), (20.0, "10-20"), (30.0, "20-30"), (40.0, "30-40"), (math.inf, "40+"))
PHOTO_FIELDS = ("key", "status", "reason", "detail", "source", "split", "identity", "faces")
FACE_FIELDS = ("detector", "score", "pose", "template", "seed", "offset", "length", "crc32c")


class Span(NamedTuple):
    """Where a record lies: its frame starts at byte `offset`, its payload has `length` bytes and this CRC-32C."""

    offset: int
    length: int
    crc32c: int


class BadManifest(MaskifyError):
    """A manifest is missing, or is not what maskify writes."""


def photo_row(key: str, source: str, split: str, identity: int) -> Row:
    """The fields that a photo has whether it is used or not."""
    return {"key": key, "source": source, "split": split, "identity": identity}


def skipped_row(photo: Row, reason: str, detail: str) -> Row:
    """Row of a photo that could not be used; `photo` as `photo_row` gives it."""
    nothing = dict.fromkeys(FACE_FIELDS)
    return {**photo, "status": "skipped", "reason": reason, "detail": one_line(detail), "faces": 0, **nothing}


def written_row(photo: Row, faces: list[Row]) -> Row:
    """Row of a photo that gave records: the first face's fields in the row itself, further faces' under `more`."""
    row = {**photo, "status": "written", "reason": None, "detail": None, "faces": len(faces), **faces[0]}
    return {**row, "more": faces[1:]} if len(faces) > 1 else row


def face_fields(
    detector: str, score: float, pose: Iterable[float], template: str, seed: int, span: Span
) -> dict[str, Any]:
    """What a row says about one face: FACE_FIELDS, numbers rounded for people (score to 4 digits, pose to 2)."""
    angles = [_rounded(angle, 2) for angle in pose]
    values = (detector, _rounded(score, 4), angles, template, int(seed), *span)
    return dict(zip(FACE_FIELDS, values, strict=True))


def row_line(row: Row) -> str:
    """One line of JSON without its line feed; fields in a fixed order, non-ASCII text as it is where it is Unicode."""
    names = [name for name in (*PHOTO_FIELDS, *FACE_FIELDS, "more") if name in row]
    ordered = {name: row[name] for name in names}
    line = json.dumps(ordered, ensure_ascii=False, allow_nan=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a file name that is not valid UTF-8 has a form in ASCII JSON alone
        line = json.dumps(ordered, ensure_ascii=True, allow_nan=False)
    return line


def read_manifest(path: Path) -> list[Row]:
    """Reads all rows of a manifest.

    Raises:
      BadManifest: the file is missing or a line is no row.
    """
    rows = []
    try:
        with open(path, encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                row = json.loads(line)
                if not (isinstance(row, dict) and {*PHOTO_FIELDS, *FACE_FIELDS} <= row.keys()):
                    raise BadManifest(f"{path} has no manifest row in line {number}.")
                rows.append(row)
    except FileNotFoundError:
        raise BadManifest(f"{path} is missing.") from None
    except ValueError as error:  # no UTF-8, no JSON
        raise BadManifest(f"{path} is damaged in line {len(rows) + 1}: {error}") from error
    return rows


def faces_of(row: Row) -> list[Row]:
    """The fields of each face that the photo gave a record of, in the order of the records."""
    return [row, *row.get("more", ())] if row["status"] == "written" else []


def spans_of(rows: Iterable[Row]) -> list[Span]:
    """Where the records of these rows lie, in the order of the file."""
    return [Span(face["offset"], face["length"], face["crc32c"]) for row in rows for face in faces_of(row)]


def keys_of(row: Row) -> list[str]:
    """The keys of the records of a row: key, key#2, key#3..."""
    return [face_key(row["key"], number) for number in range(row["faces"])]


def face_key(key: str, number: int) -> str:
    """The key of a photo's record, by the number of the face from 0."""
    return f"{key}#{number + 1}" if number else key


def yaw_bin(yaw: float) -> str:
    """The bin of |yaw| in degrees; a lower bound belongs to its bin."""
    return next(name for bound, name in YAW_BINS if abs(yaw) < bound)


@dataclass
class Tally:
    """Counts over rows. `photos` and `reasons` count photos; detectors, templates and yaw count records."""

    photos: int = 0
    written: int = 0
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    detectors: Counter[str] = field(default_factory=Counter)
    templates: Counter[str] = field(default_factory=Counter)
    yaw: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of_rows(cls, rows: Iterable[Row]) -> "Tally":
        """Counts the rows of a manifest."""
        tally = cls()
        for row in rows:
            tally.photos += 1
            tally.written += row["status"] == "written"
            if row["status"] != "written":
                tally.reasons[row["reason"]] += 1
            for face in faces_of(row):
                tally.records += 1
                tally.detectors[face["detector"]] += 1
                tally.templates[face["template"]] += 1
                tally.yaw[yaw_bin(face["pose"][0])] += 1
        return tally

    @classmethod
    def total(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sum of several counts."""
        total = cls()
        for tally in tallies:
            total.photos += tally.photos
            total.written += tally.written
            total.records += tally.records
            for name in ("reasons", "detectors", "templates", "yaw"):
                getattr(total, name).update(getattr(tally, name))
        return total

    @property
    def skipped(self) -> int:
        return self.photos - self.written

    def to_json(self) -> dict[str, Any]:
        """Counts by name; each table in a fixed order, yaw with all its bins."""
        return {
            "photos": self.photos,
            "written": self.written,
            "skipped": self.skipped,
            "records": self.records,
            "reasons": dict(sorted(self.reasons.items())),
            "detectors": dict(sorted(self.detectors.items())),
            "templates": dict(sorted(self.templates.items())),
            "yaw": {name: self.yaw[name] for _, name in YAW_BINS},
        }


def one_line(text: str) -> str:
    """Text without line breaks, cut to 300 characters."""
    return " ".join(text.split())[:300]


def _rounded(value: float, digits: int) -> float:
    return round(float(value), digits) + 0.0  # + 0.0 turns -0.0 into 0.0
