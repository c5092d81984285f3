"""What folded respirators share: the welded ridge and rim, and the two planes beside the ridge."""

import numpy as np

from tools.draw_templates.canvas import TALL, Canvas, Float, bump, ramp
from tools.draw_templates.fabric import spunbond
from tools.draw_templates.folds import crumple, drape, form, hill, pull, unevenness
from tools.draw_templates.sewing import around, lip, welds


def ridge(c: Canvas, steep: float) -> None:
    """The vertical fold: two planes that fall off to the sides, a welded fin along the middle."""
    c.lift(-steep * 22 * (1 - np.exp(-c.out / np.float32(22))))
    c.lift(0.7 * bump(c.x, 0.8), 0.20 * bump(c.out - 1.6, 1.0))
    c.shade *= 1 + 0.04 * bump(c.x, 0.7)
    welds(c, c.out - 3.4, c.y, 2.2, 0.6, 0.4)


def rim(c: Canvas, edge: Float, width: float = 6.5) -> None:
    """The welded border: pressed flat, two rows of dots, then the puffed layers inside."""
    c.lift(1.3 * ramp(edge, width - 0.5, width + 4.0), 0.12 * bump(edge - width, 1.1))
    for row in (2.2, width - 1.6):
        welds(c, edge - row, around(c), 2.4, 0.7, 0.5)
    lip(c, edge, 0.8)


def wrinkled(c: Canvas, seed: int, depth: float = 1.0) -> None:
    """Stiff felt dents more than it creases."""
    pull(c, (99, 20), seed, 5, 2.2 * depth, 45)
    pull(c, (99, 116), seed + 1, 6, 2.6 * depth, 55)
    drape(c, seed + 2, 9, 1.4 * depth, (30, 120))
    crumple(c, seed + 3, 13, 8, 0.8 * depth)
    unevenness(c, seed + 5, 9, 0.9 * depth)


def felted(c: Canvas) -> None:
    """The outer layer of all respirators."""
    spunbond(c, 0.045)


def finish(c: Canvas, under: float = 0.17) -> None:
    """Dark hollows, the pinch beside the nose, the side that faces down."""
    hill(c, (24, 20), (16, 13), -1.6)
    hill(c, (0, TALL - 8), (24, 14), 1.2)
    c.occlude()
    form(c, under)
