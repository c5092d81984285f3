"""The shaped cloth mask of two layers with a seam down the middle."""

import numpy as np

from tools.draw_templates.canvas import Canvas
from tools.draw_templates.geometry import CLOTH, CLOTH_LOOPS


def draw() -> tuple[Canvas, dict]:
    """A curved middle seam, a stitched hem all round, a visible weave."""
    c = Canvas()
    edge = c.rounded(0.012, 0.03)
    c.outline(edge)
    middle = c.u - 0.5
    c.groove(np.abs(middle) * 1.5, 0.006, 0.8, 0.22)
    for offset in (-0.012, 0.012):
        c.stitches(middle * 1.5 - offset * 1.5, c.v, 0.018, 0.0035)
    c.stitches(edge - 0.035, c.u * 1.5 + c.v, 0.02, 0.004)
    c.groove(edge - 0.002, 0.01, 0.6, 0.08)
    c.weave(0.05)
    c.wrinkles(21, 30, 1.0)
    c.unevenness(22, 0.03, 0.5)
    settings = {
        "title": "Cloth mask, two layers, middle seam",
        "lattice_mm": CLOTH,
        "loops": CLOTH_LOOPS,
        "palette": [
            ["#232326", 5], ["#f0efec", 2], ["#7d8187", 2], ["#2e3f5f", 2.5], ["#8e2430", 1.5], ["#4f6b4a", 1], ["#c7a98a", 1],
            ["#d58fa3", 1], ["#e2c34e", 0.7], ["#5b8fb5", 1.2], ["#5d3f73", 0.7], ["#c9622e", 0.6],
        ],
        "loop_palette": [["#f0f0ee", 3], ["#232325", 5]],
    }  # fmt: skip
    return c, settings
