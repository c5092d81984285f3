"""The one-piece polyurethane mask with cut-out ear loops."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, Float, bump
from tools.draw_templates.fabric import felt
from tools.draw_templates.folds import form, hill, pull, unevenness
from tools.draw_templates.geometry import EAR_BANDS, FASHION, loops
from tools.draw_templates.hardware import embossed, wave_mark
from tools.draw_templates.sewing import lip, seam


def draw() -> tuple[Canvas, dict[str, Any]]:
    """Smooth foam: a welded seam in the middle, thick cut edges, straps of the same piece around the ears."""
    c = Canvas()
    edge = c.outline(np.minimum(c.rounded(1.6, 4), _ear_hole(c)), 115, 0.3)
    felt(c, 0.02)
    c.lift(-0.13 * c.out)
    pull(c, (78, 30), 111, 5, 1.5, 45)
    pull(c, (78, 104), 112, 6, 1.7, 45)
    unevenness(c, 113, 10, 0.8)
    hill(c, (22, 20), (14, 13), -1.6)
    hill(c, (40, 84), (22, 22), 1.2)
    seam(c, c.x, 1.0, 0.22)
    lip(c, edge, 1.6, 1.1)
    c.shade *= 1 + 0.05 * bump(edge - 0.6, 0.7)
    embossed(c, wave_mark(c, (46, 92), 4.0), 0.4)
    c.occlude()
    form(c, 0.17, 0.14)
    settings = {
        "title": "Fashion mask, one piece of polyurethane, cut-out ear loops",
        "lattice_mm": FASHION,
        "loops": loops(FASHION, ((HALF - 6.0, 14.0), (HALF - 6.0, TALL - 14.0)), EAR_BANDS, 9.0, flat=True),
        "palette": palettes.STRETCH,
        "weight": 2.5,
        "patterns": palettes.PRINTED_FOAM,
    }
    return c, settings


def _ear_hole(c: Canvas) -> Float:
    """Distance from the round cut at each side where the two straps part, in mm, > 0 outside it."""
    along, aside = np.maximum(HALF - c.out, 0) / 20.0, np.abs(c.y - 67) / 40.0
    return (20.0 * (np.hypot(along, aside) - 1)).astype(np.float32)
