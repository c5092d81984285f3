"""Makes the picture of README and model card: what the networks that come along make of masks on the sample portrait.

    python -m tools.network_pictures

Photos of other people may not be shown, so it is this one face in several lights, under masks put on by maskify.
"""

import cv2
import numpy as np

from maskify import portrait
from maskify.config import SynthesisConfig
from maskify.draw import draw_params
from maskify.landmarks import FaceFinder
from maskify.pose import estimate_camera
from maskify.render import put_on
from maskify.sample import load_astronaut
from maskify.templates import library, load_template
from tools.readme_pictures import grid
from unmask import Restorer
from unmask.default_run import DEFAULT_RUN
from unmask.serving.examples import HEAD

SHOWN = (
    ("surgical", "studio"), ("cloth", "window light"), ("kf94", "evening sun"),
    ("n95_cup", "black and white"), ("ffp2_duckbill", "overcast"), ("gaiter", "night"),
)  # fmt: skip
"""Template and light of each photo; the last are hard."""

FACE, SIDE = np.s_[20:250, 45:275], 200


def masked_portraits() -> list[np.ndarray]:
    """The portrait in masks: uint8 [320, 320, 3] RGB each."""
    head = load_astronaut()[HEAD]
    landmarks = FaceFinder().find(head)[0].landmarks
    camera, config = estimate_camera(landmarks), SynthesisConfig()
    photos = []
    for number, (name, light) in enumerate(SHOWN):
        template, params = draw_params(number, [load_template(library() / name)], config)
        photo = portrait.finish(head, portrait.Shot(light))
        photos.append(put_on(photo, landmarks, camera, template, params, config.shadow).photo)
    return photos


def main() -> None:
    """Writes removed.png beside the networks: each photo with and without its mask, two a row."""
    restorer = Restorer.load()
    pairs = [np.hstack([photo[FACE], restorer.restore(photo).image[FACE]]) for photo in masked_portraits()]
    path = DEFAULT_RUN / "removed.png"
    picture = cv2.cvtColor(grid(pairs, 3, (2 * SIDE, SIDE)), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(path)


if __name__ == "__main__":
    main()
