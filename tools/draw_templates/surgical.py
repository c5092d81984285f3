"""The pleated surgical mask with ear loops."""

import numpy as np

from tools.draw_templates.canvas import Canvas
from tools.draw_templates.geometry import EAR_LOOPS, SURGICAL


def draw() -> tuple[Canvas, dict]:
    """Three pleats, a nose wire under the top hem, bound sides, spot welds at the corners."""
    c = Canvas()
    c.outline(c.rounded(0.012, 0.02))
    bow = 0.02 * np.cos((c.u - 0.5) * np.pi)
    for at, depth in ((0.30, 1.5), (0.49, 1.7), (0.68, 1.5)):
        c.pleat(at + bow, depth, 0.15)
    c.groove(c.v - 0.065, 0.006, 0.35, 0.05)
    c.groove(c.v - 0.028, 0.004, 0.2, 0.03)
    wire = np.exp(-(((c.v - 0.047) / 0.012) ** 2)) * (np.abs(c.u - 0.5) < 0.2)
    c.relief += (0.5 * wire).astype(np.float32)
    c.groove(c.v - 0.955, 0.006, 0.3, 0.05)
    c.groove(c.side() - 0.045, 0.003, 0.5, 0.10)
    c.patch(0.75 * (c.side() < 0.045), (0.97, 0.97, 0.96))
    for x, y in ((0.06, 0.05), (0.06, 0.95), (0.94, 0.05), (0.94, 0.95)):
        c.groove(np.hypot((c.u - x) * 1.5, c.v - y), 0.012, 0.4, 0.12)
    c.wrinkles(3, 26, 0.9)
    c.unevenness(4, 0.035, 0.35)
    settings = {
        "title": "Surgical mask, three pleats, ear loops",
        "lattice_mm": SURGICAL,
        "loops": EAR_LOOPS,
        "palette": [
            ["#9cc8e0", 5], ["#b9dcea", 3], ["#8fd0cb", 2], ["#f2f3f3", 3], ["#2a2a2e", 1.5], ["#f0bccb", 1], ["#a9d6a5", 0.6],
            ["#b7a6d8", 0.4],
        ],
        "loop_palette": [["#f3f3f1", 9], ["#2b2b2d", 1]],
    }  # fmt: skip
    return c, settings
