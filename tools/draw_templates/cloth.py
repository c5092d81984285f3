"""The shaped cloth mask of two layers with a seam down the middle."""

from typing import Any

from tools.draw_templates import palettes
from tools.draw_templates.canvas import HALF, TALL, Canvas
from tools.draw_templates.fabric import weave
from tools.draw_templates.folds import crumple, drape, form, hill, pull, unevenness
from tools.draw_templates.geometry import CLOTH, EAR_LOOPS, loops
from tools.draw_templates.sewing import hem, seam, stitches, tack


def draw() -> tuple[Canvas, dict[str, Any]]:
    """A middle seam with stitches on both sides, a stitched hem all round, a visible weave, slack folds."""
    c = Canvas()
    edge = c.outline(c.rounded(2.0, 5), 972)
    weave(c, 0.07)
    c.lift(-0.12 * c.out)
    pull(c, (98, 14), 21, 8, 3.0, 60)
    pull(c, (98, 120), 22, 9, 3.4, 65)
    drape(c, 23, 14, 2.0, (24, 124))
    crumple(c, 24, 9, 7, 0.6)
    unevenness(c, 26, 8, 1.1)
    hill(c, (58, 74), (24, 30), 2.2)
    hill(c, (24, 20), (14, 13), -2.0)
    seam(c, c.x, 1.3, 0.28)
    for offset in (-3.0, 3.0):
        stitches(c, c.x - offset, c.y)
    hem(c, edge, 7.0, 0.9)
    for y in (9.0, TALL - 9.0):
        tack(c, (HALF - 5.0, y))
    c.occlude()
    form(c)
    settings = {
        "title": "Cloth mask, two layers, middle seam",
        "lattice_mm": CLOTH,
        "loops": loops(CLOTH, ((HALF - 5.0, 9.0), (HALF - 5.0, TALL - 9.0)), EAR_LOOPS, 4.0),
        "palette": palettes.CLOTH,
        "loop_palette": palettes.DARK_LOOPS,
        "weight": 3,
        "patterns": palettes.PRINTED_CLOTH,
    }
    return c, settings
