"""Imports masks of MaskTheFace: its masks.cfg and pictures with six points become templates."""

import configparser
import json
import re
from dataclasses import dataclass
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


MUCH_LARGER = 1.5
"""How much finer than its place in the texture a picture may be before it is shrunk, lest its pixels are skipped."""

BLEND = 0.06
"""Share of the texture's width over which its halves go over into each other."""


@dataclass(frozen=True)
class Half:
    """One half of a mask as one picture shows it.

    Attributes:
      art: float32 [H, W, 4] BGRA in [0, 255], times alpha, on the whole texture.
      share: of the area of the picture's six points that this half takes.
    """

    art: NDArray[np.float32]
    share: float


def import_masks(config: Path, out: Path) -> list[Path]:
    """Makes templates of a masks.cfg of MaskTheFace: pictures with six points, with left and right views where it
    has them.

    Each mask becomes a folder below `out`. Its art joins, for either half, the view that shows most of it. Nothing is
    written unless all of it can be.

    Raises:
      MaskifyError: the file or a picture cannot be read, a section lacks a point or makes no name of a folder, or a
        folder is there already.
    """
    sections = _sections(config)
    folders = _folders(config, [name for name in sections if not name.endswith(("_left", "_right"))], out)
    pictures = {}
    for name in folders:
        views = [sections[key] for key in (name, f"{name}_left", f"{name}_right") if key in sections]
        art = _joined_art([_half_views(config, view) for view in views])
        pictures[name] = cv2.imencode(".png", art)[1].tobytes()
    for name, folder in folders.items():
        text = json.dumps(_imported_settings(name), indent=1) + "\n"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "art.png").write_bytes(pictures[name])
            (folder / "template.json").write_text(text, "utf-8")
        except OSError as error:
            raise MaskifyError(f"{folder} cannot be written: {error}. Choose another --out.") from error
    return list(folders.values())


def _sections(config: Path) -> dict[str, dict[str, str]]:
    """The sections that have a template."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise MaskifyError(f"{config} cannot be read as a masks.cfg: {error}.") from error
    return {name: dict(parser[name]) for name in parser.sections() if parser[name].get("template")}


def _folders(config: Path, names: list[str], out: Path) -> dict[str, Path]:
    """Where each mask goes; each folder is new or empty."""
    if not names:
        raise MaskifyError(
            f"{config} has no section with a template. Its format is that of MaskTheFace's masks/masks.cfg."
        )
    folders: dict[str, Path] = {}
    for name in names:
        folder = out / name.lower()
        if not re.fullmatch(r"\w([\w .-]*\w)?", name):
            raise MaskifyError(f"{config}: the section [{name}] makes no name of a folder. Use letters, digits and -_.")
        if folder in folders.values():
            raise MaskifyError(f"{config}: two sections would be written to {folder}. Rename [{name}].")
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise MaskifyError(f"{folder} is there already. Remove it, or choose another --out.")
        folders[name] = folder
    return folders


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


def _half_views(config: Path, view: dict[str, str]) -> tuple[Half, Half]:
    """Left and right half of one picture."""
    picture = _premultiplied_picture(config, view["template"])
    try:
        a, b, c, d, e, f = (_point(view[f"mask_{letter}"]) for letter in "abcdef")
    except (KeyError, ValueError) as error:
        raise MaskifyError(
            f"{config}: {view['template']} needs six points mask_a to mask_f, each as x, y in pixels: {error}."
        ) from error
    left, right = np.array([a, b, e, d], np.float32), np.array([b, c, f, e], np.float32)
    areas = cv2.contourArea(left), cv2.contourArea(right)
    if not min(areas) > 0:
        raise MaskifyError(f"{config}: {view['template']} has points mask_a to mask_f on one line.")
    return (
        Half(_to_texture(picture, left, 0.0, 0.5), areas[0] / sum(areas)),
        Half(_to_texture(picture, right, 0.5, 1.0), areas[1] / sum(areas)),
    )


def _premultiplied_picture(config: Path, name: str) -> NDArray[np.float32]:
    """A picture beside the file or beside its folder: float32 [H, W, 4] BGRA in [0, 255], times alpha."""
    path = next((p for p in (config.parent / name, config.parent.parent / name) if p.is_file()), None)
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED) if path else None
    except (OSError, cv2.error):  # OpenCV raises where there is not one byte, or too many pixels
        picture = None
    if picture is None or picture.ndim != 3 or picture.dtype != np.uint8:
        raise MaskifyError(f"{config}: the picture {name} is missing or is not a colour image of 8 bits.")
    if picture.shape[2] == 3:
        return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).astype(np.float32)
    out = picture.astype(np.float32)
    out[..., :3] *= out[..., 3:] / 255
    return out


def _point(text: str) -> tuple[float, float]:
    x, y = (float(part) for part in text.split(","))
    if not np.isfinite([x, y]).all():
        raise ValueError(f"{text!r} is not finite")
    return x, y


def _to_texture(
    picture: NDArray[np.float32], corners: NDArray[np.float32], start: float, end: float
) -> NDArray[np.float32]:
    """The picture warped so that four corners, float32 [4, 2] pixels, land on the texture between two u."""
    u = [IMPORT_MARGIN[0] + (1 - 2 * IMPORT_MARGIN[0]) * edge for edge in (start, end)]
    v = [IMPORT_MARGIN[1], 1 - IMPORT_MARGIN[1]]
    target = np.array([(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])]) * ART_SIZE - 0.5
    scale = np.sqrt(cv2.contourArea(target.astype(np.float32)) / cv2.contourArea(corners))
    if scale * MUCH_LARGER < 1:  # a warp alone looks at four pixels for each of the texture's
        before = np.array(picture.shape[1::-1])
        after = np.maximum(np.rint(before * scale), 1).astype(int)
        picture = cv2.resize(picture, after.tolist(), interpolation=cv2.INTER_AREA)
        corners = (corners + 0.5) * (after / before) - 0.5
    warp = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))
    return cv2.warpPerspective(picture, warp, ART_SIZE, flags=cv2.INTER_LINEAR)


def _joined_art(views: list[tuple[Half, Half]]) -> NDArray[np.uint8]:
    """For either half the view that shows most of it, blended over the middle: uint8 [H, W, 4] BGRA."""
    left, right = (max((view[side] for view in views), key=lambda half: half.share).art for side in (0, 1))
    u = np.linspace(0, 1, ART_SIZE[0], dtype=np.float32)
    weight = np.clip((u - 0.5) / BLEND + 0.5, 0, 1)[None, :, None]
    art = left * (1 - weight) + right * weight
    art[..., :3] *= 255 / np.maximum(art[..., 3:], 1e-3)
    return np.clip(np.rint(art), 0, 255).astype(np.uint8)
