"""The neck gaiter pulled over the nose."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import Canvas, bump, noise, ramp
from tools.draw_templates.fabric import knit
from tools.draw_templates.folds import drape, form, hill, unevenness
from tools.draw_templates.geometry import GAITER
from tools.draw_templates.hardware import peak_mark, printed
from tools.draw_templates.sewing import lip, stitches


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Thin stretch knit: it shows nose and mouth, gathers across below them, hangs in swags under the chin."""
    c = Canvas()
    edge = c.outline(np.minimum(c.y - 2.0, 132.4 - c.y), 121, 0.9)
    knit(c, 0.07)
    hill(c, (0, 26), (15, 22), 3.0)
    hill(c, (0, 62), (24, 9), 1.0)
    hill(c, (0, 50), (20, 5), -0.8)
    drape(c, 122, 26, 2.8, (34, 128))
    drape(c, 123, 12, 3.0, (96, 132))
    _gathers(c)
    unevenness(c, 124, 9, 1.2)
    for y in (4.2, 5.8):
        stitches(c, c.y - y, c.x, 2.2, 0.4)
    c.lift(0.8 * (1 - ramp(c.y, 6.2, 7.6)), 0.14 * bump(c.y - 8, 1.0))
    printed(c, peak_mark(c, (58, 80), 7.0), (0.75, 0.76, 0.78), 0.2)
    lip(c, edge, 1.2, 1.2)
    c.occlude()
    form(c, 0.24, 0.12, 0.12)
    settings = {
        "title": "Neck gaiter pulled over the nose",
        "lattice_mm": GAITER,
        "palette": palettes.STRETCH,
        "weight": 0.7,
        "patterns": palettes.PRINTED_TUBE,
    }
    return c, settings


def _gathers(c: Canvas) -> None:
    """Folds that run around the head, where the tube is bunched up below the mouth."""
    waves = np.sin(c.y * 0.62 + 1.6 * noise(125, 30, 8) + 0.012 * c.out)
    c.lift(1.1 * waves * ramp(c.y, 66, 100) * (0.6 + 0.4 * ramp(c.out, 5, 60)))
    waves = np.sin(c.y * 0.5 + 2.2 * noise(126, 22, 10) - 0.1 * c.out)
    c.lift(0.9 * waves * ramp(c.out, 38, 80) * ramp(c.y, 14, 40))
