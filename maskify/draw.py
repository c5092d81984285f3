"""Draws what differs from mask to mask: the only place where random numbers of the synthesis come from."""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

from maskify.config import SynthesisConfig
from maskify.fabrics.colours import PICTURE
from maskify.fabrics.patterns import NO_PICTURES, PatternParams, draw_pattern
from maskify.photos import Photo
from maskify.templates import Template, parse_colour

PLAIN = "plain"
"""The pattern kind of fabric without any."""

PICTURE_WEIGHT = 0.5
"""How often a user's own pictures are printed on fabrics that take patterns, against all other fabrics' sum."""

LOWER = 4.0
"""Millimetres that the mask sits lower at each further attempt, if the one before covered an eye."""

LOOP_CONTRAST = 60.0
"""Grey levels of difference that make loops of a colour less likely by a factor of e."""

T = TypeVar("T")
Palette = Sequence[tuple[tuple[int, int, int], float]]


@dataclass(frozen=True)
class MaskParams:
    """Everything that was drawn for one mask; kept in the record as JSON.

    Attributes:
      template: name.
      wear: "correct", "nose-out" or "chin".
      colour, loop_colour: "#rrggbb" of the fabric and of the loops.
      pattern: what is printed on the fabric; None where it is plain.
      height: mm that the mask sits lower than usual.
      size: of the mask against the face, 1 = as drawn.
      tilt: degrees that it hangs askew, clockwise in the picture.
      slack: mm that the front stands off further.
      relief: how deep folds and seams show, 1 = as drawn.
      brightness: how much more light the fabric sends back than the estimate of the photo's light says.
      grain: where in the fixed grain field the noise is taken from.
    """

    template: str
    wear: str
    colour: str
    loop_colour: str
    pattern: PatternParams | None
    height: float
    size: float
    tilt: float
    slack: float
    relief: float
    brightness: float
    grain: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {"pattern": self.pattern and self.pattern.as_dict()}


def seed_of(seed: int, key: str) -> int:
    """A 64-bit seed of the build's seed and a photo's key, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest(), "big")


def draw_params(
    seed: int,
    templates: Sequence[Template],
    config: SynthesisConfig,
    attempt: int = 0,
    pictures: Mapping[str, Photo] = NO_PICTURES,
) -> tuple[Template, MaskParams]:
    """Draws a mask: all random numbers at once, in a fixed order.

    Args:
      seed: of this face, see `seed_of`.
      templates: to choose from, by their weights.
      config: colours and wearing.
      attempt: 0 at first; each further one sits a little lower.
      pictures: a user's own, by key.
    """
    rng = np.random.default_rng([seed, attempt])
    template = _weighted(rng, [(template, template.weight) for template in templates])
    palette = [(parse_colour(colour), 1.0) for colour in config.colours] or template.palette
    colour = _jittered(_weighted(rng, palette), rng)
    loop = _jittered(_weighted(rng, matching(template.loop_palette, colour)), rng) if template.loop_palette else colour
    kind = _weighted(rng, pattern_weights(template, config, bool(pictures)))
    params = MaskParams(
        template=template.name,
        wear=_weighted(rng, config.wear),
        colour=colour,
        loop_colour=loop,
        pattern=None if kind == PLAIN else draw_pattern(rng, kind, colour, pictures),
        height=round(min(max(rng.normal(-1, 2.5), -7.0), 5.0) + LOWER * attempt, 2),
        size=round(min(max(rng.normal(1.01, 0.035), 0.93), 1.1), 3),
        tilt=round(min(max(rng.normal(0, 1.5), -4.0), 4.0), 2),
        slack=round(float(rng.uniform(0, 4)), 2),
        relief=round(float(rng.uniform(0.6, 1.3)), 2),
        brightness=round(math.exp(rng.normal(0.1, 0.12)), 3),
        grain=int(rng.integers(1 << 20)),
    )
    return template, params


def pattern_weights(template: Template, config: SynthesisConfig, pictures: bool) -> list[tuple[str, float]]:
    """Kinds of pattern that a template's fabric may have, with weights; only "plain" where it takes none."""
    own = template.patterns
    if all(kind == PLAIN for kind, _ in own):
        return [(PLAIN, 1.0)]
    if config.patterns:
        return list(config.patterns)
    if not pictures:
        return [(kind, weight) for kind, weight in own if kind != PICTURE]
    total = sum(weight for _, weight in own)
    return [*((kind, weight) for kind, weight in own if kind != PICTURE), (PICTURE, PICTURE_WEIGHT * total)]


def matching(palette: Palette, colour: str) -> Palette:
    """A palette of loops, weighed by how near they are in brightness to the fabric: dark masks mostly have dark
    loops."""
    fabric = sum(parse_colour(colour)) / 3
    return [(loop, weight * math.exp(-abs(sum(loop) / 3 - fabric) / LOOP_CONTRAST)) for loop, weight in palette]


def _weighted(rng: np.random.Generator, choices: Sequence[tuple[T, float]]) -> T:
    weights = list(accumulate(weight for _, weight in choices))
    return choices[bisect_right(weights, rng.random() * weights[-1])][0]


def _jittered(colour: tuple[int, int, int], rng: np.random.Generator) -> str:
    """The palette's colour, a little lighter or darker and off in hue, as no two dye lots are alike."""
    brightness = rng.uniform(0.9, 1.06)
    moved = (channel * brightness + shift for channel, shift in zip(colour, rng.normal(0, 4, 3).tolist(), strict=True))
    return "#" + bytes(min(max(round(channel), 8), 247) for channel in moved).hex()
