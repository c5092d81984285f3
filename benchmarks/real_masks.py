"""How well a finished Mask G finds real masks, on photos in which people have outlined them.

    python -m benchmarks.real_masks --real labelled/ --run runs/face

The folder holds crops of heads, 256 x 256, binary maps of the same size, and labels.json, which says what belongs
together. Each crop is brought into the training frame, as `unmask remove --box` does with a head's box, and what Mask G
finds there is brought back; with --as-it-is it is taken for the frame. Two things differ between such outlines and the
maps of the records, and the figures say what each costs: outlines leave out ear loops, so parts of a prediction that
are thin are left out too; and outlines run along the middle of the fabric's soft edge, while a map holds all of that
edge.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cv2
import numpy as np
from PIL import Image

from unmask.backend import load_backend
from unmask.default_run import DEFAULT_RUN
from unmask.framing import framed
from unmask.resizing import resized
from unmask.restoration import head_square, place_of

if TYPE_CHECKING:
    from unmask.restorer import Restorer

SIDE = 256
"""Pixels of a crop."""

THIN = 15
"""Parts of a prediction thinner than this, in pixels of the crop, are left out: ear loops and straps."""

RIM = 1.4
"""Pixels of the crop by which maps reach beyond the middle of the fabric's edge: the mean of 114 records of CelebA,
the area between alpha above 0 and alpha above one half by the length of the edge. The two maps agree by an IoU of .940.
"""

Find = Callable[[np.ndarray], np.ndarray]
"""uint8 [256, 256, 3] RGB -> float32 of any size, above one half where there is a mask."""


@dataclass(frozen=True)
class Score:
    """A photo.

    Attributes:
      name: of its file, and the kind of its mask.
      whole: IoU with thin parts left out.
      inner: the same with the rim left out too.
      overlay: uint8 [256, 512, 3] RGB, the photo without and with what was found.
    """

    name: str
    whole: float
    inner: float
    overlay: np.ndarray


def measure(find: Find, real: Path) -> list[Score]:
    """What `find` finds in every outlined photo."""
    labels = {row["crop"]: row for row in _labels(real / "labels.json")}
    scores = []
    for name in sorted(labels):
        photo = cv2.cvtColor(_read(real / name, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        truth = _read(real / labels[name]["map"], cv2.IMREAD_GRAYSCALE) >= 128
        found = thick(cv2.resize(find(photo), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) > 0.5)
        depth = cv2.distanceTransform(found.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) - 0.5
        overlay = photo.copy()
        overlay[found] = overlay[found] // 2 + np.array([0, 127, 0], np.uint8)
        title = f"{name} {labels[name]['kind']}"
        scores.append(Score(title, iou(found, truth), iou(depth > RIM, truth), np.hstack([photo, overlay])))
    return scores


def _labels(path: Path) -> list[dict[str, str]]:
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [{"crop": row["crop"], "map": row["map"], "kind": row.get("kind", "?")} for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(
            f"{path} cannot be read: {error}. Name the folder with it, a list of photos with crop and map: --real."
        ) from error


def _read(path: Path, how: int) -> np.ndarray:
    pixels = cv2.imread(str(path), how)
    if pixels is None or pixels.shape[:2] != (SIDE, SIDE):
        seen = "none that can be read" if pixels is None else f"{pixels.shape[1]} x {pixels.shape[0]} pixels"
        raise click.ClickException(f"{path} should be a picture of {SIDE} x {SIDE} pixels; it is {seen}.")
    return pixels


def as_it_is(restorer: "Restorer") -> Find:
    """Takes a crop for one in the training frame."""
    return lambda photo: restorer.restore_batch(resized(photo, restorer.size)[np.newaxis]).probability[0]


class MaskAlone:
    """Finds masks for `framed`, and paints nothing: a run of stage 1 is measured too."""

    feather = 0

    def __init__(self, restorer: "Restorer"):
        self.size, self._restorer = restorer.size, restorer

    def paint(self, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._restorer.restore_batch(crop[np.newaxis]).probability[0], crop


def placed(restorer: "Restorer") -> Find:
    """Brings a crop's face into the frame, and what is found there back, as `unmask remove --box` does."""

    def find(photo: np.ndarray) -> np.ndarray:
        face = restorer.finder.inside(photo, head_square(photo, (0, 0, SIDE, SIDE)))
        seen = framed(photo, place_of(face.points, face.box).to_celeba, MaskAlone(restorer))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(seen.probability, seen.to_frame, (SIDE, SIDE), flags=how)

    return find


def thick(found: np.ndarray) -> np.ndarray:
    """A map without its parts thinner than `THIN`: bool [256, 256]."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (THIN, THIN))
    return cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two maps, bool [H, W]."""
    return float((one & other).sum() / max((one | other).sum(), 1))


def table(scores: Sequence[Score]) -> str:
    """The scores and their means, a line each."""
    lines = [f"  {score.whole:.3f}  {score.inner:.3f}  {score.name}" for score in scores]
    means = (np.mean([getattr(score, name) for score in scores]) for name in ("whole", "inner"))
    worst = (min(getattr(score, name) for score in scores) for name in ("whole", "inner"))
    lines.append("  {:.3f}  {:.3f}  mean IoU".format(*means))
    lines.append("  {:.3f}  {:.3f}  least IoU".format(*worst))
    return "\n".join(["  whole  without rim", *lines])


def save_sheet(scores: Sequence[Score], path: Path) -> None:
    """Draws all photos with what was found in them, four a row."""
    rows = [score.overlay for score in scores]
    rows += [np.zeros_like(rows[0])] * (-len(rows) % 4)
    grid = np.vstack([np.hstack(rows[i : i + 4]) for i in range(0, len(rows), 4)])
    try:
        Image.fromarray(grid).save(path)
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"--sheet {path} cannot be written: {error}. Name a picture, such as .png."
        ) from error


@click.command()
@click.option("--real", type=click.Path(path_type=Path, exists=True), required=True, help="Outlined photos.")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    default=DEFAULT_RUN,
    show_default="the networks that come along",
    help="A finished run of either stage.",
)
@click.option("--place/--as-it-is", default=True, help="Bring crops into the training frame first.  [default: place]")
@click.option("--sheet", type=click.Path(path_type=Path), help="Picture to draw what was found into.")
def main(real: Path, run: Path, place: bool, sheet: Path | None) -> None:
    """Prints IoU by photo, their mean and the least."""
    load_backend(training=False)
    from unmask.restorer import Restorer

    restorer = Restorer.load(run)
    scores = measure(placed(restorer) if place else as_it_is(restorer), real)
    click.echo(table(scores))
    if sheet:
        save_sheet(scores, sheet)


if __name__ == "__main__":
    main()
