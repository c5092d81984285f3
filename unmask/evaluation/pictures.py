"""The pictures of the report: which records it shows, and their images as data URIs."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from unmask.evaluation.rows import Row

Images = dict[str, np.ndarray]
"""The images of a record: uint8 RGB [S, S, 3] by "masked", "restored" and "clean", and uint8 [S, S] in {0, 255} by
"map" (the one that Mask G found) and "true_map"; any may be missing."""

ImagesOf = Callable[[str], Images]
"""Gives the images of a record by its key."""

MOST_IN_A_GROUP = 4
LARGEST_SIDE = 256
"""Larger images are shrunk to this side for the report, in pixels, so that its size stays that of a photo album."""

_JPEG_QUALITY = 90

HIT, MISSED, FALSE_ALARM, NOTHING = (236, 236, 236), (230, 120, 20), (60, 130, 250), (48, 52, 58)
"""RGB of a map's pixels: found and true, true alone, found alone, neither."""

TITLES = {"masked": "Masked", "map": "Map found", "true_map": "True map", "restored": "Restored", "clean": "Clean"}
"""What the report shows of a record, in this order, as far as it is there."""


@dataclass(frozen=True)
class Picture:
    """One image: its title, what it shows for those who do not see it, its data URI, and its side in pixels."""

    title: str
    alt: str
    uri: str
    side: int


def choose(rows: Sequence[Row], metric: str, seed: int) -> dict[str, list[Row]]:
    """Rows to show: the best, those around the median, the worst, and some drawn at random from the others.

    Args:
      rows: of one method.
      metric: by which they are ranked, higher is better; rows without it are left out.
      seed: of the draw.

    Returns:
      By "best", "median", "worst" and "random": up to MOST_IN_A_GROUP rows each. They share none where there are three
      rows or more. Without "random" where there are no others, and empty where no row has the metric.
    """
    ranked = sorted(
        (row for row in rows if row.value(metric) is not None), key=lambda row: (row.value(metric), row.key)
    )
    if not ranked:
        return {}
    size = max(1, min(MOST_IN_A_GROUP, len(ranked) // 3))
    middle = (len(ranked) - size) // 2
    chosen = {"best": ranked[::-1][:size], "median": ranked[middle : middle + size], "worst": ranked[:size]}
    others = [row for row in ranked if not any(row in group for group in chosen.values())]
    drawn = np.random.default_rng(seed).choice(len(others), min(MOST_IN_A_GROUP, len(others)), replace=False)
    return {**chosen, "random": [others[number] for number in drawn]} if others else chosen


def pictures_of(images: Images, subject: str) -> list[Picture]:
    """A record's images, ready for the report.

    Args:
      images: the record's. With both maps, the one that was found is drawn in the colours above.
      subject: whose face it is, for the alternative texts.
    """
    shown = dict(images)
    if "map" in images and "true_map" in images:
        shown["map"] = compared_maps(images["map"] > 127, images["true_map"] > 127)
        del shown["true_map"]
    return [
        Picture(title, f"{title}: {subject}", data_uri(shown[name], "map" in name), _side(shown[name]))
        for name, title in TITLES.items()
        if name in shown
    ]


def compared_maps(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """uint8 [S, S, 3]: two maps, bool [S, S], drawn over each other in HIT, MISSED, FALSE_ALARM and NOTHING."""
    palette = np.array([NOTHING, FALSE_ALARM, MISSED, HIT], np.uint8)
    return palette[2 * truth.astype(np.uint8) + found]


def data_uri(image: np.ndarray, lossless: bool = False) -> str:
    """A uint8 image, [S, S, 3] or [S, S], as a data URI: JPEG or `lossless` PNG, shrunk to LARGEST_SIDE."""
    picture = Image.fromarray(image)
    if image.shape[0] > LARGEST_SIDE:
        picture = picture.resize((_side(image), _side(image)), Image.Resampling.BOX)
    stream = io.BytesIO()
    if lossless:
        picture.save(stream, "PNG", optimize=True)
    else:
        picture.save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    kind = "png" if lossless else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"


def _side(image: np.ndarray) -> int:
    return min(image.shape[0], LARGEST_SIDE)
