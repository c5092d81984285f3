"""Golden images: each packaged template on two fixed faces. `python -m tests.golden` remakes them; look at them then.

A golden image shows the masked face and, on its right, the binary map. The faces and their landmarks are kept beside
them, so that a test depends on the rendering alone.
"""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER = Path(__file__).with_name("golden")
LANDMARKS = FOLDER / "landmarks.json"
SIZE = 128
SHADOW = 0.6

SHOTS = {
    "front": {"look": "studio", "turn": 0.0},
    "turned": {"look": "evening sun", "turn": 22.0, "nod": -6.0, "roll": 4.0, "light_from": 0.0},
}
"""The faces, as `maskify.portrait.Shot`."""

LOOK = {
    "colour": "#7fb0d8", "loop_colour": "#f0f0ee", "height": 0.0, "tilt": 1.5, "slack": 2.0, "relief": 1.0, "grain": 0,
}  # fmt: skip
"""How the masks look; what is not named here follows from seed 0."""


def path_of(template: str, shot: str) -> Path:
    return FOLDER / f"{template}-{shot}.png"


def face_path(shot: str) -> Path:
    return FOLDER / f"face-{shot}.png"


def read(path: Path) -> NDArray[np.uint8]:
    """uint8 [H, W, 3] RGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def render(template: str, shot: str) -> NDArray[np.uint8]:
    """The masked face and its map: uint8 [SIZE, 2 * SIZE, 3]."""
    from faces import FaceCrop, packaged, params_for, with_mask

    landmarks = np.array(json.loads(LANDMARKS.read_text("utf-8"))[shot], np.float32)
    mask = packaged(template)
    worn = with_mask(FaceCrop(read(face_path(shot)), landmarks), mask, params_for(mask, **LOOK), SHADOW)
    return np.concatenate([worn.photo, np.repeat(worn.binary_map[..., None], 3, axis=2)], axis=1)


def remake() -> None:
    """Writes the faces, their landmarks and all golden images, and removes those of templates that are gone."""
    from faces import face_crop, shot

    from maskify.landmarks import FaceFinder
    from maskify.templates import names

    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.png"):
        path.unlink()
    finder = FaceFinder()
    crops = {name: face_crop(finder, shot(**settings), SIZE) for name, settings in SHOTS.items()}
    rounded = {name: np.round(crop.landmarks.astype(float), 2).tolist() for name, crop in crops.items()}
    LANDMARKS.write_text(json.dumps(rounded) + "\n", "utf-8")
    for name, crop in crops.items():
        Image.fromarray(crop.clean).save(face_path(name), optimize=True)
        for template in names():
            Image.fromarray(render(template, name)).save(path_of(template, name), optimize=True)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))  # as pytest does
    remake()
