"""Options that several commands share."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from maskify.config import WEARS, SynthesisConfig
from maskify.fabrics.colours import KINDS, PICTURE
from maskify.path_option import PathOption

Command = Callable[..., Any]

PATTERNS = ("plain", *KINDS, PICTURE)


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


def some_jobs(_context: click.Context, _option: click.Parameter, jobs: int | None) -> int | None:
    """A number of jobs; as joblib has it, -1 is all and -2 all but one."""
    if jobs == 0:
        raise click.BadParameter("0 jobs do no work. Give a number, or -1 for one per core.")
    return jobs


def weights(text: str, kinds: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Weights like "correct=0.9,chin=0.1"; a kind without a number weighs 1."""
    pairs = []
    for part in names(text):
        kind, _, number = part.partition("=")
        try:
            weight = float(number or 1)
        except ValueError:
            weight = -1.0
        if kind not in kinds or not 0 <= weight < float("inf"):
            raise click.BadParameter(f"{part!r} is not KIND=WEIGHT with a kind of: {', '.join(kinds)}.")
        pairs.append((kind, weight))
    if not sum(weight for _, weight in pairs) > 0:
        raise click.BadParameter(f"{text!r} leaves nothing to draw from.")
    return tuple(pairs)


def colours(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Colours like #88aacc."""
    for value in values:
        if not re.fullmatch("#[0-9a-fA-F]{6}", value):
            raise click.BadParameter(f"{value!r} is not a colour like #88aacc.")
    return values


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
    click.option(
        "--wear", callback=lambda _context, _option, text: weights(text, WEARS), default="correct=1", show_default=True,
        metavar="KIND=WEIGHT,...", help="How masks are worn: correct, nose-out, chin; with weights.",
    ),
    click.option(
        "--color", "colours", multiple=True, metavar="#RRGGBB", callback=colours,
        help="Colour of the fabric; several are drawn from.  [default: each template's palette]",
    ),
    click.option(
        "--patterns", callback=lambda _context, _option, text: weights(text, PATTERNS) if text else (), default="",
        metavar="KIND=WEIGHT,...", help="Patterns of printed fabrics: plain, " + ", ".join([*KINDS, PICTURE])
        + "; with weights.  [default: each template's own]",
    ),
    click.option(
        "--pattern", "pictures", type=PathOption(path_type=str, exists=True, file_okay=False),
        help="Folder of your own pictures, to print on fabrics.",
    ),
    click.option(
        "--landmark-model", type=PathOption(path_type=str, exists=True, dir_okay=False),
        help="dlib's 68-point model file.",
    ),
]  # fmt: skip


def synthesis_options(command: Command) -> Command:
    """Adds the options that decide how masks look."""
    for option in reversed(_SYNTHESIS):
        command = option(command)
    return command


def synthesis_config(options: dict[str, Any]) -> SynthesisConfig:
    """The settings from a command's options; paths are made absolute, as workers may have other working directories.

    Raises:
      UsageError: pictures are to be printed, and there are none.
      MaskifyError: there is no such template.
    """
    if dict(options["patterns"]).get(PICTURE) and options["pictures"] is None:
        raise click.UsageError(f"--patterns {PICTURE} needs --pattern FOLDER, with the pictures to print.")
    lossless = options.get("lossless", False)
    return SynthesisConfig(
        image_size=options.get("image_size", SynthesisConfig.image_size),
        seed=options["seed"],
        image_format="png" if lossless else options.get("image_format", SynthesisConfig.image_format),
        templates=_absolute_templates(options["templates"]),
        faces=options["faces"],
        detector=options["detector"],
        shadow=options["shadow"],
        wear=options["wear"],
        colours=options["colours"],
        patterns=options["patterns"],
        pictures=_absolute(options["pictures"]),
        landmark_model=_absolute(options["landmark_model"]),
    )


def _absolute_templates(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the library as they are, folders with their whole path."""
    if not wanted:
        return ()
    from maskify.templates import find_template
    from maskify.templates import names as packaged_names

    packaged = packaged_names()
    return tuple(name if name in packaged else os.path.abspath(find_template(name)) for name in wanted)


def _absolute(path: str | None) -> str | None:
    return None if path is None else os.path.abspath(path)
