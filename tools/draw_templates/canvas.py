"""A canvas for mask art: colour, coverage, dye and relief of a flat garment, at 1024 x 672."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1024, 672

Float = NDArray[np.float32]


def _filled(value: float) -> Float:
    return np.full((HEIGHT, WIDTH), value, np.float32)


@dataclass
class Canvas:
    """The four layers of a template, float32 [672, 1024] unless said; u runs right, v down, both 0 to 1.

    Attributes:
      shade: brightness of the fabric in white light, sRGB 0 to 1.
      own: float32 [672, 1024, 3], colours that are not dyed, sRGB 0 to 1.
      tint: where the drawn colour dyes, 0 to 1.
      alpha: coverage, 0 to 1.
      relief: height in mm.
    """

    shade: Float = field(default_factory=lambda: _filled(0.97))
    own: Float = field(default_factory=lambda: np.ones((HEIGHT, WIDTH, 3), np.float32))
    tint: Float = field(default_factory=lambda: _filled(1.0))
    alpha: Float = field(default_factory=lambda: _filled(1.0))
    relief: Float = field(default_factory=lambda: _filled(0.0))

    def __post_init__(self) -> None:
        u = (np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH
        v = (np.arange(HEIGHT, dtype=np.float32) + 0.5) / HEIGHT
        self.u, self.v = np.meshgrid(u, v)

    def outline(self, inside: Float, softness: float = 0.004) -> None:
        """Cuts the garment out: `inside` is > 0 within, in units of v; the edge is `softness` wide."""
        self.alpha *= np.clip(inside / softness + 0.5, 0, 1)

    def groove(self, distance: Float, width: float, depth: float, dark: float = 0.1) -> None:
        """A pressed or stitched line where distance is 0 (distance and width in v, depth in mm)."""
        profile = np.exp(-((distance / width) ** 2))
        self.relief -= depth * profile
        self.shade *= 1 - dark * profile

    def pleat(self, at: Float | float, depth: float, width: float, dark: float = 0.22) -> None:
        """A fold that rises slowly and drops at v = at: the layer above lies over the one below."""
        down = (self.v - at) / width
        self.relief += depth * np.where(down < 0, np.clip(1 + down, 0, 1), np.exp(-((down / 0.12) ** 2)))
        self.shade *= 1 - dark * np.where(down > 0, np.exp(-down / 0.16), 0).astype(np.float32)

    def stitches(self, distance: Float, along: Float, length: float, width: float, depth: float = 0.25) -> None:
        """A dashed seam along distance = 0; `along` runs with it, in the same units as `length`."""
        dash = np.clip(1.6 * np.cos(along * (2 * np.pi / length)) + 0.4, 0, 1)
        self.groove(distance, 1.6 * width, depth, 0.06)
        profile = np.exp(-((distance / width) ** 2)) * dash
        self.relief += 1.2 * depth * profile
        self.shade *= 1 - 0.10 * np.exp(-((distance / width) ** 2)) * (1 - dash)

    def wrinkles(self, seed: int, count: int, depth: float) -> None:
        """Soft creases that run from the sides, where the loops pull, towards the middle."""
        rng = np.random.default_rng(seed)
        for _ in range(count):
            side, start = rng.choice([-1, 1]), rng.uniform(0.15, 0.85)
            reach, drift = rng.uniform(0.12, 0.4), rng.normal(0, 0.12)
            along = self.u if side < 0 else 1 - self.u
            line = start + drift * along / 0.4 + 0.03 * np.sin(along * rng.uniform(4, 10) + rng.uniform(0, 6))
            fade = np.exp(-((along / reach) ** 2))
            width = rng.uniform(0.012, 0.035)
            self.relief += rng.uniform(0.4, 1) * depth * fade * np.exp(-(((self.v - line) / width) ** 2))

    def unevenness(self, seed: int, scale: float, depth: float) -> None:
        """Gentle bumps: noise smoothed over `scale` (in u), with a standard deviation of `depth` mm."""
        noise = np.random.default_rng(seed).standard_normal((HEIGHT // 8, WIDTH // 8)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), scale * WIDTH / 8)
        noise = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        self.relief += depth * noise / noise.std()

    def weave(self, strength: float, threads: int = 170) -> None:
        """Plain weave: warp and weft take turns on top, `threads` across."""
        across = self.u * (2 * np.pi * threads)
        down = self.v * (2 * np.pi * threads * HEIGHT / WIDTH)
        self.shade *= (1 - strength * (0.5 + 0.5 * np.sin(across) * np.sin(down))).astype(np.float32)

    def letters(self, text: str, at: tuple[float, float], size: float, depth: float) -> None:
        """Embossed letters centred at (u, v); size in units of OpenCV's Hershey fonts."""
        drawn = np.zeros((HEIGHT, WIDTH), np.uint8)
        thickness = max(2, round(3 * size))
        (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thickness)
        corner = int(at[0] * WIDTH - w / 2), int(at[1] * HEIGHT + h / 2)
        cv2.putText(drawn, text, corner, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thickness, cv2.LINE_AA)
        soft = cv2.GaussianBlur(drawn.astype(np.float32) / 255, (0, 0), 1.5)
        self.relief -= depth * soft
        self.shade *= 1 - 0.10 * soft

    def patch(self, where: Float, colour: tuple[float, float, float]) -> None:
        """Paints undyed colour (sRGB 0 to 1) where `where` is 1."""
        weight = np.clip(where, 0, 1)
        self.tint *= 1 - weight
        self.own += weight[..., None] * (np.array(colour, np.float32) - self.own)

    def side(self) -> Float:
        """Distance from the nearer side edge, in u."""
        return np.minimum(self.u, 1 - self.u)

    def rounded(self, margin: float, radius: float) -> Float:
        """Distance inside a rectangle with rounded corners, in v; margin and radius in v."""
        aspect = WIDTH / HEIGHT
        dx = np.abs(self.u - 0.5) * aspect - (0.5 * aspect - margin - radius)
        dy = np.abs(self.v - 0.5) - (0.5 - margin - radius)
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
        return (radius - outside).astype(np.float32)

    def pictures(self) -> dict[str, NDArray]:
        """The files of a template: art.png (BGRA), tint.png, relief.png (16 bit, over `relief_range`)."""
        colour = np.clip(self.own * self.shade[..., None], 0, 1)[..., ::-1]
        art = np.dstack([colour, self.alpha])
        low, high = self.relief_range
        relief = (self.relief - low) / (high - low)
        relief = np.rint(relief * 65535).astype(np.uint16)  # eight bits would show as steps in the light
        return {"art": _bytes(art), "tint": _bytes(self.tint), "relief": relief}

    @property
    def relief_range(self) -> tuple[float, float]:
        """Lowest and highest point of the relief in mm."""
        return float(self.relief.min()), float(max(self.relief.max(), self.relief.min() + 0.1))


def _bytes(layer: Float) -> NDArray[np.uint8]:
    return np.rint(np.clip(layer, 0, 1) * 255).astype(np.uint8)
