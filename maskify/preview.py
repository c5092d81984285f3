"""What is in a folder of records, as pictures: an overview and four pages that show where masks may go wrong."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.config import WEARS, SynthesisConfig
from maskify.draw import MaskParams, draw_params
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import YAW_BINS
from maskify.pose import estimate_camera
from maskify.record import Record, decode_record, iterate_frames, parse_features, read_frame_at
from maskify.render import put_on
from maskify.sheet import Cell, Section, save_sheet
from maskify.templates import Template, chosen, load_template

MOST_RECORDS = 2000
"""So many records are looked at, from all shards in turn, which is enough to find every template and yaw."""

SIGNED_YAWS = (-45, -35, -25, -15, -5, 5, 15, 25, 35, 45)
"""Middles of the yaw bins of the page "yaw", in degrees."""

PAGES = ("overview", "templates", "yaw", "wear", "worst")

OVERVIEW_HEIGHT, PAGE_HEIGHT = 128, 192
"""Of a picture on the overview and on the other pages, in pixels."""


@dataclass(frozen=True)
class Entry:
    """What pages choose records by, and where the record lies: its pictures are decoded only if they are drawn."""

    shard: Path
    offset: int
    key: str
    pose: NDArray[np.float32]
    template: str
    params: dict[str, Any]

    def record(self) -> Record:
        return decode_record(read_frame_at(self.shard, self.offset))


def draw_pages(folder: Path, target: Path, per_row: int, pages: Sequence[str]) -> list[Path]:
    """Draws the pages of a folder of records.

    Args:
      folder: of records.
      target: PNG of the overview; the other pages get names beside it: preview-yaw.png and so on.
      per_row: triplets in a row of the overview.
      pages: some of `PAGES`.

    Returns:
      The files written.

    Raises:
      MaskifyError: there are no records in the folder, or a PNG cannot be written.
    """
    shards = sorted(folder.glob("*.tfrecord"))
    entries = list(_entries(shards))
    if not entries:
        raise MaskifyError(f"{folder} holds no records. Build some: maskify build --src PHOTOS --out {folder}")
    written = []
    for page in pages:
        path = target if page == "overview" else target.with_name(f"{target.stem}-{page}{target.suffix}")
        if page == "overview":
            save_sheet("Masked, clean, binary map", _overview(entries, per_row), per_row, OVERVIEW_HEIGHT, path)
        else:
            title, sections, columns = _PAGES[page](entries)
            save_sheet(title, sections, columns, PAGE_HEIGHT, path)
        written.append(path)
    return written


def _entries(shards: list[Path]) -> Iterator[Entry]:
    """Entries of all shards, a part of each."""
    share = -(-MOST_RECORDS // max(len(shards), 1))
    for shard in shards:
        for frame in islice(iterate_frames(shard), share):
            values = parse_features(frame.payload)
            key = values["key"].decode("utf-8", "replace")
            params = json.loads(values["params"])
            yield Entry(shard, frame.offset, key, values["pose"], values["template"].decode(), params)


def triplet(record: Record) -> NDArray[np.uint8]:
    """Masked, clean and binary map side by side: uint8 [S, 3S, 3]."""
    binary_map = np.repeat(record.binary_map[..., None], 3, axis=2)
    return np.concatenate([record.masked, record.clean, binary_map], axis=1)


def _overview(entries: list[Entry], per_row: int) -> list[Section]:
    """The first few records of each template and of each yaw bin, none of them twice."""
    templates: dict[str, list[Cell]] = {}
    yaws: dict[str, list[Cell]] = {name: [] for _, name in YAW_BINS}
    for entry in entries:
        row = templates.setdefault(entry.template, [])
        if len(row) >= per_row:
            row = yaws[next(name for limit, name in YAW_BINS if abs(entry.pose[0]) < limit)]
        if len(row) < per_row:
            row.append(Cell(_no_higher(triplet(entry.record()), OVERVIEW_HEIGHT)))
    sections = [Section(name, cells) for name, cells in sorted(templates.items())]
    return sections + [Section(f"|yaw| {name} degrees", cells) for name, cells in yaws.items()]


def _no_higher(picture: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """The picture, or a smaller one where it is higher: a page of large ones would fill the memory."""
    if picture.shape[0] <= height:
        return picture
    width = round(picture.shape[1] * height / picture.shape[0])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _library(entries: list[Entry]) -> list[Template]:
    """The packaged templates that the records were drawn from; all that are packaged, where those are all a user's."""
    packaged = {folder.name: folder for folder in chosen(())}
    drawn = {entry.template for entry in entries} & set(packaged)
    return [load_template(packaged[name]) for name in sorted(drawn or packaged)]


