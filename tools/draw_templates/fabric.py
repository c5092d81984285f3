"""Threads and fibres: weave, knit, needle felt, spunbond."""

import numpy as np

from tools.draw_templates.canvas import Canvas, noise


def weave(c: Canvas, strength: float, pitch: float = 1.2) -> None:
    """Plain weave: warp and weft take turns on top, one thread every `pitch` mm; threads vary in thickness."""
    turn = np.float32(2 * np.pi / pitch)
    threads = np.sin(c.x * turn) * np.sin(c.y * turn)
    slub = 0.5 * noise(901, 9, 0.9) + 0.5 * noise(902, 0.9, 9)
    c.shade *= 1 - strength * (0.5 + 0.5 * threads + 0.18 * slub)


def knit(c: Canvas, strength: float, pitch: float = 1.6) -> None:
    """Jersey: columns of little V."""
    turn = np.float32(2 * np.pi / pitch)
    zigzag = np.abs((c.x / np.float32(pitch)) % 1.0 - 0.5)
    loops = np.sin((c.y + zigzag * pitch) * turn)
    c.shade *= 1 - strength * (0.5 + 0.35 * loops + 0.3 * np.cos(c.x * turn))


def spunbond(c: Canvas, strength: float) -> None:
    """Non-woven: bonded dots in a diamond grid under a cloud of fibres."""
    turn = np.float32(2 * np.pi / 1.8)
    dots = np.clip(np.cos((c.x + c.y) * turn) * np.cos((c.x - c.y) * turn), 0, 1)
    c.shade *= 1 - strength * (0.7 * dots + 0.2 * noise(903, 1.2, 1.2))


def felt(c: Canvas, strength: float) -> None:
    """Needle felt and foam: a matte, slightly cloudy surface."""
    c.shade *= 1 - strength * (0.5 * noise(905, 1.0, 1.0) + 0.25 * noise(906, 3.5, 3.5))
