"""What is not fabric: nose wire, metal clip, valve, letters, small marks of makers that do not exist."""

import cv2
import numpy as np

from tools.draw_templates.canvas import HALF, HEIGHT, PER_MM, WIDTH, Canvas, Float, bump, ramp


def bar(c: Canvas, at: tuple[float, float], half: float, thick: float) -> Float:
    """How far inside a lying bar with round ends, in mm: centre (x, y), half its length, its thickness."""
    along = np.maximum(np.abs(c.x - at[0]) - np.float32(half - thick / 2), 0)
    return (thick / 2 - np.hypot(along, c.y - at[1])).astype(np.float32)


def nose_wire(c: Canvas, y: float, half: float = 48.0, height: float = 0.9) -> None:
    """A wire sealed under the fabric: a soft ridge with pressed lines above and below."""
    inside = bar(c, (0, y), half, 5.0)
    c.lift(height * ramp(inside, -0.8, 1.2), 0.10 * bump(inside + 0.6, 0.9))


def metal_clip(c: Canvas, y: float, half: float = 44.0, thick: float = 5.5) -> None:
    """An aluminium strip glued on outside, bent over the nose, so that it shines in places."""
    inside = bar(c, (0, y), half, thick)
    where = ramp(inside, -0.2, 0.2)
    c.patch(where, (0.72, 0.73, 0.75))
    shine = 0.20 * bump(c.out - 9, 5) - 0.16 * bump(c.out - 20, 7) + 0.10 * bump(c.out - 36, 6)
    c.shade *= 1 + where * shine
    c.lift(0.8 * ramp(inside, -0.3, 0.6), 0.25 * bump(inside + 0.7, 0.8))


def valve(c: Canvas, at: tuple[float, float], size: float, square: float, colour: tuple[float, float, float]) -> None:
    """An exhalation valve: a plastic lid with slits; half its width in mm; `square` is 2 for round, more for square."""
    dx, dy = c.x - at[0], c.y - at[1]
    reach = (np.abs(dx) ** square + np.abs(dy) ** square) ** np.float32(1 / square)
    inside = np.float32(size) - reach
    rim = size * 0.22
    c.patch(ramp(inside, -0.2, 0.3), colour)
    c.shade[:] = np.where(inside > -0.2, 0.95, c.shade)
    c.lift(4.0 * ramp(inside, -0.4, 2.2) - 1.3 * ramp(inside, rim, rim + 1.0), 0.38 * bump(inside + 1.2, 1.6))
    c.shade *= 1 - 0.22 * bump(inside - rim, 0.6)
    lid = ramp(inside, rim + 0.8, rim + 1.6)
    slit = np.clip(1.5 * np.cos(dx * np.float32(2 * np.pi / 4.4)) - 0.4, 0, 1) * ramp(dy, 0.0, 0.8) * lid
    c.lift(-1.5 * slit, 0.55 * slit)
    c.lift(1.0 * lid * bump(np.hypot(dx, dy + size * 0.28), size * 0.22))


def letters(text: str, at: tuple[float, float], size: float, bold: float = 1.0) -> Float:
    """A layer that is 1 on the letters, centred at (x, y) mm, capitals `size` mm high."""
    drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
    scale = size * PER_MM / 21.0  # OpenCV's Hershey capitals are 21 units high
    thickness = max(1, round(2.2 * scale * bold))
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    corner = int((at[0] + HALF) * PER_MM - width / 2), int(at[1] * PER_MM + height / 2)
    cv2.putText(drawn, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
    return cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 1.0)


def embossed(c: Canvas, where: Float, depth: float = 0.5) -> None:
    """Pressed into the fabric."""
    c.lift(-depth * where, 0.09 * where)


def printed(c: Canvas, where: Float, colour: tuple[float, float, float], strength: float = 0.75) -> None:
    """Printed onto the fabric."""
    c.patch(strength * where, colour)


def wave_mark(c: Canvas, at: tuple[float, float], size: float) -> Float:
    """A made-up maker's mark: two waves in a ring, `size` mm in radius."""
    dx, dy = (c.x - at[0]) / size, (c.y - at[1]) / size
    ring = bump(np.hypot(dx, dy) - 1, 0.12)
    line = np.maximum(bump(dy - 0.22 * np.sin(dx * 5) + 0.22, 0.11), bump(dy - 0.22 * np.sin(dx * 5) - 0.24, 0.11))
    return np.maximum(ring, line * (np.hypot(dx, dy) < 0.85)).astype(np.float32)


def peak_mark(c: Canvas, at: tuple[float, float], size: float) -> Float:
    """Another: two peaks."""
    dx, dy = (c.x - at[0]) / size, (c.y - at[1]) / size
    roof = np.minimum(np.abs(dx + 0.35) * 1.2, np.abs(dx - 0.45) * 1.4 + 0.25)
    return (bump(dy - roof + 0.4, 0.14) * (np.abs(dx) < 1.1)).astype(np.float32)
