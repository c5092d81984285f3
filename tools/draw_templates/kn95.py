"""The folded respirator: KN95 and FFP2 with a vertical fold."""

import numpy as np

from tools.draw_templates.canvas import Canvas
from tools.draw_templates.geometry import EAR_LOOPS, KN95


def draw() -> tuple[Canvas, dict]:
    """A welded ridge down the middle, welded dots along the edge, a nose clip, embossed letters."""
    c = Canvas()
    middle = np.abs(c.u - 0.5)
    edge = c.rounded(0.012, 0.05)
    c.outline(edge)
    c.relief -= (6.0 * middle).astype(np.float32)
    c.groove(middle * 1.5 - 0.012, 0.004, 0.4, 0.06)
    c.stitches(c.u * 0 + middle * 1.5, c.v, 0.014, 0.004, 0.4)
    c.stitches(edge - 0.035, c.u * 1.5 + c.v, 0.012, 0.005, 0.4)
    clip = np.exp(-(((c.v - 0.085) / 0.018) ** 4)) * (middle < 0.17)
    c.relief += (0.7 * clip).astype(np.float32)
    c.shade *= (1 - 0.05 * clip).astype(np.float32)
    c.letters("KN95", (0.68, 0.52), 1.5, 0.55)
    c.letters("GB2626", (0.68, 0.60), 0.75, 0.45)
    c.wrinkles(11, 12, 0.6)
    c.unevenness(12, 0.05, 0.5)
    settings = {
        "title": "KN95 / FFP2 respirator, vertical fold, ear loops",
        "lattice_mm": KN95,
        "loops": EAR_LOOPS,
        "palette": [
            ["#f4f4f2", 8],
            ["#27272a", 2],
            ["#c9ccd0", 0.7],
            ["#e9d8c4", 0.5],
            ["#d9a9b5", 0.5],
            ["#8aa6c1", 0.5],
        ],
        "loop_palette": [["#f3f3f1", 8], ["#2b2b2d", 2]],
    }
    return c, settings
