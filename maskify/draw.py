"""Draws what differs from mask to mask: the only place where random numbers of the synthesis come from."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from maskify.templates import Template


@dataclass(frozen=True)
class MaskParams:
    """Everything that was drawn for one mask; kept in the record as JSON.

    Attributes:
      template: name.
      colour, loop_colour: "#rrggbb" of the fabric and of the loops.
      height: mm that the mask sits lower than usual.
      tilt: degrees that it hangs askew, clockwise in the picture.
      slack: mm that the front stands off further.
      relief: how deep folds and seams show, 1 = as drawn.
      grain: where in the fixed grain field the noise is taken from.
    """

    template: str
    colour: str
    loop_colour: str
    height: float
    tilt: float
    slack: float
    relief: float
    grain: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def seed_of(seed: int, key: str) -> int:
    """A 64-bit seed of the build's seed and a photo's key, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest(), "big")


def draw_params(seed: int, templates: Sequence[Template]) -> tuple[Template, MaskParams]:
    """Draws a mask: all random numbers at once, in a fixed order."""
    rng = np.random.default_rng(seed)
    template = templates[int(rng.integers(len(templates)))]
    colour = _jittered(_weighted(rng, template.palette), rng)
    loop = _jittered(_weighted(rng, template.loop_palette), rng) if template.loop_palette else colour
    params = MaskParams(
        template=template.name,
        colour=colour,
        loop_colour=loop,
        height=round(float(np.clip(rng.normal(0, 1.5), -3, 3)), 2),
        tilt=round(float(np.clip(rng.normal(0, 1.5), -4, 4)), 2),
        slack=round(float(rng.uniform(0, 4)), 2),
        relief=round(float(rng.uniform(0.6, 1.3)), 2),
        grain=int(rng.integers(1 << 20)),
    )
    return template, params


def _weighted(rng: np.random.Generator, palette: Sequence[tuple[tuple[int, int, int], float]]) -> tuple[int, int, int]:
    weights = np.array([weight for _, weight in palette])
    return palette[int(rng.choice(len(palette), p=weights / weights.sum()))][0]


def _jittered(colour: tuple[int, int, int], rng: np.random.Generator) -> str:
    """The palette's colour, a little lighter or darker and off in hue, as no two dye lots are alike."""
    moved = np.array(colour) * rng.uniform(0.9, 1.06) + rng.normal(0, 4, 3)
    return "#" + bytes(np.clip(np.rint(moved), 8, 247).astype(np.uint8)).hex()
