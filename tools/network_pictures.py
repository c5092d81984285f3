"""Makes the pictures of README and model card: what the networks that come along make of masks on the sample portrait.

    python -m tools.network_pictures

Photos of other people may not be shown, so it is this one face in several lights, under masks put on by maskify.
"""

from collections.abc import Iterable, Iterator

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

FAILING = (("surgical", "studio", -36.0), ("fashion", "flash", 36.0), ("gaiter", "night", 0.0))
"""Template, light and turn of the head in degrees, of photos that are restored badly."""

FACE, LARGE, SIDE = np.s_[20:250, 45:275], np.s_[40:307, :], 200


def masked(photo: np.ndarray, name: str, number: int) -> np.ndarray:
    """A photo with a face, and a mask of a template put on it: uint8 [H, W, 3] RGB."""
    landmarks = FaceFinder().find(photo)[0].landmarks
    template, params = draw_params(number, [load_template(library() / name)], SynthesisConfig())
    return put_on(photo, landmarks, estimate_camera(landmarks), template, params, SynthesisConfig().shadow).photo


def shown() -> Iterator[np.ndarray]:
    """The portrait from the front."""
    head = load_astronaut()[HEAD]
    for number, (name, light) in enumerate(SHOWN):
        yield masked(portrait.finish(head, portrait.Shot(light)), name, number)


def failing() -> Iterator[np.ndarray]:
    """The portrait as the networks fail on it."""
    for number, (name, light, turn) in enumerate(FAILING):
        photo = portrait.take(load_astronaut(), portrait.Shot(light, turn=turn))[0]
        yield masked(cv2.resize(photo, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC), name, number)


def draw(restorer: Restorer, photos: Iterable[np.ndarray], part: tuple[slice, slice], name: str) -> None:
    """Writes a picture beside the networks: this part of each photo with and without its mask, three photos a row."""
    pairs = [np.hstack([photo[part], restorer.restore(photo).image[part]]) for photo in photos]
    picture = cv2.cvtColor(grid(pairs, 3, (2 * SIDE, SIDE)), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(DEFAULT_RUN / name), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(DEFAULT_RUN / name)


def main() -> None:
    """Draws both pictures."""
    restorer = Restorer.load()
    draw(restorer, shown(), FACE, "removed.png")
    draw(restorer, failing(), LARGE, "failed.png")


if __name__ == "__main__":
    main()
