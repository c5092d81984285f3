"""Which patterns and which combinations of colours masks have in the street, and how often."""

KINDS = {
    "stripes": 2.0,
    "check": 2.5,
    "polka": 2.0,
    "floral": 3.0,
    "camouflage": 1.5,
    "gradient": 1.0,
    "text": 2.0,
    "abstract": 2.5,
}
"""Kinds of printed and woven masks, and weights: our guess from photos of streets and shop pages of 2020 and 2021."""

PICTURE = "picture"
"""The kind of a user's own pictures."""

DYES = {
    "white": "#f3f2ee",
    "cream": "#efe6d3",
    "sand": "#cdb894",
    "khaki": "#a3966b",
    "olive": "#5b5a38",
    "forest": "#2c4a30",
    "sage": "#9cae8e",
    "mint": "#a9d8c4",
    "teal": "#2b7a7d",
    "sky": "#9dc4e0",
    "denim": "#47678f",
    "royal": "#2a4bab",
    "navy": "#232e4c",
    "lilac": "#b7a3d0",
    "plum": "#5a2a55",
    "pink": "#efbcc6",
    "rose": "#d4607c",
    "fuchsia": "#c92f7b",
    "red": "#b6202b",
    "wine": "#6c1c2a",
    "coral": "#ec8067",
    "rust": "#a54c2b",
    "brown": "#58402f",
    "mustard": "#d6a12f",
    "yellow": "#f2cb3f",
    "grey": "#8e9297",
    "silver": "#c5c8cb",
    "charcoal": "#46484d",
    "black": "#222224",
}

COMBINATIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "stripes": (
        ("white navy red sky", 4),
        ("black white grey red", 3),
        ("base contrast tone grey", 4),
        ("base tone contrast grey", 3),
        ("white red navy yellow", 1.5),
        ("white sky denim mustard", 2),
        ("grey white charcoal black", 2),
        ("navy white red mustard", 2),
        ("white pink rose mint", 1),
        ("cream rust forest mustard", 1),
    ),
    "check": (
        ("red black white yellow", 3),
        ("red navy forest white", 2.5),
        ("navy forest black white", 2),
        ("white black grey red", 3),
        ("white navy red sky", 2),
        ("white red black navy", 1.5),
        ("white sky denim navy", 1.5),
        ("base contrast tone white", 3),
        ("grey charcoal white red", 2),
        ("sand black red white", 1.5),
        ("forest navy red mustard", 1),
        ("pink white rose grey", 1),
        ("mustard black white red", 0.7),
    ),
    "polka": (
        ("navy white red sky", 4),
        ("black white red yellow", 4),
        ("white black red grey", 2),
        ("red white navy yellow", 2),
        ("base contrast tone mustard", 4),
        ("white navy coral sky", 1),
        ("pink white rose plum", 1.5),
        ("white rose teal mustard", 1.5),
        ("grey white charcoal pink", 1),
        ("mustard white charcoal rust", 1),
    ),
    "floral": (
        ("white rose forest mustard", 3),
        ("navy pink sage mustard", 3),
        ("black red forest mustard", 2.5),
        ("cream rust olive denim", 2),
        ("white denim navy mustard", 2),
        ("black white grey silver", 2),
        ("base contrast tone mustard", 3),
        ("sky white forest yellow", 1),
        ("pink white sage red", 1.5),
        ("mustard white forest rust", 1),
        ("white lilac sage plum", 1.5),
        ("teal coral mint yellow", 1),
        ("wine pink sage mustard", 1),
        ("mint coral teal yellow", 0.7),
    ),
    "bandana": (
        ("navy white", 3),
        ("red white", 2.5),
        ("black white", 3),
        ("white black", 0.7),
        ("base contrast", 2),
    ),
    "camouflage": (
        ("olive forest khaki black", 5),
        ("khaki olive brown black", 3),
        ("sand khaki brown cream", 2.5),
        ("silver grey charcoal black", 3),
        ("grey charcoal white black", 1.5),
        ("denim navy sky black", 1.5),
        ("pink rose silver white", 0.7),
        ("tone base contrast black", 0.7),
        ("sage olive sand brown", 1.5),
    ),
    "gradient": (
        ("base contrast tone white", 3),
        ("base tone contrast white", 3),
        ("white sky denim navy", 2),
        ("pink lilac sky mint", 2.5),
        ("black royal plum fuchsia", 1),
        ("yellow coral fuchsia plum", 1.5),
        ("black grey white red", 2),
        ("white pink rose plum", 1.5),
        ("mint sky royal navy", 1),
    ),
    "text": (
        ("black white red grey", 6),
        ("white black red grey", 4),
        ("base contrast tone white", 4),
        ("navy white red sky", 2),
        ("red white black yellow", 1),
        ("mustard charcoal white rust", 1),
        ("yellow black charcoal red", 1),
        ("grey black white red", 1),
        ("pink white rose plum", 0.7),
        ("forest cream mustard sand", 0.7),
    ),
    "abstract": (
        ("black white yellow royal", 2),
        ("navy coral mint yellow", 2),
        ("cream black rust sand", 2),
        ("white teal grey brown", 2),
        ("plum yellow sky coral", 2),
        ("black silver grey white", 2),
        ("royal white mustard rust", 1.5),
        ("forest mustard red cream", 1.5),
        ("fuchsia black white mint", 1),
        ("brown mustard cream teal", 1),
        ("white rose denim yellow", 1),
        ("black red mustard forest", 1),
        ("base contrast tone black", 2),
        ("base tone white mustard", 2),
    ),
}
"""Of each kind: names of dyes, the ground first, and a weight; guessed as `KINDS`. A pattern of two colours takes the
first two. `base` is the colour drawn for the mask, `contrast` one that stands out from it, `tone` a shade of it."""


def mixed(colours: str, base: str) -> tuple[str, ...]:
    """The "#rrggbb" of a combination's names."""
    names = {**DYES, "base": base, "contrast": _contrast(base), "tone": _tone(base)}
    return tuple(names[name] for name in colours.split())


def _brightness(colour: str) -> float:
    red, green, blue = bytes.fromhex(colour[1:])
    return (0.3 * red + 0.59 * green + 0.11 * blue) / 255


def _contrast(base: str) -> str:
    """White on dark colours; on light ones black where they are grey, else navy."""
    if _brightness(base) < 0.55:
        return DYES["white"]
    channels = bytes.fromhex(base[1:])
    return DYES["black"] if max(channels) - min(channels) < 16 else DYES["navy"]


def _tone(base: str) -> str:
    """A lighter shade of dark colours, a darker one of light colours."""
    towards, share = (0, 0.3) if _brightness(base) > 0.4 else (255, 0.3)
    return "#" + bytes(round(channel + share * (towards - channel)) for channel in bytes.fromhex(base[1:])).hex()
