"""What is in a folder of records, as pictures: an overview and four pages that show where masks may go wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskify.config import SynthesisConfig
from maskify.draw import MaskParams, draw_params
from maskify.errors import MaskifyError, Skipped
from maskify.manifest import YAW_BINS
from maskify.pose import estimate_camera
from maskify.record import Record, decode_record, read_frames
from maskify.render import put_on
from maskify.sheet import Cell, Section, save_sheet
from maskify.templates import Template, chosen, load_template

MOST_RECORDS = 2000
"""So many records are looked at, from all shards in turn, which is enough to find every template and yaw."""

SIGNED_YAWS = (-45, -35, -25, -15, -5, 5, 15, 25, 35, 45)
"""Middles of the yaw bins of the page "yaw", in degrees."""

PAGES = ("overview", "templates", "yaw", "wear", "worst")


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
    records = list(_records(shards))
    if not records:
        raise MaskifyError(f"{folder} holds no records. Build some: maskify build --src PHOTOS --out {folder}")
    written = []
    for page in pages:
        path = target if page == "overview" else target.with_name(f"{target.stem}-{page}{target.suffix}")
        if page == "overview":
            save_sheet("Masked, clean, binary map", _overview(records, per_row), per_row, 128, path)
        else:
            title, sections, columns = _PAGES[page](records)
            save_sheet(title, sections, columns, 192, path)
        written.append(path)
    return written


def _records(shards: list[Path]) -> Iterable[Record]:
    """Records of all shards, a part of each."""
    share = -(-MOST_RECORDS // max(len(shards), 1))
    for shard in shards:
        for number, payload in enumerate(read_frames(shard)):
            if number >= share:
                break
            yield decode_record(payload)


def triplet(record: Record) -> NDArray[np.uint8]:
    """Masked, clean and binary map side by side: uint8 [S, 3S, 3]."""
    binary_map = np.repeat(record.binary_map[..., None], 3, axis=2)
    return np.concatenate([record.masked, record.clean, binary_map], axis=1)


def _overview(records: list[Record], per_row: int) -> list[Section]:
    """The first few records of each template and of each yaw bin, none of them twice."""
    templates: dict[str, list[Cell]] = {}
    yaws: dict[str, list[Cell]] = {name: [] for _, name in YAW_BINS}
    for record in records:
        row = templates.setdefault(record.template, [])
        if len(row) >= per_row:
            row = yaws[next(name for limit, name in YAW_BINS if abs(record.pose[0]) < limit)]
        if len(row) < per_row:
            row.append(Cell(triplet(record)))
    sections = [Section(name, cells) for name, cells in sorted(templates.items())]
    return sections + [Section(f"|yaw| {name} degrees", cells) for name, cells in yaws.items()]


def _library(records: list[Record]) -> list[Template]:
    """The templates that the records were drawn from, as far as they are packaged."""
    packaged = {folder.name: folder for folder in chosen(())}
    return [load_template(packaged[name]) for name in sorted({record.template for record in records} & set(packaged))]


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
        return Cell(record.clean, f"{name}: {skipped.reason}")
    return Cell(masked.photo, name)


def _frontal(records: list[Record]) -> Record:
    return min(records, key=lambda record: float(np.abs(record.pose).sum()))


def _templates(records: list[Record]) -> tuple[str, list[Section], int]:
    face, turned = _frontal(records), min(records, key=lambda record: abs(abs(record.pose[0]) - 30))
    library = _library(records)
    sections = [
        Section(f"{name}, yaw {record.pose[0]:.0f} degrees", [_worn(record, mask, _draw(mask)) for mask in library])
        for name, record in (("facing the camera", face), ("turned", turned))
    ]
    return "All templates on one face", sections, 6


def _yaw(records: list[Record]) -> tuple[str, list[Section], int]:
    template = _library(records)[-1]
    params = _draw(template)
    cells = []
    for middle in SIGNED_YAWS:
        record = min(records, key=lambda record: abs(record.pose[0] - middle))
        cell = _worn(record, template, params)
        cells.append(replace(cell, caption=f"{cell.caption} {record.pose[0]:+.0f} degrees"))
    return "One template from side to side", [Section(f"{template.name}, by yaw", cells)], 5


def _wear(records: list[Record]) -> tuple[str, list[Section], int]:
    face = _frontal(records)
    library = _library(records)[:6]
    wears = ("correct", "nose-out", "chin")
    sections = [Section(wear, [_worn(face, mask, _draw(mask, wear)) for mask in library]) for wear in wears]
    return "Ways of wearing", sections, len(library)


def _worst(records: list[Record]) -> tuple[str, list[Section], int]:
    worn = [record for record in records if record.params.get("wear", "correct") == "correct"]
    least = sorted(worn, key=lambda record: record.params["coverage"])[:12]
    most = sorted(worn, key=lambda record: -record.params["spill"])[:12]
    sections = [
        Section(
            "least of the lower face covered", [Cell(r.masked, f"{r.params['coverage']:.2f} {r.key}") for r in least]
        ),
        Section("most of the mask beyond it", [Cell(r.masked, f"{r.params['spill']:.2f} {r.key}") for r in most]),
    ]
    return "Worst placements by the checks", sections, 6


_PAGES = {"templates": _templates, "yaw": _yaw, "wear": _wear, "worst": _worst}
