"""Pictures of a training run: a grid with a row for each photo and a named column for each image of it."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from unmask.compositing import to_pixels

MOST_ROWS = 8
_HEADER = 18  # pixels


def grid(columns: list[Any], names: tuple[str, ...]) -> np.ndarray:
    """uint8 [H, W, 3]: columns of images [B, S, S, 3] in [-1, 1] side by side, two photos in a row where they fit.

    Args:
      columns: the images, one array for each name.
      names: what stands above them.
    """
    rows = np.concatenate([to_pixels(column) for column in columns], axis=2)[:MOST_ROWS]
    half = -(-len(rows) // 2)
    blocks = [part for part in (rows[:half], rows[half:]) if len(part)]
    height = _HEADER + half * rows.shape[1]
    canvas = np.full((height, sum(rows.shape[2] for _ in blocks) + 8 * (len(blocks) - 1), 3), 255, np.uint8)
    for number, block in enumerate(blocks):
        left = number * (rows.shape[2] + 8)
        for row, strip in enumerate(block):
            top = _HEADER + row * strip.shape[0]
            canvas[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    width = rows.shape[2] // len(names)
    for number in range(len(blocks)):
        for place, name in enumerate(names):
            left = number * (rows.shape[2] + 8) + place * width
            pen.text((left + 4, 3), name, fill=(0, 0, 0), font=ImageFont.load_default(11))
    return np.asarray(picture)
