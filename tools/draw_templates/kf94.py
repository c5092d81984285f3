"""The KF94: a boat of three panels."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump, ramp
from tools.draw_templates.fabric import spunbond
from tools.draw_templates.folds import crumple, drape, form, hill, pull, unevenness
from tools.draw_templates.geometry import EAR_LOOPS, KF94, loops
from tools.draw_templates.hardware import embossed, letters, nose_wire
from tools.draw_templates.sewing import groove, lip, tack, welds


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Nose panel, flat front, chin panel; sharp folds between them run together towards the sides."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 4), 752, 0.35)
    spunbond(c, 0.045)
    pull(c, (100, 40), 51, 6, 2.2, 50)
    pull(c, (100, 94), 52, 6, 2.4, 55)
    drape(c, 53, 10, 1.3, (8, 128))
    crumple(c, 54, 13, 7, 0.8)
    unevenness(c, 56, 9, 0.8)
    _folds(c)
    nose_wire(c, 11.0, 44, 1.0)
    embossed(c, letters("KF94", (0, 68), 6.0), 0.5)
    side = HALF - c.out
    c.lift(-0.9 * (1 - ramp(side, 7, 9)), 0.12 * bump(side - 8, 1.0))
    for row in (2.5, 5.5):
        welds(c, side - row, c.y, 2.4, 0.7, 0.5)
    for y in (3.0, TALL - 3.0):
        welds(c, c.y - y, c.x, 2.4, 0.6, 0.4)
    for y in (10.0, TALL - 10.0):
        tack(c, (HALF - 5.0, y), 4.0)
    lip(c, edge, 0.8)
    hill(c, (25, 20), (16, 12), -1.4)
    c.occlude()
    form(c, 0.14)
    settings = {
        "title": "KF94, boat shape of three panels, ear loops",
        "lattice_mm": KF94,
        "loops": loops(KF94, ((HALF - 5.0, 10.0), (HALF - 5.0, TALL - 10.0)), EAR_LOOPS, 2.6),
        "palette": palettes.RESPIRATOR,
        "loop_palette": palettes.WHITE_LOOPS,
        "weight": 1.5,
    }
    return c, settings


def _folds(c: Canvas) -> None:
    """The upper fold stands out like a brim; under the lower one the chin panel recedes."""
    upper = 38 + 12 * (c.out / 102) ** 2 + 0.6 * np.sin(c.x / 13)
    lower = 100 - 14 * (c.out / 102) ** 2 + 0.6 * np.sin(c.x / 15)
    c.lift(-0.22 * np.maximum(upper - c.y, 0))
    c.lift(-0.24 * np.maximum(c.y - lower, 0))
    for line in (upper, lower):
        c.lift(0.8 * bump(c.y - line, 1.1))
        c.shade *= 1 + 0.05 * bump(c.y - line + 0.6, 0.8)
    groove(c, c.y - upper - 1.8, 1.2, 0.7, 0.18)
    c.shade *= 1 - 0.05 * ramp(c.y - upper, 0, 1.5)
    c.shade *= 1 - 0.10 * ramp(c.y - lower, 0, 1.2)
    groove(c, c.y - lower - 1.6, 1.2, 0.5, 0.14)
