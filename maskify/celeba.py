"""CelebA as people have it: its lists (partition, identity, five points), wherever they lie beside the images."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from maskify.errors import MaskifyError

Value = TypeVar("Value")
Points = tuple[float, ...]

SPLITS = {"0": "train", "1": "validation", "2": "test"}
PARTITION_LISTS = ("list_eval_partition.txt", "list_eval_partition.csv")
IDENTITY_LISTS = ("identity_CelebA.txt", "identity_CelebA.csv")
LANDMARK_LISTS = ("list_landmarks_align_celeba.txt", "list_landmarks_align_celeba.csv")
LIST_NAMES = frozenset(PARTITION_LISTS + IDENTITY_LISTS + LANDMARK_LISTS)

_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png")
_HEADERS = ("image_id", "lefteye_x")


class Facts(NamedTuple):
    """What CelebA's lists say about one image.

    Attributes:
      split: "train", "validation" or "test"; None where no partition names the image.
      identity: CelebA's number of the person, -1 where unknown.
      five_points: x and y of both eyes, nose and mouth corners in the 178 x 218 image; None where unknown.
      aligned: the image lies in a folder or archive named like `img_align_celeba`.
    """

    split: str | None = None
    identity: int = -1
    five_points: Points | None = None
    aligned: bool = False


UNKNOWN = Facts()


def is_aligned_name(name: str) -> bool:
    """Tells whether a folder or archive of this name holds aligned CelebA images."""
    return name.lower().startswith("img_align_celeba")


@dataclass
class _Table(Generic[Value]):
    """One list, and how many of the images asked for it names."""

    path: Path
    rows: dict[str, Value]
    asked: int = 0
    named: int = 0

    def get(self, stem: str) -> Value | None:
        value = self.rows.get(stem)
        self.asked += 1
        self.named += value is not None
        return value


@dataclass
class _Folder:
    """The lists that speak about the images of one folder."""

    aligned: bool
    splits: _Table[str] | None
    identities: _Table[int] | None
    points: _Table[Points] | None

    def facts(self, stem: str) -> Facts:
        """What the lists say of the photo with this name, without its ending."""
        identity = self.identities.get(stem) if self.identities else None
        return Facts(
            split=self.splits.get(stem) if self.splits else None,
            identity=-1 if identity is None else identity,
            five_points=self.points.get(stem) if self.points else None,
            aligned=self.aligned,
        )


@dataclass
class ListFinder:
    """Finds CelebA's lists for a folder of images, reads each once, and counts what they cover.

    Images in a folder named like `img_align_celeba` take every list that lies in it, beside it, or up to two levels
    above, there also in `Anno` and `Eval`. Images in another folder whose name contains "celeba" (the un-aligned
    originals) take partition and identity from the same places, and never the five points, which are measured in the
    aligned image. Images in any other folder take partition and identity from lists in that very folder.

    Attributes:
      packed: lists that lie in an archive: their path, as if it were unpacked beside itself, and their bytes.
    """

    packed: Mapping[Path, bytes] = field(default_factory=dict)
    _folders: dict[str, _Folder | None] = field(default_factory=dict)
    _tables: dict[Path, _Table] = field(default_factory=dict)

    def facts(self, folder: str, stem: str) -> Facts:
        """Looks an image up.

        Args:
          folder: the absolute path of its folder.
          stem: its name without the ending; CelebA's PNG images share their lists with the JPEG ones.

        Raises:
          MaskifyError: a list has a line that cannot be understood, or cannot be read.
        """
        if folder not in self._folders:
            self._folders[folder] = self._read_lists(Path(folder))
        lists = self._folders[folder]
        return UNKNOWN if lists is None else lists.facts(stem)

    def notes(self) -> list[str]:
        """Says which lists were used, and how many of their images each one names."""
        return [
            f"{table.path} names {table.named:,} of {table.asked:,} photos"
            for path, table in sorted(self._tables.items())
            if table.asked
        ]

    def named_any(self) -> bool:
        """Tells whether a list named at least one image."""
        return any(table.named for table in self._tables.values())

    def _read_lists(self, folder: Path) -> _Folder | None:
        anchor = _outermost_aligned(folder)
        places = _places(folder, anchor)
        splits = self._table(places, PARTITION_LISTS, _split)
        identities = self._table(places, IDENTITY_LISTS, _identity)
        points = self._table(places, LANDMARK_LISTS, _five_points()) if anchor else None
        if not (anchor or splits or identities):
            return None
        return _Folder(anchor is not None, splits, identities, points)

    def _table(
        self, places: list[Path], names: tuple[str, ...], read: Callable[[list[str]], Value]
    ) -> _Table[Value] | None:
        for path in (place / name for place in places for name in names):
            if path in self._tables:
                return self._tables[path]
            if path in self.packed or os.path.isfile(path):
                table = _Table(path, _read(path, self.packed.get(path), read))
                self._tables[path] = table
                return table
        return None


def _outermost_aligned(folder: Path) -> Path | None:
    """The folder itself or the nearest above it that is named img_align_celeba; of doubled ones the outer."""
    for candidate in (folder, *folder.parents):
        if is_aligned_name(candidate.name):
            while is_aligned_name(candidate.parent.name):
                candidate = candidate.parent
            return candidate
    return None


def _places(folder: Path, anchor: Path | None) -> list[Path]:
    """Where lists about the images of `folder` may lie, the nearest first."""
    if anchor is None and "celeba" not in folder.name.lower():
        return [folder]
    near = [folder]
    while anchor and near[-1] != anchor:
        near.append(near[-1].parent)
    return near + [place for up in near[-1].parents[:2] for place in (up, up / "Anno", up / "Eval")]


def _read(path: Path, packed: bytes | None, read: Callable[[list[str]], Value]) -> dict[str, Value]:
    """Reads a list: the value of each image, by the image's name without its ending.

    Official lists separate by spaces, Kaggle's by commas. A count (`202599`) and a header may lead.
    """
    try:
        lines = (path.read_bytes() if packed is None else packed).decode("utf-8-sig", "replace").splitlines()
    except OSError as error:
        raise MaskifyError(f"CelebA's list {path} cannot be read: {error.strerror or error}.") from error
    rows: dict[str, Value] = {}
    for number, line in enumerate(lines, start=1):
        fields = line.replace(",", " ").split()
        if not fields or (number <= 2 and _is_header(*fields)):
            continue
        try:
            stem, value = _stem(fields[0]), read(fields[1:])
            if rows.setdefault(stem, value) != value:
                raise ValueError("another value came before")
        except (ValueError, KeyError) as error:
            raise MaskifyError(
                f"{path}, line {number} is broken: {line[:80]!r}. Fetch this list again, or move it away to do without."
            ) from error
    return rows


def _is_header(name: str, *fields: str) -> bool:
    return name in _HEADERS or (name.isdigit() and not fields)


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if dot + ending.lower() not in _IMAGE_ENDINGS:
        raise ValueError(name)
    return stem


def _split(fields: list[str]) -> str:
    (partition,) = fields
    return SPLITS[partition]


def _identity(fields: list[str]) -> int:
    (identity,) = fields
    if not (identity.isascii() and identity.isdigit()):
        raise ValueError(identity)
    return int(identity)


def _five_points() -> Callable[[list[str]], Points]:
    """A reader of five points in which equal numbers are one object: it halves the memory of CelebA's 2 million."""
    numbers: dict[str, float] = {}

    def number(text: str) -> float:
        if text not in numbers:
            numbers[text] = float(text)
        return numbers[text]

    def read(fields: list[str]) -> Points:
        points = tuple(map(number, fields))
        if len(points) != 10 or not all(map(math.isfinite, points)):
            raise ValueError(f"{len(points)} numbers")
        return points

    return read
