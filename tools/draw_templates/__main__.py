"""Remakes templates/: art.png, tint.png, relief.png and template.json of every mask that is drawn by code."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

import cv2

from tools.draw_templates.canvas import RELIEF_MM, Canvas

TEMPLATES = (
    "surgical", "kn95", "cloth", "fashion", "kf94", "pleated_cloth", "cloth_filter", "gaiter", "n95_cup", "ffp2_valve",
    "ffp2_duckbill", "window",
)  # fmt: skip

PNG = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_ALL_FILTERS]

LIBRARY = Path(__file__).resolve().parents[2] / "templates"


def main() -> None:
    """Draws all templates, or those named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.draw_templates", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TEMPLATES)}; default: all")
    parser.add_argument("--out", type=Path, default=LIBRARY, help="folder of the library (default: %(default)s)")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(TEMPLATES)
    if unknown:
        parser.error(f"there is no code for {', '.join(sorted(unknown))}; there is for {', '.join(TEMPLATES)}")
    for name in arguments.names or TEMPLATES:
        canvas, settings = importlib.import_module(f"tools.draw_templates.{name}").draw()
        folder = arguments.out / name
        write(folder, canvas, settings)
        print(folder)


def write(folder: Path, canvas: Canvas, settings: dict[str, Any]) -> None:
    """Writes one template's folder."""
    folder.mkdir(exist_ok=True, parents=True)
    for part, picture in canvas.pictures().items():
        cv2.imwrite(str(folder / f"{part}.png"), picture, PNG)
    settings |= {"tint": "tint.png", "relief": "relief.png", "relief_mm": RELIEF_MM}
    settings |= {"author": "the maskify authors", "licence": "MIT"}
    (folder / "template.json").write_text(readable(settings), "utf-8")


def readable(settings: dict[str, Any]) -> str:
    """JSON with one key a line, and one row of a list a line: people copy these files."""
    lines = []
    for key, value in settings.items():
        text = json.dumps(value)
        if isinstance(value, list):
            text = "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
