"""The duckbill: a pouch with a horizontal beak."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump, ramp
from tools.draw_templates.geometry import DUCKBILL, HEAD_STRAPS, loops
from tools.draw_templates.hardware import letters, metal_clip, printed
from tools.draw_templates.respirator import felted, finish, rim, wrinkled
from tools.draw_templates.sewing import groove, tack, welds


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Two panels welded along the beak, which shades the lower one; slanted welds close the pouch at the sides."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 12), 737, 0.35)
    felted(c)
    wrinkled(c, 71, 1.1)
    beak = 68 + 1.2 * np.cos(c.x / 26)
    down = c.y - beak
    c.lift(-0.24 * np.abs(down) * bump(c.out, 80))
    c.lift(1.4 * bump(down, 1.6) * (c.out < HALF - 6), 0.34 * ramp(down, 0.6, 1.8) * np.exp(-np.maximum(down, 0) / 5.0))
    c.shade *= 1 - 0.07 * ramp(down, 0, 3)
    welds(c, down + 2.6, c.x, 2.4, 0.7, 0.4)
    groove(c, c.out - (64 + 0.45 * np.abs(down)), 1.4, 1.3, 0.14)
    rim(c, edge)
    metal_clip(c, 12.5, 44, 5.0)
    printed(c, letters("FFP2 NR D", (0, 106), 4.6), (0.28, 0.34, 0.45), 0.65)
    for y in (34.0, TALL - 30.0):
        tack(c, (HALF - 8.0, y), 5.0)
    finish(c, 0.12)
    settings = {
        "title": "FFP2 duckbill, horizontal beak, head straps",
        "lattice_mm": DUCKBILL,
        "loops": loops(DUCKBILL, ((HALF - 8.0, 34.0), (HALF - 8.0, TALL - 30.0)), HEAD_STRAPS, 5.0, flat=True),
        "palette": palettes.INDUSTRIAL,
        "loop_palette": palettes.STRAPS,
        "weight": 0.4,
    }
    return c, settings
