"""The folded respirator: KN95 and FFP2 with a vertical fold."""

from typing import Any

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump
from tools.draw_templates.geometry import EAR_LOOPS, KN95, loops
from tools.draw_templates.hardware import embossed, letters, metal_clip
from tools.draw_templates.respirator import felted, finish, ridge, rim, wrinkled
from tools.draw_templates.sewing import groove, tack, welds


def draw() -> tuple[Canvas, dict[str, Any]]:
    """A welded ridge down the middle, a stiffening weld across each half, a nose clip, embossed letters."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 6), 761, 0.35)
    felted(c)
    wrinkled(c, 41)
    ridge(c, 0.22)
    rim(c, edge)
    stiffener = c.y - (46 + 0.10 * c.out)
    span = bump(c.out - 44, 34)
    groove(c, stiffener, 1.4, 1.3 * span, 0.16 * span)
    welds(c, c.y - (96 - 0.12 * c.out), c.out, 2.4, 0.7, 0.5 * bump(c.out - 44, 32))
    metal_clip(c, 15.0, 30, 4.5)
    embossed(c, letters("KN95", (52, 66), 8.5), 0.7)
    embossed(c, letters("GB2626-2019", (52, 77), 3.6, 0.8), 0.4)
    for y in (8.0, TALL - 8.0):
        tack(c, (HALF - 6.5, y), 4.0)
    finish(c)
    settings = {
        "title": "KN95 / FFP2 respirator, vertical fold, ear loops",
        "lattice_mm": KN95,
        "loops": loops(KN95, ((HALF - 6.5, 8.0), (HALF - 6.5, TALL - 8.0)), EAR_LOOPS, 3.2),
        "palette": palettes.RESPIRATOR,
        "loop_palette": palettes.WHITE_LOOPS,
        "weight": 3,
    }
    return c, settings
