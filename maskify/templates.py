"""The mask library: reads templates/ (art, geometry, palettes) into meshes and textures."""

import hashlib
import json
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
from maskify.surface import Mesh, body_mesh, joined, ribbon, whole_lattice
from maskify.texture import BODY_SHARE, KEPT_LEVELS, STRIP, STRIP_FILL, Texture, read_texture


@dataclass(frozen=True)
class Template:
    """One mask of the library.

    Attributes:
      name: the folder's name.
      title: one line for people.
      mesh: body and loops.
      palette: ((red, green, blue) 0 to 255, weight) of the fabric.
      loop_palette: the same for loops and straps; None where they have the fabric's colour.
      weight: how often it is drawn, against the others.
      settings: the whole template.json.
      folder: where the art lies.
    """

    name: str
    title: str
    mesh: Mesh
    palette: tuple[tuple[tuple[int, int, int], float], ...]
    loop_palette: tuple[tuple[tuple[int, int, int], float], ...]
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
        """The texture at 512 * 2**level pixels across; the smaller levels are kept."""
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
    """Reads a template's folder; MaskifyError names what is wrong with it."""
    path = folder / "template.json"
    try:
        settings = json.loads(path.read_text("utf-8"))
        half = np.array(settings["lattice_mm"], np.float64)
        meshes = [body_mesh(whole_lattice(half), BODY_SHARE), *_loops(settings)]
        palette, loops = (
            _palette(settings.get("palette", [["#ffffff", 1]])),
            (_palette(settings["loop_palette"]) if "loop_palette" in settings else ()),
        )
        weight = float(settings.get("weight", 1.0))
        return Template(folder.name, settings["title"], joined(meshes), palette, loops, weight, settings, folder)
    except (OSError, KeyError, TypeError, ValueError, IndexError) as error:
        raise MaskifyError(f"The template {path} cannot be used: {type(error).__name__} {error}.") from error


def _loops(settings: dict[str, Any]) -> list[Mesh]:
    """Loops and straps of both sides."""
    meshes = []
    for loop in settings.get("loops", []):
        right = np.array(loop["path_mm"], np.float64)
        for path in (right, right * [-1, 1, 1]):
            meshes.append(ribbon(path, float(loop["width_mm"]) / STRIP_FILL, STRIP))
    return meshes


def _palette(rows: list[list[Any]]) -> tuple[tuple[tuple[int, int, int], float], ...]:
    if not rows or not sum(weight for _, weight in rows) > 0:
        raise ValueError("a palette without any colour to draw")
    return tuple((parse_colour(colour), float(weight)) for colour, weight in rows)


def parse_colour(text: str) -> tuple[int, int, int]:
    """(red, green, blue) of "#rrggbb"; ValueError otherwise."""
    if len(text) != 7 or not text.startswith("#"):
        raise ValueError(f"{text!r} is not a colour like #88aacc")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def fingerprint(folders: list[Path]) -> str:
    """A hash of the templates' names and files: records drawn from other art are other records."""
    digest = hashlib.blake2b(digest_size=16)
    for folder in sorted(folders, key=lambda path: path.name):
        for path in sorted(folder.glob("*")):
            if path.suffix in (".json", ".png"):
                digest.update(f"{folder.name}/{path.name}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
