"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

from maskify.config import SynthesisConfig

Command = Callable[..., Any]

_SYNTHESIS = [
    click.option("--seed", type=int, default=0, show_default=True, help="Decides all that is drawn at random."),
    click.option(
        "--templates", callback=lambda _context, _option, text: names(text), default="", metavar="NAME,...",
        help="Mask templates to draw from, by name or folder.  [default: the whole library]",
    ),
    click.option(
        "--faces", type=click.Choice(["largest", "all"]), default="largest", show_default=True,
        help="Which faces of a photo get a mask.",
    ),
    click.option(
        "--detector", type=click.Choice(["auto", "hog", "aligned"]), default="auto", show_default=True,
        help="auto: CelebA's frame where a photo is in it, dlib's HOG elsewhere.",
    ),
    click.option(
        "--shadow", type=click.FloatRange(0, 1), default=SynthesisConfig.shadow, show_default=True,
        help="Strength of the shadow at the mask's edge.",
    ),
    click.option("--landmark-model", type=click.Path(exists=True, dir_okay=False), help="dlib's 68-point model file."),
]  # fmt: skip


def synthesis_options(command: Command) -> Command:
    """Adds the options that decide how masks look."""
    for option in reversed(_SYNTHESIS):
        command = option(command)
    return command


def synthesis_config(options: dict[str, Any]) -> SynthesisConfig:
    """The settings from a command's options."""
    lossless = options.get("lossless", False)
    return SynthesisConfig(
        image_size=options.get("image_size", SynthesisConfig.image_size),
        seed=options["seed"],
        image_format="png" if lossless else options.get("image_format", SynthesisConfig.image_format),
        templates=options["templates"],
        faces=options["faces"],
        detector=options["detector"],
        shadow=options["shadow"],
        landmark_model=options["landmark_model"],
    )


def names(text: str) -> tuple[str, ...]:
    """The names in a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def split_shares(_context: click.Context, _option: click.Parameter, text: str) -> tuple[float, float, float]:
    """Three shares like "80,10,10", scaled to a sum of 1."""
    try:
        shares = [float(part) for part in text.split(",")]
        if len(shares) != 3 or min(shares) < 0 or not 0 < sum(shares) < float("inf"):
            raise ValueError
    except ValueError:
        raise click.BadParameter(f"{text!r} is not three shares like 80,10,10.") from None
    train, validation, test = (share / sum(shares) for share in shares)
    return train, validation, test
