"""Photos to try the page with: masks put on the public-domain portrait of `maskify sample`."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskify import portrait
from maskify.config import SynthesisConfig
from maskify.draw import draw_params
from maskify.errors import MaskifyError
from maskify.landmarks import FaceFinder
from maskify.pose import estimate_camera
from maskify.render import put_on
from maskify.sample import load_astronaut
from maskify.templates import library, load_template

EXAMPLES = {"surgical": "studio", "cloth": "window light", "n95_cup": "faded print"}
"""Light of the photo (`maskify.portrait.LOOKS`) by the template of its mask."""

HEAD = np.s_[:320, 70:390]
"""Where the portrait shows head and shoulders: further down a detector takes a badge for a face."""


def make_examples(folder: Path) -> list[Path]:
    """Writes the examples to a folder, the same ones each time.

    Args:
      folder: exists; gets a JPEG of 320 x 320 for each of `EXAMPLES`.

    Returns:
      Their paths; none where scikit-image, which ships the portrait, is not installed.
    """
    try:
        head = load_astronaut()[HEAD]
    except MaskifyError:
        return []
    landmarks = FaceFinder().find(head)[0].landmarks
    camera, config = estimate_camera(landmarks), SynthesisConfig()
    paths = []
    for name, look in EXAMPLES.items():
        template, params = draw_params(config.seed, [load_template(library() / name)], config)
        photo = portrait.finish(head, portrait.Shot(look))
        masked = put_on(photo, landmarks, camera, template, params, config.shadow).photo
        paths.append(folder / f"{name}.jpg")
        Image.fromarray(masked).save(paths[-1], quality=95, subsampling=0)
    return paths
