"""Imports masks of MaskTheFace: its masks.cfg and pictures with six points become templates."""

import configparser
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.errors import MaskifyError
from maskify.surface import lattice_points, whole_lattice
from maskify.templates import library, load_template

ART_SIZE = (1024, 672)

IMPORT_MARGIN = (0.04, 0.05)
"""Share of an imported picture's texture beyond its six points, across and down: fabric bulges past straight lines."""


def import_masks(config: Path, out: Path) -> list[Path]:
    """Makes templates of a masks.cfg of MaskTheFace: pictures with six points, with left and right views where it
    has them.

    Each mask becomes a folder below `out`. Its art joins, for either half, the view that shows most of it.

    Raises:
      MaskifyError: the file or a picture cannot be read, or a section lacks a point.
    """
    parser = configparser.ConfigParser()
    try:
        parser.read_string(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise MaskifyError(f"{config} cannot be read as a masks.cfg: {error}.") from error
    sections = {name: dict(parser[name]) for name in parser.sections() if parser[name].get("template")}
    fronts = [name for name in sections if not name.endswith(("_left", "_right"))]
    if not fronts:
        raise MaskifyError(
            f"{config} has no section with a template. Its format is that of MaskTheFace's masks/masks.cfg."
        )
    written = []
    for name in fronts:
        views = [sections[key] for key in (name, f"{name}_left", f"{name}_right") if key in sections]
        art = _joined_art([_half_views(config, view) for view in views])
        folder = out / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imencode(".png", art)[1].tofile(folder / "art.png")
        text = json.dumps(_imported_settings(name), indent=1) + "\n"
        (folder / "template.json").write_text(text, "utf-8")
        written.append(folder)
    return written


def _imported_settings(name: str) -> dict[str, Any]:
    """The surgical mask's geometry, a little larger, as the art reaches beyond the six points."""
    surgical = load_template(library() / "surgical").settings
    across = np.linspace(-IMPORT_MARGIN[0], 1 + IMPORT_MARGIN[0], 7)
    down = np.linspace(-IMPORT_MARGIN[1], 1 + IMPORT_MARGIN[1], 5)
    lattice = lattice_points(whole_lattice(np.array(surgical["lattice_mm"], np.float64)), across, down)[:, 3:]
    return {
        "title": f"{name}, imported from a masks.cfg",
        "lattice_mm": lattice.round(1).tolist(),
        "loops": surgical["loops"],
        "loop_palette": surgical["loop_palette"],
    }


Half = tuple[NDArray[np.uint8], float]


def _half_views(config: Path, view: dict[str, str]) -> tuple[Half, Half]:
    """Left and right half of one picture on the whole texture, each with the area in pixels that it had."""
    path = next(
        (p for p in (config.parent / view["template"], config.parent.parent / view["template"]) if p.is_file()), None
    )
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED) if path else None
    if picture is None or picture.ndim != 3:
        raise MaskifyError(f"{config}: the picture {view['template']} is missing or is not a colour image.")
    if picture.shape[2] == 3:
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    try:
        a, b, c, d, e, f = (_point(view[f"mask_{letter}"]) for letter in "abcdef")
    except (KeyError, ValueError) as error:
        raise MaskifyError(
            f"{config}: {view['template']} lacks one of the points mask_a to mask_f: {error}."
        ) from error
    left = _to_texture(picture, [a, b, e, d], 0.0, 0.5)
    right = _to_texture(picture, [b, c, f, e], 0.5, 1.0)
    return left, right


def _point(text: str) -> tuple[float, float]:
    x, y = text.split(",")
    return float(x), float(y)


def _to_texture(picture: NDArray[np.uint8], corners: list[tuple[float, float]], start: float, end: float) -> Half:
    """The picture warped so that four corners land on the texture between two u."""
    width, height = ART_SIZE
    u = [IMPORT_MARGIN[0] + (1 - 2 * IMPORT_MARGIN[0]) * edge for edge in (start, end)]
    v = [IMPORT_MARGIN[1], 1 - IMPORT_MARGIN[1]]
    target = np.array([(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])], np.float32) * [width, height]
    source = np.array(corners, np.float32)
    warp = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    return cv2.warpPerspective(picture, warp, ART_SIZE, flags=cv2.INTER_AREA), float(cv2.contourArea(source))


def _joined_art(views: list[tuple[Half, Half]]) -> NDArray[np.uint8]:
    """For either half the view that shows most of it, blended over the middle: uint8 BGRA."""
    left = max((view[0] for view in views), key=lambda half: half[1])[0].astype(np.float32)
    right = max((view[1] for view in views), key=lambda half: half[1])[0].astype(np.float32)
    u = np.linspace(0, 1, ART_SIZE[0], dtype=np.float32)
    weight = np.clip((u - 0.5) / 0.06 + 0.5, 0, 1)[None, :, None]
    return np.rint(left * (1 - weight) + right * weight).astype(np.uint8)
