"""A user's own pictures as patterns: listed, checked and cut down to tiles."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.decode import read_photo
from maskify.errors import MaskifyError, Skipped
from maskify.fabrics.tiles import Tile, make_tile
from maskify.light import SRGB_TO_LINEAR
from maskify.photos import Photo, list_photos

LARGEST = 512
"""Longest side of a picture's tile in pixels."""

KEPT = 20
"""How many pictures' tiles a process keeps, up to 2.8 MB each; others are read again each time."""

SEAM = 1.5
"""A picture's edges meet if the step across them is at most this many times the mean step between its own rows."""


def list_pictures(folder: Path) -> dict[str, Photo]:
    """The pictures of a folder by their keys, in the keys' order.

    Raises:
      MaskifyError: the folder is missing or holds no picture.
    """
    try:
        return {photo.key: photo for photo in list_photos(folder).photos}
    except MaskifyError as error:
        raise MaskifyError("--pattern" + error.message.removeprefix("--src")) from error


def fingerprint(pictures: Mapping[str, Photo]) -> str:
    """A hash of the pictures' keys and pixels: records drawn with other pictures are other records.

    Reads every picture once, so that a broken one is an error before a build starts (MaskifyError).
    """
    digest = hashlib.blake2b(digest_size=16)
    for key, photo in pictures.items():
        pixels = _read(photo)
        digest.update(f"{key}\0{pixels.shape}\0".encode())
        digest.update(pixels.tobytes())
    return digest.hexdigest()


def picture_tile(pictures: Mapping[str, Photo], key: str) -> Tile:
    """The picture as a tile whose three shares are linear red, green and blue. It repeats if its edges meet."""
    if key not in pictures:
        raise MaskifyError(f"--pattern has no picture {key!r} (any more). Use the folder as it was when it was drawn.")
    return _tile(pictures[key])


@lru_cache(maxsize=KEPT)
def _tile(photo: Photo) -> Tile:
    pixels = _shrunk(_read(photo), 4 * LARGEST)  # as floats a large photo would take a hundred times its file
    linear = _shrunk(SRGB_TO_LINEAR[pixels], LARGEST)
    repeats = _edges_meet(linear) and _edges_meet(linear.transpose(1, 0, 2))
    return make_tile(linear, repeats, np.uint16)


def _shrunk(picture: NDArray[Any], largest: int) -> NDArray[Any]:
    """The picture, no side of which is longer than `largest`."""
    height, width = picture.shape[:2]
    scale = largest / max(height, width)
    if scale >= 1:
        return picture
    return cv2.resize(
        picture, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA
    )


def _read(photo: Photo) -> NDArray[np.uint8]:
    try:
        return read_photo(photo)
    except Skipped as error:
        raise MaskifyError(
            f"--pattern: the picture {photo.path} cannot be used: {error}. Repair it, or take it out of the folder."
        ) from error


def _edges_meet(linear: NDArray[np.float32]) -> bool:
    """Whether the first row follows upon the last one as smoothly as the rows in between follow on each other."""
    perceived = np.sqrt(linear)
    within = float(np.abs(np.diff(perceived, axis=0)).mean())
    return float(np.abs(perceived[0] - perceived[-1]).mean()) <= SEAM * within + 0.004
