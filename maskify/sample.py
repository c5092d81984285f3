"""A small photo set in CelebA's layout, made from one public-domain portrait: something to build from at once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from maskify import portrait
from maskify.errors import MaskifyError

POINT_NAMES = ("lefteye", "righteye", "nose", "leftmouth", "rightmouth")
TRAIN, VALIDATION, TEST = 0, 1, 2
PARTITION_CYCLE = (TRAIN, VALIDATION, TEST, TRAIN, TRAIN, TRAIN)  # the first three photos already show every split


def make_sample(out: Path, count: int, seed: int = 0) -> Path:
    """Writes `count` photos and CelebA's three lists below `out`.

    The photos are variations of one picture, NASA's portrait of Eileen Collins (public domain), as scikit-image ships
    it: framing, light, colour, blur, grain and JPEG quality differ, and the head is turned a little. All of them show
    the same person. The lists name three identities all the same, one for each partition (1 train, 2 validation,
    3 test), just so that a build shows its three splits: nothing can be measured across them.

    Args:
      out: folder to make; gets img_align_celeba/000001.jpg ... (178 x 218), list_eval_partition.txt,
        identity_CelebA.txt and list_landmarks_align_celeba.txt. A sample that is there already is written over.
      count: number of photos, at least 1.
      seed: 0 or more; the same seed draws the same photos; photo number n does not depend on `count`.

    Returns:
      `out`.

    Raises:
      MaskifyError: `count` is below 1, scikit-image is missing, `out` holds other photos or cannot be written.
    """
    if count < 1:
        raise MaskifyError(f"A sample needs at least one photo, not {count}. Use -n 24.")
    astronaut = load_astronaut()
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    folder = _photo_folder(out, names)
    try:
        _write_lists(out, names, _write_photos(folder, names, astronaut, seed))
    except OSError as error:
        path = error.filename or out
        raise MaskifyError(f"{path} cannot be written: {error.strerror or error}. Choose another --out.") from error
    return out


def load_astronaut() -> np.ndarray:
    """Returns scikit-image's astronaut, uint8 [512, 512, 3] RGB; MaskifyError where scikit-image is not installed."""
    try:
        from skimage import data
    except ImportError as error:
        raise MaskifyError(
            f"The sample photos are made from a portrait that scikit-image ships, and it is missing ({error}). "
            'Install it with: pip install "maskify[demo]"'
        ) from error
    return np.asarray(data.astronaut())


def _photo_folder(out: Path, names: Sequence[str]) -> Path:
    """Makes out/img_align_celeba; refuses a folder with other files, which the lists would not name."""
    folder = out / "img_align_celeba"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MaskifyError(f"Cannot make the folder {folder}: {error.strerror}. Choose another --out.") from error
    others = sorted({path.name for path in folder.iterdir()} - set(names))
    if others:
        raise MaskifyError(f"{folder} has other files in it, such as {others[0]}. Remove it, or choose another --out.")
    return folder


def _write_photos(folder: Path, names: Sequence[str], astronaut: np.ndarray, seed: int) -> list[np.ndarray]:
    """Writes the photos; returns the five points of each, float [5, 2]."""
    points = []
    for index, name in enumerate(names):
        shot = portrait.draw_shot(seed, index)
        photo, five_points = portrait.take(astronaut, shot)
        Image.fromarray(photo).save(folder / name, quality=shot.quality)
        points.append(five_points)
    return points


def _write_lists(out: Path, names: Sequence[str], points: Sequence[np.ndarray]) -> None:
    """Writes partition, identity and five points (float [5, 2], rounded) of each photo as CelebA's lists have them."""
    partitions = [PARTITION_CYCLE[index % len(PARTITION_CYCLE)] for index in range(len(names))]
    header = " ".join(f"{name}_{axis}" for name in POINT_NAMES for axis in "xy")
    rows = [" ".join([name, *(f"{round(v):4d}" for v in p.ravel())]) for name, p in zip(names, points, strict=True)]
    lists = {
        "list_eval_partition.txt": [f"{name} {partition}" for name, partition in zip(names, partitions, strict=True)],
        "identity_CelebA.txt": [f"{name} {partition + 1}" for name, partition in zip(names, partitions, strict=True)],
        "list_landmarks_align_celeba.txt": [str(len(names)), header, *rows],
    }
    for file_name, lines in lists.items():
        (out / file_name).write_text("\n".join(lines) + "\n", encoding="ascii")
