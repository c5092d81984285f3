"""The cloth mask with a transparent window over the mouth."""

from typing import Any

import numpy as np

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, Float, bump, ramp
from tools.draw_templates.fabric import weave
from tools.draw_templates.folds import crumple, drape, form, hill, pull, unevenness
from tools.draw_templates.geometry import EAR_LOOPS, WINDOW, loops
from tools.draw_templates.sewing import hem, seam, stitches

CLEAR = 0.28
"""How much of the face the film hides where nothing is reflected in it."""


def draw() -> tuple[Canvas, dict[str, Any]]:
    """A clear film with soft reflections, in a stitched frame of fabric with darts at the corners."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 5), 98)
    weave(c, 0.07)
    pull(c, (98, 14), 131, 7, 2.8, 50)
    pull(c, (98, 120), 132, 8, 3.2, 55)
    drape(c, 133, 10, 1.6, (100, 126))
    crumple(c, 134, 9, 7, 0.6)
    unevenness(c, 136, 8, 1.0)
    hill(c, (24, 18), (14, 12), -1.8)
    film = _window(c)
    frame = -film
    c.lift(0.9 * (1 - ramp(frame, 6.0, 7.4)), 0.14 * bump(frame - 7.6, 1.0))
    stitches(c, frame - 2.0, c.x + c.y)
    stitches(c, frame - 5.0, c.x + c.y)
    for slope in (-0.55, 0.55):
        dart = (c.y - 70) - np.sign(slope) * 27 - slope * (c.out - 50)
        seam(c, np.where(c.out > 50, dart, 99).astype(np.float32), 0.9, 0.2)
    hem(c, edge, 6.0, 0.9)
    c.occlude()
    form(c)
    _film(c, film)
    settings = {
        "title": "Cloth mask with a transparent window",
        "lattice_mm": WINDOW,
        "loops": loops(WINDOW, ((HALF - 5.0, 9.0), (HALF - 5.0, TALL - 9.0)), EAR_LOOPS, 4.0),
        "palette": palettes.CLOTH,
        "loop_palette": palettes.DARK_LOOPS,
        "weight": 0.3,
        "patterns": palettes.PRINTED_CLOTH,
    }
    return c, settings


def _window(c: Canvas) -> Float:
    """Distance inside the window in mm."""
    dx, dy = c.out - (46 - 14), np.abs(c.y - 70) - (26 - 14)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
    return (14 - outside).astype(np.float32)


def _film(c: Canvas, film: Float) -> None:
    """Film instead of fabric: undyed, smooth, clear but for reflections of a window and of the sky."""
    inside = ramp(film, -0.2, 0.4)
    slant = c.x - 0.35 * (c.y - 70)
    streak = bump(slant + 24, 5.0) + 0.6 * bump(slant + 12, 2.5) + 0.5 * bump(slant - 30, 6.0)
    sky, rim = 0.16 * bump(c.y - 49, 5) * ramp(film, 0.5, 3), 0.12 * bump(film, 1.5)
    reflection = 0.30 * streak * ramp(film, 1, 7) + sky + rim
    c.patch(inside, (0.62, 0.64, 0.66))
    c.own += (inside * np.clip(2.2 * reflection, 0, 1))[..., None] * (np.float32(0.98) - c.own)
    c.alpha *= 1 + inside * (np.clip(CLEAR + reflection, 0, 0.62) - 1)
    c.shade += inside * (0.98 - c.shade)
    c.relief *= 1 - inside
