"""The home-sewn pleated cloth mask with wide fabric loops."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump, ramp
from tools.draw_templates.fabric import weave
from tools.draw_templates.folds import crumple, drape, form, hill, pleat, pull, unevenness
from tools.draw_templates.geometry import EAR_LOOPS, PLEATED_CLOTH, loops
from tools.draw_templates.sewing import lip, stitches


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Soft pleats, stitched hems above and below, gathered channels at the sides for the loops."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 7), 802)
    weave(c, 0.08, 1.4)
    opened = bump(c.x, 50)
    for y, sag, depth in ((36, 5, 4.0), (64, 7, 4.8), (93, 8, 4.2)):
        line = y + sag * opened + 1.2 * np.sin(c.x / 15 + y)
        pleat(c, line, depth, 15 + 8 * opened, 0.36 - 0.14 * opened)
    pull(c, (96, 14), 101, 8, 3.4, 60)
    pull(c, (96, 120), 102, 9, 3.8, 65)
    drape(c, 103, 18, 2.2, (20, 126))
    crumple(c, 104, 9, 6, 0.8)
    unevenness(c, 106, 8, 1.2)
    hill(c, (0, 28), (26, 20), 1.8)
    for hem_line in (5.5, TALL - 5.5):
        stitches(c, c.y - hem_line, c.x)
    side = HALF - c.out
    gathers = 0.5 + 0.5 * np.cos(c.y * 1.1 + 1.5 * np.sin(c.y / 6))
    c.lift(0.9 * ramp(side, 14, 9) + 1.0 * gathers * bump(side - 10, 6), 0.14 * (1 - gathers) * bump(side - 9, 5))
    stitches(c, side - 10.0, c.y)
    c.lift(0 * side, 0.16 * bump(side - 10.8, 1.0))
    lip(c, edge, 1.2, 1.2)
    c.occlude()
    form(c)
    settings = {
        "title": "Pleated cloth mask, wide fabric loops",
        "lattice_mm": PLEATED_CLOTH,
        "loops": loops(PLEATED_CLOTH, ((HALF - 6.0, 12.0), (HALF - 6.0, TALL - 12.0)), EAR_LOOPS, 7.5, flat=True),
        "palette": palettes.CLOTH,
        "weight": 1,
        "patterns": palettes.PRINTED_CLOTH,
    }
    return c, settings
