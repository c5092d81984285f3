"""The folded respirator with an exhalation valve."""

from typing import Any

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas, bump
from tools.draw_templates.geometry import EAR_LOOPS, FFP2_VALVE, loops
from tools.draw_templates.hardware import letters, metal_clip, peak_mark, printed, valve
from tools.draw_templates.respirator import felted, finish, ridge, rim, wrinkled
from tools.draw_templates.sewing import groove, tack


def draw() -> tuple[Canvas, dict[str, Any]]:
    """As the KN95, with a square valve to the person's right of the ridge and the class printed on the other side."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 9), 437, 0.35)
    felted(c)
    wrinkled(c, 61, 0.9)
    ridge(c, 0.20)
    rim(c, edge, 7.5)
    groove(c, c.y - (38 + 0.06 * c.out), 1.3, 1.1 * bump(c.out - 42, 30), 0.14 * bump(c.out - 42, 30))
    metal_clip(c, 14.5, 40, 5.0)
    printed(c, letters("FFP2 NR", (44, 74), 6.0), (0.25, 0.28, 0.33), 0.55)
    printed(c, letters("EN 149:2001", (44, 84), 3.4, 0.8), (0.25, 0.28, 0.33), 0.45)
    printed(c, peak_mark(c, (44, 60), 6.0), (0.25, 0.28, 0.33), 0.55)
    for y in (9.0, TALL - 9.0):
        tack(c, (HALF - 7.0, y), 4.0)
    finish(c)
    valve(c, (-30, 76), 15.5, 5.0, (0.93, 0.94, 0.95))
    settings = {
        "title": "FFP2 respirator with valve, vertical fold, ear loops",
        "lattice_mm": FFP2_VALVE,
        "loops": loops(FFP2_VALVE, ((HALF - 7.0, 9.0), (HALF - 7.0, TALL - 9.0)), EAR_LOOPS, 3.2),
        "palette": palettes.INDUSTRIAL,
        "loop_palette": palettes.WHITE_LOOPS,
        "weight": 0.6,
    }
    return c, settings
