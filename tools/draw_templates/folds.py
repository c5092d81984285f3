"""How fabric falls: pleats, creases that loops pull, crumpling, bulges; each as relief, with dark creases."""

import numpy as np

from tools.draw_templates.canvas import Canvas, Float, bump, noise, ramp


def unevenness(c: Canvas, seed: int, scale: float, depth: float) -> None:
    """Gentle bumps `scale` mm wide, with a standard deviation of `depth` mm."""
    c.lift(depth * noise(seed, scale, scale))


def crumple(c: Canvas, seed: int, across: float, down: float, depth: float) -> None:
    """Paper-like facets: sharp ridges between shallow hollows of about `across` x `down` mm, deeper here than there."""
    facets = 1 - np.abs(noise(seed, across, down))
    where = np.clip(0.6 + 0.6 * noise(seed + 1, 16, 16), 0.05, 1.6)
    c.lift(depth * facets * where)


def pleat(c: Canvas, line: Float, depth: float, width: Float, dark: Float | float = 0.3) -> None:
    """A fold along y = line: the layer above rises over `width` mm, ends in a rounded edge and shades the one below."""
    down = c.y - line
    rise = np.clip(1 + down / width, 0, 1) ** 1.5
    edge = np.where(down < 0, rise, bump(down, 0.9))
    shadow = np.where(down > 0, np.exp(-down / np.float32(2.4)) * ramp(down, 0, 0.6), 0)
    c.lift(depth * edge, dark * shadow)
    c.shade *= 1 + 0.04 * bump(down + 0.8, 0.8)  # the folded edge is two layers: less light comes through


def pull(c: Canvas, corner: tuple[float, float], seed: int, count: int, depth: float, reach: float = 45.0) -> None:
    """Creases that fan out from where a loop pulls, on both sides; corner as (mm from the middle, mm from the top)."""
    rng = np.random.default_rng(seed)
    for side in (-1, 1):
        dx, dy = (np.float32(corner[0]) - side * c.x), c.y - np.float32(corner[1])
        distance, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
        middle, folds = np.arctan2(67.0 - corner[1], corner[0]), np.zeros_like(c.x)
        for _ in range(count):
            place = middle + rng.uniform(-0.75, 0.75)
            bend = rng.normal(0, 0.004)
            width = rng.uniform(1.5, 4.5) + 0.05 * distance
            across = (angle - np.float32(place) - np.float32(bend) * distance) * distance
            fade = np.exp(-((distance / np.float32(reach * rng.uniform(0.5, 1.2))) ** 2)) * ramp(distance, 2, 14)
            folds = np.maximum(folds, depth * rng.uniform(0.4, 1.0) * fade * bump(across, width))
        c.lift(folds)


def drape(c: Canvas, seed: int, count: int, depth: float, band: tuple[float, float]) -> None:
    """Slack folds that hang across the front between the sides, inside the band of y (mm)."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        y0, sag = rng.uniform(*band), rng.uniform(-6, 8)
        x0, reach = rng.uniform(-55, 55), rng.uniform(14, 42)
        tilt = rng.normal(0, 0.12) - 0.002 * x0
        line = y0 + tilt * (c.x - x0) + sag * ((c.x - x0) / 90) ** 2 + rng.uniform(-0.8, 0.8) * np.sin(c.x / 9 + y0)
        width = rng.uniform(1.8, 4.0)
        c.lift(depth * rng.uniform(0.4, 1.0) * bump(c.x - x0, reach) * bump(c.y - line, width))


def hill(c: Canvas, at: tuple[float, float], size: tuple[float, float], height: float) -> None:
    """A bulge, or a hollow if height is negative, at (mm from the middle, mm from the top) on both sides."""
    c.lift(height * bump(np.hypot((c.out - at[0]) / size[0], (c.y - at[1]) / size[1]), 1.0))


def form(c: Canvas, under: float = 0.16, sides: float = 0.10, nose: float = 0.10) -> None:
    """Light from everywhere reaches less of what faces down (under the mouth) and turns back (at the cheeks).

    Beside the nose the fabric is pinched into a hollow.
    """
    c.shade *= 1 - under * ramp(c.y, 74, 132) * (1 - 0.25 * ramp(c.out, 30, 90))
    c.shade *= 1 - sides * ramp(c.out, 45, 102)
    c.shade *= 1 - nose * bump(np.hypot((c.out - 26) / 13, (c.y - 14) / 13), 1.0)
