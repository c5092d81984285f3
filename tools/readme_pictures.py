"""Remakes the pictures of README.md in docs/, from the sample portrait: `python -m tools.readme_pictures`."""

import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from maskify import align
from maskify.config import BuildConfig, SynthesisConfig
from maskify.draw import draw_params
from maskify.landmarks import FaceFinder
from maskify.photos import list_photos
from maskify.pipeline import build
from maskify.pose import estimate_camera
from maskify.preview import triplet
from maskify.record import decode_record, read_frames
from maskify.render import put_on
from maskify.sample import load_astronaut, make_sample
from maskify.templates import chosen, load_template

DOCS = Path(__file__).resolve().parents[1] / "docs"

TRIPLET_SIDE, LIBRARY_SIDE = 160, 224


def triplets(count: int = 8) -> np.ndarray:
    """Triplets of the sample photos, two in a row: uint8 RGB."""
    with tempfile.TemporaryDirectory() as folder:
        photos, records = make_sample(Path(folder) / "photos", 24), Path(folder) / "records"
        config = BuildConfig(synthesis=SynthesisConfig(seed=3))
        build(list_photos(photos), photos, records, config, progress=False)
        payloads = [payload for shard in sorted(records.glob("*.tfrecord")) for payload in read_frames(shard)]
    decoded = sorted((decode_record(payload) for payload in payloads), key=lambda record: record.key)
    pictures = [triplet(record) for record in decoded[:: len(decoded) // count][:count]]
    return grid(pictures, 2, (3 * TRIPLET_SIDE, TRIPLET_SIDE))


def library() -> np.ndarray:
    """Every template on the sample portrait: uint8 RGB."""
    portrait = load_astronaut()
    found = FaceFinder().find(portrait)[0].landmarks
    size = 2 * LIBRARY_SIDE
    transform = align.frame_transform(found, size)
    photo, landmarks = align.crop(portrait, transform, size), align.apply(transform, found)
    camera = estimate_camera(landmarks)
    pictures = []
    for number, folder in enumerate(chosen(())):
        template = load_template(folder)
        params = replace(draw_params(number + 20, [template], SynthesisConfig())[1], tilt=0.0, height=0.0)
        pictures.append(put_on(photo, landmarks, camera, template, params, SynthesisConfig.shadow).photo)
    return grid(pictures, 6, (LIBRARY_SIDE, LIBRARY_SIDE))


def grid(pictures: list[np.ndarray], columns: int, size: tuple[int, int], gap: int = 6) -> np.ndarray:
    """Pictures in rows on white."""
    rows = -(-len(pictures) // columns)
    out = np.full((rows * (size[1] + gap) - gap, columns * (size[0] + gap) - gap, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        y, x = number // columns * (size[1] + gap), number % columns * (size[0] + gap)
        out[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return out


def main() -> None:
    """Writes docs/triplets.png and docs/library.png."""
    DOCS.mkdir(exist_ok=True)
    for name, picture in (("triplets", triplets()), ("library", library())):
        path = DOCS / f"{name}.png"
        cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(path.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
