"""What is sewn, welded or pressed: seams, stitches, hems, bindings, weld dots."""

import numpy as np

from tools.draw_templates.canvas import Canvas, Float, bump, ramp


def groove(c: Canvas, distance: Float, width: float, depth: Float | float, dark: Float | float = 0.1) -> None:
    """A pressed line where distance (mm) is 0."""
    profile = bump(distance, width)
    c.lift(-depth * profile, dark * profile)


def seam(c: Canvas, distance: Float, depth: float = 1.0, dark: float = 0.25) -> None:
    """Two pieces sewn together along distance = 0: they bulge on both sides of a sharp line."""
    c.lift(0.8 * depth * bump(np.abs(distance) - 3.0, 2.4))
    groove(c, distance, 0.9, depth, dark)


def stitches(c: Canvas, distance: Float, along: Float, length: float = 2.6, depth: float = 0.35) -> None:
    """A row of stitches along distance = 0; `along` runs with it in mm."""
    dash = np.clip(1.6 * np.cos(along * np.float32(2 * np.pi / length)) + 0.4, 0, 1)
    groove(c, distance, 1.3, depth, 0.10)
    line = bump(distance, 0.45)
    c.lift(1.3 * depth * line * dash, 0.16 * line * (1 - dash))


def around(c: Canvas) -> Float:
    """A coordinate in mm that runs with every edge of a rectangle well enough for stitches."""
    return c.x + c.y


def lip(c: Canvas, inside: Float, height: float = 1.0, width: float = 1.0) -> None:
    """The thickness of an edge: fabric rounds off over the last `width` mm, and turns away from most of the light.

    What lies next to the skin gets a little less of it, too.
    """
    turned = np.exp(-np.maximum(inside, 0) / np.float32(width))
    c.lift(-height * turned, 0.22 * turned)
    c.shade *= 1 - 0.07 * np.exp(-np.maximum(inside, 0) / np.float32(4))


def hem(c: Canvas, inside: Float, width: float, depth: float = 0.6, stitched: bool = True) -> None:
    """A turned edge: a band of double fabric `width` mm wide that steps down to the single layer, with its stitches."""
    c.lift(depth * (1 - ramp(inside, width - 0.7, width + 0.7)), 0.14 * bump(inside - width - 0.9, 1.0))
    if stitched:
        stitches(c, inside - (width - 1.2), around(c))
    lip(c, inside)


def binding(c: Canvas, inside: Float, width: float, undyed: float = 0.0, height: float = 1.0) -> None:
    """A strip folded over the edge; `undyed` is how much of it stays white."""
    band = 1 - ramp(inside, width - 0.4, width + 0.4)
    round_top = np.clip(1 - ((inside - width / 2) / (width / 2)) ** 2, 0, 1)
    c.lift(height * band * round_top, 0.22 * bump(inside - width - 0.5, 0.9))
    lip(c, inside, 0.2)
    if undyed:
        c.patch(undyed * band, (0.98, 0.98, 0.97))


def welds(
    c: Canvas, distance: Float, along: Float, pitch: float = 2.4, size: float = 0.9, depth: Float | float = 0.5
) -> None:
    """A row of ultrasonic weld dots along distance = 0."""
    phase = (along / np.float32(pitch)) % 1.0
    dots = bump(np.hypot(distance, (phase - 0.5) * pitch), size)
    c.lift(-depth * dots, 0.16 * dots)


def tack(c: Canvas, at: tuple[float, float], size: float = 3.0) -> None:
    """Where a loop is welded or sewn on, on both sides: a pressed square; (mm from the middle, mm from the top)."""
    square = np.maximum(np.abs(c.out - at[0]), np.abs(c.y - at[1]))
    inside = 1 - ramp(square, size / 2, size / 2 + 0.8)
    grid = 0.5 + 0.5 * np.cos(c.x * 5) * np.cos(c.y * 5)
    c.lift(-0.5 * inside * (0.6 + 0.4 * grid), inside * (0.10 + 0.12 * grid))