def _draw(template: Template, wear: str = "correct", attempt: int = 0) -> MaskParams:
    config = SynthesisConfig(wear=((wear, 1.0),))
    return replace(draw_params(1, [template], config, attempt)[1], height=0.0, tilt=0.0)


def _worn(record: Record, template: Template, params: MaskParams) -> Cell:
    """A packaged mask put on the clean photo of a record; the clean photo and the reason where it does not fit."""
    name = template.name if params.wear == "correct" else f"{template.name}, {params.wear}"
    try:
        camera = estimate_camera(record.landmarks)
        masked = put_on(record.clean, record.landmarks, camera, template, params, SynthesisConfig.shadow)
    except Skipped as skipped:
        return Cell(_no_higher(record.clean, PAGE_HEIGHT), f"{name}: {skipped.reason}")
    return Cell(_no_higher(masked.photo, PAGE_HEIGHT), name)


def _frontal(entries: list[Entry]) -> Record:
    return min(entries, key=lambda entry: float(np.abs(entry.pose).sum())).record()


def _templates(entries: list[Entry]) -> tuple[str, list[Section], int]:
    face, turned = _frontal(entries), min(entries, key=lambda entry: abs(abs(entry.pose[0]) - 30)).record()
    library = _library(entries)
    sections = [
        Section(f"{name}, yaw {record.pose[0]:.0f} degrees", [_worn(record, mask, _draw(mask)) for mask in library])
        for name, record in (("facing the camera", face), ("turned", turned))
    ]
    return "All templates on one face", sections, 6


def _yaw(entries: list[Entry]) -> tuple[str, list[Section], int]:
    template = _library(entries)[-1]
    params = _draw(template)
    cells = []
    for middle in SIGNED_YAWS:
        nearest = min(entries, key=lambda entry: abs(entry.pose[0] - middle))
        cell = _worn(nearest.record(), template, params)
        cells.append(replace(cell, caption=f"{cell.caption} {nearest.pose[0]:+.0f} degrees"))
    return "One template from side to side", [Section(f"{template.name}, by yaw", cells)], 5


def _wear(entries: list[Entry]) -> tuple[str, list[Section], int]:
    face = _frontal(entries)
    library = _library(entries)[:6]
    sections = [Section(wear, [_worn(face, mask, _draw(mask, wear)) for mask in library]) for wear in WEARS]
    return "Ways of wearing", sections, len(library)


def _worst(entries: list[Entry]) -> tuple[str, list[Section], int]:
    worn = [entry for entry in entries if entry.params.get("wear", "correct") == "correct"] or entries
    least = sorted(worn, key=lambda entry: entry.params["coverage"])[:12]
    most = sorted(worn, key=lambda entry: -entry.params["spill"])[:12]
    sections = [
        Section("least of the lower face covered", [_checked(entry, "coverage") for entry in least]),
        Section("most of the mask beyond it", [_checked(entry, "spill") for entry in most]),
    ]
    return "Worst placements by the checks", sections, 6


def _checked(entry: Entry, check: str) -> Cell:
    return Cell(_no_higher(entry.record().masked, PAGE_HEIGHT), f"{entry.params[check]:.2f} {entry.key}")


_PAGES = {"templates": _templates, "yaw": _yaw, "wear": _wear, "worst": _worst}
