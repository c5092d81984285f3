"""The pleated surgical mask with ear loops."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump, noise, ramp
from tools.draw_templates.fabric import spunbond
from tools.draw_templates.folds import crumple, drape, form, hill, pleat, pull, unevenness
from tools.draw_templates.geometry import EAR_LOOPS, SURGICAL, loops
from tools.draw_templates.hardware import nose_wire
from tools.draw_templates.sewing import lip, tack, welds


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Three pleats that open over the mouth, a nose wire under the top hem, welded edges, white bound sides."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 1.2), 292)
    spunbond(c, 0.05)
    _pleats(c)
    hill(c, (0, 30), (26, 22), 2.0)
    drape(c, 31, 15, 1.8, (26, 126))
    pull(c, (100, 10), 32, 8, 3.2, 60)
    pull(c, (100, 124), 33, 9, 3.6, 70)
    crumple(c, 34, 11.0, 5.0, 1.2)
    unevenness(c, 35, 8.0, 1.0)
    _edges(c)
    lip(c, edge, 0.8)
    c.occlude()
    form(c)
    settings = {
        "title": "Surgical mask, three pleats, ear loops",
        "lattice_mm": SURGICAL,
        "loops": loops(SURGICAL, ((HALF - 6.0, 6.0), (HALF - 6.0, TALL - 6.0)), EAR_LOOPS, 2.6),
        "palette": palettes.SURGICAL,
        "loop_palette": palettes.WHITE_LOOPS,
        "weight": 5,
        "patterns": palettes.PRINTED_SURGICAL,
    }
    return c, settings


def _pleats(c: Canvas) -> None:
    """Lines that sag in the middle, where chin and nose pull the pleats open, and lie pressed at the sides."""
    opened = bump(c.x, 55)
    for y, sag, depth in ((40, 4, 3.6), (66, 5, 4.2), (91, 6, 3.6)):
        line = y + sag * opened + 0.8 * np.sin(c.x / 17 + y)
        pleat(
            c, line, depth, 14 + 7 * opened, (0.34 - 0.10 * opened) * np.clip(0.7 + 0.35 * noise(y, 14, 9), 0.15, 1.2)
        )


def _edges(c: Canvas) -> None:
    """The hems above and below with their welds, the wire, the bound sides."""
    c.lift(0.7 * ramp(c.y, 17.0, 15.0), 0.24 * bump(c.y - 17.0, 1.2))
    c.shade *= 1 + 0.04 * ramp(c.y, 16.5, 15.5)
    for y in (4.0, 14.6):
        welds(c, c.y - y, c.x, 2.2, 0.7, 0.4)
    nose_wire(c, 9.8)
    welds(c, c.y - (TALL - 5.0), c.x, 2.2, 0.7, 0.4)
    side = HALF - c.out
    c.lift(0.7 * (1 - ramp(side, 8.0, 9.5)), 0.20 * bump(side - 9.6, 1.0))
    welds(c, side - 3.0, c.y, 2.6, 0.9, 0.5)
    welds(c, side - 6.5, c.y, 2.6, 0.9, 0.5)
    c.patch(0.03 * (1 - ramp(side, 8.2, 9.0)), (0.97, 0.97, 0.96))  # more would give black masks white sides
    for y in (6.0, TALL - 6.0):
        tack(c, (HALF - 6.0, y))
