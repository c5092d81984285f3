"""Patterns on fabric: what is drawn at random about them, and the fabric in linear light."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.errors import MaskifyError
from maskify.fabrics.abstracts import ABSTRACTS
from maskify.fabrics.colours import COMBINATIONS, KINDS, PICTURE, mixed
from maskify.fabrics.florals import FLORALS
from maskify.fabrics.lettering import TEXT
from maskify.fabrics.pictures import picture_tile
from maskify.fabrics.prints import CAMOUFLAGE, GRADIENTS, POLKA
from maskify.fabrics.tiles import Design, Tile, lay
from maskify.fabrics.weaves import CHECKS, STRIPES
from maskify.light import SRGB_TO_LINEAR
from maskify.photos import Photo

DESIGNS: dict[str, tuple[Design, ...]] = {
    "stripes": STRIPES,
    "check": CHECKS,
    "polka": POLKA,
    "floral": FLORALS,
    "camouflage": CAMOUFLAGE,
    "gradient": GRADIENTS,
    "text": TEXT,
    "abstract": ABSTRACTS,
}

NO_PICTURES: Mapping[str, Photo] = MappingProxyType({})


@dataclass(frozen=True)
class PatternParams:
    """Everything that was drawn for one pattern.

    Attributes:
      kind: one of `colours.KINDS`, or "picture".
      colours: "#rrggbb", the ground first; none for a picture.
      scale: width of the repeat in mm; 0 for a picture that covers the whole fabric.
      angle: degrees that the pattern is turned, clockwise.
      shift: how far the repeat's middle lies off the fabric's, in widths and heights of the repeat.
      variant: which design of its kind.
      picture: the key of the user's picture.
    """

    kind: str
    colours: tuple[str, ...]
    scale: float
    angle: float
    shift: tuple[float, float]
    variant: int
    picture: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dict(vars(self))


def draw_pattern(
    rng: np.random.Generator, kind: str, base_colour: str, pictures: Mapping[str, Photo] = NO_PICTURES
) -> PatternParams:
    """Draws a pattern: all its random numbers at once, in a fixed order.

    Args:
      rng: where they come from.
      kind: see `PatternParams`.
      base_colour: "#rrggbb" that was drawn for the mask; some combinations are built on it.
      pictures: for the kind "picture", of `pictures.list_pictures`.

    Raises:
      MaskifyError: there is no such kind, or no picture to draw from.
    """
    if kind == PICTURE:
        return _draw_picture(rng, pictures)
    designs = _designs(kind)
    variant = _weighted(rng, [design.weight for design in designs])
    design = designs[variant]
    combinations = COMBINATIONS["bandana" if kind == "floral" and design.colours == 2 else kind]
    combination = combinations[_weighted(rng, [weight for _, weight in combinations])][0]
    colours = mixed(combination, base_colour)[: design.colours]
    low, high = design.repeat
    scale = float(low * (high / low) ** rng.random())
    angle = float(rng.choice(design.angles) + np.clip(rng.normal(0, 1.2), -3, 3))
    shift = rng.uniform(-0.5, 0.5, 2) if _tile(kind, variant).repeats else rng.normal(0, 0.03, 2)
    return PatternParams(
        kind=kind,
        colours=tuple(_another_lot(colour, rng) for colour in colours),
        scale=round(scale, 2),
        angle=round(angle, 2),
        shift=(round(float(shift[0]), 4), round(float(shift[1]), 4)),
        variant=variant,
    )


def fabric(
    params: PatternParams,
    size: tuple[int, int],
    span: tuple[float, float],
    pictures: Mapping[str, Photo] = NO_PICTURES,
) -> NDArray[np.float32]:
    """The patterned fabric: float32 [height, width, 3] linear RGB in [0, 1].

    Args:
      params: what was drawn.
      size: width and height in texels.
      span: width and height in mm.
      pictures: those that were drawn from.

    Raises:
      MaskifyError: there is no such kind, variant or picture.
    """
    if params.kind == PICTURE:
        tile = picture_tile(pictures, params.picture)
        mixing = np.eye(3, 4, dtype=np.float32) / np.float32(tile.full)
        scale = params.scale
        if scale <= 0 or not tile.repeats:
            height, width = tile.levels[0].shape[:2]
            scale = max(span[0], span[1] * width / height)
    else:
        if not 0 <= params.variant < len(_designs(params.kind)):
            raise MaskifyError(f"The pattern {params.kind} has no variant {params.variant}.")
        tile, scale = _tile(params.kind, params.variant), params.scale
        mixing = _mixing(params.colours, tile.full)
    shares = lay(tile, size, span, scale, params.angle, params.shift)
    out = cv2.transform(cv2.cvtColor(shares, cv2.COLOR_BGRA2BGR).astype(np.float32), mixing)
    return np.clip(out, 0, 1, out=out)


@cache
def _tile(kind: str, variant: int) -> Tile:
    """All tiles together take less than 40 MB."""
    return DESIGNS[kind][variant].make()


def _designs(kind: str) -> tuple[Design, ...]:
    if kind not in DESIGNS:
        raise MaskifyError(f"There is no pattern {kind!r}. Choose from: {', '.join([*KINDS, PICTURE])}.")
    return DESIGNS[kind]


def _mixing(colours: tuple[str, ...], full: int) -> NDArray[np.float32]:
    """The matrix [3, 4] from shares of the colours 1 to 3, and 1, to linear RGB. Missing colours repeat the last."""
    given = [SRGB_TO_LINEAR[list(bytes.fromhex(colour[1:]))] for colour in colours]
    ground, *others = given + [given[-1]] * (4 - len(given))
    return np.column_stack([*((other - ground) / full for other in others), ground]).astype(np.float32)


def _draw_picture(rng: np.random.Generator, pictures: Mapping[str, Photo]) -> PatternParams:
    """One of the pictures, covering the fabric or, if its edges meet, as a repeat."""
    if not pictures:
        raise MaskifyError("There is no picture to draw from. Give a folder of pictures with --pattern.")
    key = list(pictures)[int(rng.integers(len(pictures)))]
    covers, size, shift = rng.random() < 0.5, rng.uniform(40, 100), rng.uniform(-0.5, 0.5, 2)
    if covers:
        return PatternParams(PICTURE, (), 0.0, 0.0, (0.0, 0.0), 0, key)
    spot = (round(float(shift[0]), 4), round(float(shift[1]), 4))
    return PatternParams(PICTURE, (), round(float(size), 2), 0.0, spot, 1, key)


def _weighted(rng: np.random.Generator, weights: list[float]) -> int:
    share = np.array(weights)
    return int(rng.choice(len(share), p=share / share.sum()))


def _another_lot(colour: str, rng: np.random.Generator) -> str:
    """The colour a little lighter or darker and off in hue, as no two dye lots are alike."""
    channels = np.array(list(bytes.fromhex(colour[1:])))
    moved = channels * rng.uniform(0.92, 1.05) + rng.normal(0, 0.5 + 0.015 * channels.max(), 3)
    return "#" + bytes(np.clip(np.rint(moved), 8, 247).astype(np.uint8)).hex()
