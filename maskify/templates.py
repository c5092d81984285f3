"""The mask library: reads templates/ (art, geometry, palettes) into meshes and textures."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskify.bend import influence
from maskify.errors import MaskifyError
from maskify.fabrics.colours import KINDS, PICTURE
from maskify.surface import Mesh, body_mesh, joined, ribbon, whole_lattice
from maskify.texture import BODY_SHARE, KEPT_LEVELS, STRIP, STRIP_FILL, Texture, read_texture

LARGEST_WEIGHT = 1e9
"""Of anything that is drawn: sums of weights stay exact enough to draw from."""

ART = "art.png"
"""The art's name where the settings give none."""

Palette = tuple[tuple[tuple[int, int, int], float], ...]


@dataclass(frozen=True)
class Template:
    """One mask of the library.

    Attributes:
      name: the folder's name.
      title: one line for people.
      mesh: body and loops.
      palette: ((red, green, blue) 0 to 255, weight) of the fabric.
      loop_palette: the same for loops and straps; () where they have the fabric's colour.
      weight: how often it is drawn, against the others.
      settings: the whole template.json.
      folder: where the art lies.
    """

    name: str
    title: str
    mesh: Mesh
    palette: Palette
    loop_palette: Palette
    weight: float
    settings: dict[str, Any]
    folder: Path = field(repr=False)
    _levels: dict[int, Texture] = field(default_factory=dict, repr=False, compare=False)

    @property
    def patterns(self) -> tuple[tuple[str, float], ...]:
        """Kinds of pattern and their weights; "plain" alone where the fabric takes none."""
        return tuple((kind, float(weight)) for kind, weight in self.settings.get("patterns", {"plain": 1}).items())

    @cached_property
    def span(self) -> tuple[float, float]:
        """Width and height of the body in mm, as seen from the front."""
        width, height = np.ptp(self.mesh.points[: self.mesh.body, :2], axis=0)
        return float(width), float(height)

    @cached_property
    def influence(self) -> NDArray[np.float64]:
        """How a face's own shape moves the mesh: `maskify.bend.influence` of its points."""
        return influence(self.mesh.points)

    def texture(self, level: int) -> Texture:
        """The texture at 256 * 2**level pixels across; all levels but the largest are kept.

        Raises:
          MaskifyError: a picture is missing or is not as it must be.
        """
        if level in self._levels:
            return self._levels[level]
        texture = read_texture(self.folder, self.settings, level, self.span)
        if level < KEPT_LEVELS:
            self._levels[level] = texture
        return texture


def library() -> Path:
    """The folder of the packaged templates."""
    with as_file(files("maskify_templates")) as folder:
        return Path(folder)


def names() -> list[str]:
    """The packaged templates' names, sorted."""
    return sorted(path.parent.name for path in library().glob("*/template.json"))


def find_template(name: str) -> Path:
    """The folder of a packaged template, or of a user's own by its path; MaskifyError where there is none."""
    for folder in (library() / name, Path(name)):
        if (folder / "template.json").is_file():
            return folder
    raise MaskifyError(f"There is no mask template {name!r}. The library has: {', '.join(names())}; or give a folder.")


def chosen(wanted: Sequence[str]) -> list[Path]:
    """The folders of the templates asked for by name or path; of the whole library if none are."""
    return [find_template(name) for name in (wanted or names())]


@lru_cache(maxsize=64)
def load_template(folder: Path) -> Template:
    """Reads a template's settings; its pictures are read by `Template.texture`.

    Raises:
      MaskifyError: names the file and what is wrong in it.
    """
    path = folder / "template.json"
    try:
        settings = json.loads(path.read_text("utf-8"))
        mesh = joined([body_mesh(whole_lattice(_lattice(settings["lattice_mm"])), BODY_SHARE), *_loops(settings)])
        palette = _palette("palette", settings.get("palette", [["#ffffff", 1]]))
        loop_palette = _palette("loop_palette", settings["loop_palette"]) if "loop_palette" in settings else ()
        weight = _weight("weight", settings.get("weight", 1))
        if not weight > 0:
            raise ValueError(f"weight is {weight:g}: leave the template out of --templates instead")
        _check_patterns(settings.get("patterns", {"plain": 1}))
        _check_pictures(settings)
        return Template(folder.name, str(settings["title"]), mesh, palette, loop_palette, weight, settings, folder)
    except KeyError as error:
        raise MaskifyError(f"The template {path} cannot be used: it lacks {error}.") from error
    except (OSError, TypeError, ValueError, IndexError) as error:
        raise MaskifyError(f"The template {path} cannot be used: {error}.") from error


