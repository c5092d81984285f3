"""Contact sheets: what is in a folder of records, as one picture."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from maskify.errors import MaskifyError
from maskify.manifest import YAW_BINS
from maskify.record import Record, decode_record, read_frames

CELL, GAP, LABEL, MARGIN = 128, 6, 26, 16
"""Pixels: side of a picture, space between triplets, height of a heading, space around the sheet."""

INK, PAPER, FAINT = (32, 34, 38), (250, 250, 248), (120, 124, 130)

MOST_RECORDS = 4000
"""So many records are looked at, from all shards in turn, which is enough to find every template and yaw."""

Row = tuple[str, list[Record]]


def contact_sheet(folder: Path, target: Path, per_row: int) -> None:
    """Draws triplets of a folder of records, by template and by yaw, into one PNG.

    Raises:
      MaskifyError: there are no records in the folder, or the PNG cannot be written.
    """
    shards = sorted(folder.glob("*.tfrecord"))
    if not shards:
        raise MaskifyError(f"{folder} holds no .tfrecord file. Build one: maskify build --src PHOTOS --out {folder}")
    by_template, by_yaw = _pick(_records(shards), per_row)
    rows: list[tuple[str, list[Row]]] = [("By template", by_template), ("By head pose", by_yaw)]
    sheet = _draw(f"{folder}: masked, clean, binary map", rows, per_row)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(target, "PNG")
    except OSError as error:
        raise MaskifyError(f"{target} cannot be written: {error}. Choose another --out.") from error


def _records(shards: list[Path]) -> Iterable[Record]:
    """Records of all shards, a part of each."""
    share = max(1, MOST_RECORDS // len(shards))
    for shard in shards:
        for number, payload in enumerate(read_frames(shard)):
            if number >= share:
                break
            yield decode_record(payload)


def _pick(records: Iterable[Record], per_row: int) -> tuple[list[Row], list[Row]]:
    """The first few records of each template and of each yaw bin; those of a row are all different."""
    templates: dict[str, list[Record]] = {}
    yaws: dict[str, list[Record]] = {f"|yaw| {name} degrees": [] for _, name in YAW_BINS}
    for record in records:
        row = templates.setdefault(record.template, [])
        if len(row) < per_row:
            row.append(record)
            continue
        name = next(name for limit, name in YAW_BINS if abs(record.pose[0]) < limit)
        if len(yaws[f"|yaw| {name} degrees"]) < per_row:
            yaws[f"|yaw| {name} degrees"].append(record)
    return sorted(templates.items()), [(name, row) for name, row in yaws.items() if row]


def triplet(record: Record) -> NDArray[np.uint8]:
    """Masked, clean and binary map side by side: uint8 [S, 3S, 3]."""
    binary_map = np.repeat(record.binary_map[..., None], 3, axis=2)
    return np.concatenate([record.masked, record.clean, binary_map], axis=1)


def _draw(title: str, sections: list[tuple[str, list[Row]]], per_row: int) -> Image.Image:
    width = 2 * MARGIN + per_row * (3 * CELL + GAP) - GAP
    rows = sum(len(section) for _, section in sections)
    height = 2 * MARGIN + LABEL + len(sections) * 2 * LABEL + rows * (CELL + LABEL + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    y = MARGIN
    pen.text((MARGIN, y), title, INK, ImageFont.load_default(18))
    y += LABEL
    for heading, section in sections:
        if not section:
            continue
        y += LABEL // 2
        pen.text((MARGIN, y), heading, INK, ImageFont.load_default(16))
        y += LABEL
        for name, records in section:
            pen.text((MARGIN, y), name, FAINT, ImageFont.load_default(13))
            y += LABEL - 6
            for column, record in enumerate(records):
                cell = Image.fromarray(triplet(record)).resize((3 * CELL, CELL), Image.Resampling.LANCZOS)
                sheet.paste(cell, (MARGIN + column * (3 * CELL + GAP), y))
            y += CELL + GAP
    return sheet.crop((0, 0, width, y + MARGIN))
