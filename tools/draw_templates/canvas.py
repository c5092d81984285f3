"""A canvas for mask art: colour, coverage, dye and relief of a flat garment, 5 pixels per mm."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1024, 672

PER_MM = 5
"""Pixels per mm of flat garment, which is about its true size: 204.8 x 134.4 mm."""

HALF, TALL = WIDTH / PER_MM / 2, HEIGHT / PER_MM
"""Half the width and the height of the canvas in mm."""

RELIEF_MM = 32.768
"""Height that white stands for in relief.png."""

RELIEF_LEVELS = 4096
"""Steps in relief.png, 8 micrometres each: too fine to show, and the file is much smaller than with 65536."""

Float = NDArray[np.floating]
"""A layer of the canvas, float32; what is computed on the way may be wider."""


def filled(value: float) -> Float:
    """One layer of the canvas."""
    return np.full((HEIGHT, WIDTH), value, np.float32)


def bump(distance: Float, width: Float | float) -> Float:
    """1 where distance is 0, falling off as a Gaussian."""
    return np.exp(-((distance / np.float32(width)) ** 2))


def ramp(value: Float, start: float, end: float) -> Float:
    """0 at start, 1 at end, smooth between."""
    t = np.clip((value - np.float32(start)) / np.float32(end - start), 0, 1)
    return t * t * (3 - 2 * t)


def blurred(layer: Float, mm: float) -> Float:
    """A layer smoothed by a Gaussian with a standard deviation in mm; wide ones on a coarser grid."""
    sigma, step = mm * PER_MM, 4 if mm > 2 else 1
    small = cv2.resize(layer, (WIDTH // step, HEIGHT // step), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)


def noise(seed: int, across: float, down: float) -> Float:
    """Smooth noise of mean 0 and standard deviation 1; it varies over `across` x `down` mm."""
    rough = np.random.default_rng(seed).standard_normal((HEIGHT // 4, WIDTH // 4)).astype(np.float32)
    smooth = cv2.GaussianBlur(rough, (0, 0), across * 1.25, sigmaY=down * 1.25, borderType=cv2.BORDER_REFLECT)
    smooth = cv2.resize(smooth, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return (smooth - smooth.mean()) / smooth.std()


@dataclass
class Canvas:
    """The layers of a template, float32 [672, 1024] unless said.

    Attributes:
      x, y: mm to the right of the middle line, and down from the top.
      shade: brightness of the fabric in light from everywhere, sRGB 0 to 1.
      own: float32 [672, 1024, 3], colours that are not dyed, sRGB 0 to 1.
      tint: where the drawn colour dyes, 0 to 1.
      alpha: coverage, 0 to 1.
      relief: height in mm.
    """

    shade: Float = field(default_factory=lambda: filled(0.97))
    own: Float = field(default_factory=lambda: np.ones((HEIGHT, WIDTH, 3), np.float32))
    tint: Float = field(default_factory=lambda: filled(1.0))
    alpha: Float = field(default_factory=lambda: filled(1.0))
    relief: Float = field(default_factory=lambda: filled(0.0))

    def __post_init__(self) -> None:
        x = (np.arange(WIDTH, dtype=np.float32) + 0.5) / PER_MM - HALF
        y = (np.arange(HEIGHT, dtype=np.float32) + 0.5) / PER_MM
        self.x, self.y = np.meshgrid(x, y)

    @property
    def out(self) -> Float:
        """Distance from the middle line in mm."""
        return np.abs(self.x)

    def rounded(self, margin: float, radius: float) -> Float:
        """Distance inside a rectangle with rounded corners, `margin` mm inside the canvas."""
        dx = self.out - np.float32(HALF - margin - radius)
        dy = np.abs(self.y - np.float32(TALL / 2)) - np.float32(TALL / 2 - margin - radius)
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)
        return (radius - outside).astype(np.float32)

    def outline(self, inside: Float, seed: int, wavy: float = 0.7) -> Float:
        """Cuts the garment out where `inside`, the distance in mm, is > 0; no edge is cut or lies quite straight.

        Returns the distance inside the wavy outline, off by `wavy` mm (standard deviation).
        """
        inside = inside + np.float32(wavy) * noise(seed, 9, 9) * ramp(inside, 25, 5)
        self.alpha *= np.clip(inside / np.float32(0.5) + 0.5, 0, 1)
        return inside.astype(np.float32)

    def lift(self, height: Float, dark: Float | float = 0.0) -> None:
        """Adds `height` mm to the relief and darkens by `dark`, a share."""
        self.relief += height.astype(np.float32)
        self.shade *= np.float32(1) - np.asarray(dark, np.float32)

    def patch(self, where: Float, colour: tuple[float, float, float]) -> None:
        """Paints undyed colour (sRGB 0 to 1) where `where` is 1."""
        weight = np.clip(where, 0, 1).astype(np.float32)
        self.tint *= 1 - weight
        self.own += weight[..., None] * (np.array(colour, np.float32) - self.own)

    def occlude(self, strength: float = 1.0) -> None:
        """Darkens hollows as light from everywhere would: where the relief lies below its surroundings."""
        for reach, share in ((1.2, 0.16), (4.0, 0.09)):
            hollow = np.maximum(blurred(self.relief, reach) - self.relief, 0)
            self.shade *= 1 - np.minimum(strength * share * hollow, 0.45)

    def pictures(self) -> dict[str, NDArray]:
        """The files of a template: art.png (BGRA), tint.png, relief.png (16 bit; white is `RELIEF_MM` high)."""
        colour = np.clip(self.own * self.shade[..., None], 0, 1)[..., ::-1]
        art = np.dstack([colour, self.alpha])
        levels = np.rint((self.relief - self.relief.min()) * (RELIEF_LEVELS / RELIEF_MM))
        if levels.max() >= RELIEF_LEVELS:
            raise ValueError(f"The relief spans {np.ptp(self.relief):.1f} mm; {RELIEF_MM} mm fit into the file.")
        relief = levels.astype(np.uint16) * np.uint16(65536 // RELIEF_LEVELS)
        return {"art": _bytes(art), "tint": _bytes(self.tint), "relief": relief}


def _bytes(layer: Float) -> NDArray[np.uint8]:
    return np.rint(np.clip(layer, 0, 1) * 255).astype(np.uint8)
