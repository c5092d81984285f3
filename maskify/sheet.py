"""Contact sheets: pictures with captions under headings, as one PNG."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from maskify.errors import MaskifyError

GAP, MARGIN, LINE = 8, 20, 20
"""Pixels: between pictures, around the sheet, and from one line of text to the next."""

INK, PAPER, FAINT = (32, 34, 38), (250, 250, 248), (104, 108, 114)


@dataclass(frozen=True)
class Cell:
    """A picture, uint8 [H, W, 3] RGB, and the words below it."""

    picture: NDArray[np.uint8]
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """A heading and its pictures, which fill rows from left to right."""

    heading: str
    cells: list[Cell]


def save_sheet(title: str, sections: list[Section], columns: int, height: int, target: Path) -> None:
    """Draws the sections below each other and writes a PNG.

    Args:
      title: the first line.
      sections: at least one picture in all; pictures of one sheet have one aspect. One without any is left out.
      columns: pictures in a row.
      height: of each picture on the sheet, in pixels.
      target: the PNG.

    Raises:
      MaskifyError: there is no picture, or the PNG cannot be written.
    """
    sections = [section for section in sections if section.cells]
    if not sections:
        raise MaskifyError(f"There is no picture to show in {target}. Leave this page out.")
    sheet = _drawn(title, sections, columns, height)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(target, "PNG")
    except OSError as error:
        raise MaskifyError(f"{target} cannot be written: {error}. Choose another --out.") from error


def _drawn(title: str, sections: list[Section], columns: int, height: int) -> Image.Image:
    first = sections[0].cells[0].picture
    width = round(height * first.shape[1] / first.shape[0])
    step = height + GAP + (LINE if any(cell.caption for section in sections for cell in section.cells) else 0)
    rows = sum(-(-len(section.cells) // columns) for section in sections)
    size = (2 * MARGIN + columns * (width + GAP), 2 * MARGIN + 2 * LINE + 2 * LINE * len(sections) + rows * step)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, MARGIN), title, INK, ImageFont.load_default(18))
    y = MARGIN + LINE
    for section in sections:
        y += LINE // 2
        pen.text((MARGIN, y), section.heading, FAINT, ImageFont.load_default(14))
        y += LINE
        for number, cell in enumerate(section.cells):
            x = MARGIN + number % columns * (width + GAP)
            picture = Image.fromarray(cell.picture).resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(picture, (x, y))
            pen.text((x, y + height + 2), _fitting(cell.caption, width), FAINT, ImageFont.load_default(12))
            if number % columns == columns - 1 or number == len(section.cells) - 1:
                y += step
    return sheet.crop((0, 0, size[0], y + MARGIN - GAP))


def _fitting(text: str, width: int) -> str:
    """The text, or its end where it is wider than the picture."""
    font = ImageFont.load_default(12)
    while text and font.getlength(text) > width:
        text = "…" + text[2:]
    return text