def _lattice(rows: Any) -> NDArray[np.float64]:
    half = np.array(rows, np.float64)
    if half.ndim != 3 or half.shape[2] != 3 or min(half.shape[:2]) < 2:
        raise ValueError(f"lattice_mm has the shape {half.shape}, not 2 or more rows of 2 or more [x, y, z]")
    if not np.isfinite(half).all() or not np.ptp(half[..., 0]) > 0 or not np.ptp(half[..., 1]) > 0:
        raise ValueError("lattice_mm has no width, no height, or a number that is not finite")
    return half


def _loops(settings: dict[str, Any]) -> list[Mesh]:
    """Loops and straps of both sides."""
    meshes = []
    for loop in settings.get("loops", []):
        right, width = np.array(loop["path_mm"], np.float64), float(loop["width_mm"])
        if right.ndim != 2 or right.shape[1] != 3 or len(right) < 2 or not np.isfinite(right).all():
            raise ValueError(f"path_mm of a loop is not 2 or more finite [x, y, z], but {loop['path_mm']}")
        if not 0 < width < float("inf"):
            raise ValueError(f"width_mm of a loop is {width:g}, not a number above 0")
        for path in (right, right * [-1, 1, 1]):
            meshes.append(ribbon(path, width / STRIP_FILL, STRIP, bool(loop.get("flat", False))))
    return meshes


def _weight(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_WEIGHT:
        raise ValueError(f"{what} is {value!r}, not a number from 0 to {LARGEST_WEIGHT:g}")
    return float(value)


def _palette(what: str, rows: Any) -> Palette:
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise ValueError(f'{what} is {rows!r}, not like [["#88aacc", 2], ["#ffffff", 1]]')
    palette = tuple((parse_colour(colour), _weight(f"the weight of {colour} in {what}", each)) for colour, each in rows)
    if not sum(weight for _, weight in palette) > 0:
        raise ValueError(f"{what} has no colour to draw: {rows}")
    return palette


def _check_patterns(patterns: Any) -> None:
    if not isinstance(patterns, dict):
        raise ValueError(f'patterns is {patterns!r}, not weights like {{"plain": 0.7, "check": 0.3}}')
    kinds = ("plain", *KINDS, PICTURE)
    for kind, weight in patterns.items():
        if kind not in kinds:
            raise ValueError(f"patterns names {kind!r}, which is none of: {', '.join(kinds)}")
        _weight(f"the weight of {kind} in patterns", weight)
    if not sum(weight for kind, weight in patterns.items() if kind != PICTURE) > 0:
        raise ValueError(f"patterns leaves nothing to draw from where no pictures are given: {patterns}")


def _check_pictures(settings: dict[str, Any]) -> None:
    for setting in {"art", "tint", "relief"} & settings.keys():
        if not isinstance(settings[setting], str) or not settings[setting]:
            raise ValueError(f"{setting} is {settings[setting]!r}, not the name of a picture")
    if "relief" in settings:
        height = settings["relief_mm"]
        if isinstance(height, bool) or not isinstance(height, int | float) or not 0 <= height < 1000:
            raise ValueError(f"relief_mm is {height!r}, not a height in mm from 0 to 1000")


def parse_colour(text: str) -> tuple[int, int, int]:
    """(red, green, blue) of "#rrggbb"; ValueError otherwise."""
    if not isinstance(text, str) or not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text!r} is not a colour like #88aacc")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def fingerprint(folders: list[Path]) -> str:
    """A hash of the templates' names, settings and pictures: records drawn from other art are other records.

    Raises:
      MaskifyError: a template cannot be used, or a file of it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(folders, key=lambda path: path.name):
        settings = load_template(folder).settings
        pictures = {settings[setting] for setting in ("tint", "relief") if setting in settings}
        for name in sorted({"template.json", settings.get("art", ART), *pictures}):
            digest.update(f"{folder.name}/{name}\0".encode())
            try:
                digest.update((folder / name).read_bytes())
            except OSError as error:
                raise MaskifyError(f"The template {folder} cannot be used: {error}.") from error
    return digest.hexdigest()
