"""The moulded cup with head straps."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, Float, bump, ramp
from tools.draw_templates.fabric import felt
from tools.draw_templates.folds import form, unevenness
from tools.draw_templates.geometry import HEAD_STRAPS, N95_CUP, loops
from tools.draw_templates.hardware import letters, metal_clip, printed, wave_mark
from tools.draw_templates.sewing import groove, lip


def draw() -> tuple[Canvas, dict[str, Any]]:
    """A smooth shell with pressed ribs, a flat flange, a metal clip, staples of the straps, printed class."""
    c = Canvas()
    edge = c.outline(_oval(c), 83, 0.15)
    felt(c, 0.03)
    c.lift(2.6 * ramp(edge, 5.0, 11.0), 0.16 * bump(edge - 5.2, 1.6))
    inner = ramp(edge, 14, 26)
    for y in (64, 76, 88, 100):
        rib = c.y - (y + 0.0012 * c.x**2)
        c.lift(1.1 * inner * bump(rib, 2.4) * ramp(c.out, 76, 60), 0.08 * inner * bump(rib - 3.6, 1.4))
    groove(c, c.y - (40 + 0.0016 * c.x**2), 2.2, 1.2 * inner, 0.08 * inner)
    unevenness(c, 81, 5.0, 0.25)
    unevenness(c, 82, 16.0, 0.8)
    metal_clip(c, 16.0, 42, 6.0)
    printed(c, letters("N95", (0, 49), 7.5), (0.2, 0.25, 0.4), 0.7)
    printed(c, wave_mark(c, (-22, 50), 5.0), (0.2, 0.25, 0.4), 0.7)
    for height in (44.0, TALL - 44.0):
        _staple(c, height)
    lip(c, edge, 1.2, 1.4)
    c.occlude(0.8)
    form(c, 0.20, 0.14, 0.12)
    settings = {
        "title": "N95 cup, moulded, head straps",
        "lattice_mm": N95_CUP,
        "loops": loops(N95_CUP, ((HALF - 8.0, 44.0), (HALF - 8.0, TALL - 44.0)), HEAD_STRAPS, 5.0, flat=True),
        "palette": palettes.INDUSTRIAL,
        "loop_palette": palettes.STRAPS,
        "weight": 0.6,
    }
    return c, settings


def _oval(c: Canvas) -> Float:
    """Distance inside a superellipse, in mm near its edge."""
    power = 3.4
    dx, dy = c.out / (HALF - 1.5), np.abs(c.y - TALL / 2) / (TALL / 2 - 1.5)
    reach = (dx**power + dy**power) ** (1 / power)
    return ((1 - reach) * (TALL / 2)).astype(np.float32)


def _staple(c: Canvas, y: float) -> None:
    """A metal staple on the flange that holds the strap."""
    inside = 1 - ramp(np.maximum(np.abs(c.out - (HALF - 8.0)) - 3.0, np.abs(c.y - y) - 0.8), -0.2, 0.3)
    c.patch(inside, (0.62, 0.63, 0.66))
    c.lift(0.5 * inside, 0.12 * bump(c.out - (HALF - 8.0), 5) * bump(c.y - y - 2, 1.0))
