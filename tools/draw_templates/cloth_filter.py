"""The cloth mask with a filter pocket and curved darts."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump, ramp
from tools.draw_templates.fabric import weave
from tools.draw_templates.folds import crumple, drape, form, hill, pull, unevenness
from tools.draw_templates.geometry import CLOTH_FILTER, EAR_LOOPS, loops
from tools.draw_templates.hardware import peak_mark, printed
from tools.draw_templates.sewing import binding, groove, seam, stitches


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Curved darts over the cheeks, the stitched outline of the pocket, bound edges, a small woven label."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 4), 713)
    weave(c, 0.09, 1.5)
    pull(c, (98, 16), 91, 7, 2.8, 55)
    pull(c, (98, 118), 92, 8, 3.2, 60)
    drape(c, 93, 12, 1.9, (26, 122))
    crumple(c, 94, 10, 8, 0.6)
    unevenness(c, 96, 8, 1.0)
    hill(c, (0, 62), (30, 34), 2.0)
    hill(c, (24, 18), (14, 12), -1.8)
    dart = c.out - (34 + 16 * np.sin((c.y - 8) / (TALL - 16) * np.pi))
    seam(c, dart, 1.4, 0.28)
    stitches(c, dart - 2.6, c.y)
    pocket = c.y - (30 + 0.0012 * c.x**2)
    inner = 1 - ramp(c.out, 44, 47)
    groove(c, pocket, 1.0, 0.9 * inner, 0.22 * inner)
    stitches(c, pocket - 2.4, c.x, 2.6, 0.3)
    binding(c, edge, 6.0)
    stitches(c, edge - 5.0, c.x + c.y)
    _label(c, (74, 92))
    c.occlude()
    form(c)
    settings = {
        "title": "Cloth mask with filter pocket and side darts",
        "lattice_mm": CLOTH_FILTER,
        "loops": loops(CLOTH_FILTER, ((HALF - 5.0, 8.0), (HALF - 5.0, TALL - 8.0)), EAR_LOOPS, 4.0),
        "palette": palettes.CLOTH,
        "loop_palette": palettes.DARK_LOOPS,
        "weight": 0.8,
        "patterns": palettes.PRINTED_CLOTH,
    }
    return c, settings


def _label(c: Canvas, at: tuple[float, float]) -> None:
    """A woven label sewn to one cheek."""
    inside = 4.5 - np.maximum(np.abs(c.x - at[0]) * 0.6, np.abs(c.y - at[1]))
    where = ramp(inside, -0.2, 0.3)
    c.patch(where, (0.90, 0.89, 0.86))
    c.lift(0.5 * where, 0.2 * bump(inside + 0.6, 0.6))
    printed(c, peak_mark(c, at, 2.6), (0.2, 0.2, 0.22), 0.9)
