"""Photos to try the page with: masks put on the public-domain portrait of `maskify sample`."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskify import portrait
from maskify.apply import apply_to_faces
from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError
from maskify.sample import load_astronaut
from maskify.synthesis import Synthesizer

EXAMPLES = {
    "surgical": ("studio", "surgical"),
    "cloth": ("window light", "cloth"),
    "respirator": ("faded print", "n95_cup"),
}
"""Light of the photo (`maskify.portrait.LOOKS`) and template of the mask, by the name of the file."""

HEAD = np.s_[:320, 70:390]
"""Where the portrait shows head and shoulders: further down a detector takes a badge for a face."""


def make_examples(folder: Path) -> list[Path]:
    """Writes the examples to a folder: the same ones each time. None where scikit-image, which ships it, is missing."""
    try:
        head = load_astronaut()[HEAD]
    except MaskifyError:
        return []
    return [_example(folder / f"{name}.jpg", head, *how) for name, how in EXAMPLES.items()]


def _example(path: Path, head: np.ndarray, look: str, template: str) -> Path:
    photo = portrait.finish(head, portrait.Shot(look))
    synthesizer = Synthesizer(SynthesisConfig(templates=(template,), detector="hog"))
    faces = synthesizer.finder.find(photo)
    masked = apply_to_faces(photo, faces[:1], path.stem, synthesizer).photo
    Image.fromarray(masked).save(path, quality=95, subsampling=0)
    return path
