"""Remakes templates/: art.png, tint.png, relief.png and template.json of every mask that is drawn by code."""

import importlib
import json
import sys
from pathlib import Path

import cv2

TEMPLATES = ("surgical", "kn95", "cloth")


def main() -> None:
    """Draws all templates, or those named on the command line."""
    root = Path(__file__).resolve().parents[2] / "templates"
    for name in sys.argv[1:] or TEMPLATES:
        canvas, settings = importlib.import_module(f"tools.draw_templates.{name}").draw()
        folder = root / name
        folder.mkdir(exist_ok=True)
        for part, picture in canvas.pictures().items():
            cv2.imwrite(str(folder / f"{part}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        low, high = canvas.relief_range
        settings |= {"tint": "tint.png", "relief": "relief.png", "relief_mm": round(high - low, 3)}
        settings |= {"author": "the maskify authors", "licence": "MIT"}
        (folder / "template.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
        print(folder.relative_to(root.parent))


if __name__ == "__main__":
    main()
