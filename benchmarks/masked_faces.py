"""How well masked faces are found: on synthesised photos kept out of training, and on real ones.

    python -m benchmarks.masked_faces --src celeba/ --src photos/ --real masked/ --sheets build/masked_faces

`--src` are the photos that `python -m tools.train_masked_faces` trained on; what it kept out is measured. `--real` is a
folder of real people in masks, with photos below photos/ and, if there are any, outlined ones below labelled/.
"""

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.decode import read_photo
from maskify.photos import list_photos
from tools.train_masked_faces.people import Person, find_people
from tools.train_masked_faces.scenes import Clothing, eye_error, to_celeba, whole
from unmask.finding import boxes, frame
from unmask.finding.finder import MaskedFace, MaskedFaceFinder

LONGEST, SIDE = 640, 178
KINDS = {
    "masks": Clothing(1, 0, 0),
    "masks, glasses, headgear": Clothing(1, 0.5, 0.5),
    "nothing": Clothing(0, 0, 0),
}
CORNERS = np.array([[0, 0], [SIDE, 0], [0, SIDE], [SIDE, SIDE]], np.float64)
TILE, COLUMNS, ROWS = 240, 8, 5


@dataclass(frozen=True)
class Errors:
    """What a found face is off by: eyes in eye distances, the frame's corners in its sides, its scale, degrees."""

    eyes: float
    corners: float
    scale: float
    turn: float


def errors_of(face: MaskedFace, landmarks: NDArray[np.floating]) -> Errors:
    """The errors of a face against the 68 landmarks of the same face without a mask."""
    true = align.aligned_transform(SIDE, to_celeba(landmarks))
    off = frame.after(frame.inverse(true), face.frame_transform(SIDE))
    away = np.linalg.norm(align.apply(off, CORNERS) - CORNERS, axis=1).mean() / SIDE
    turn = float(np.degrees(np.arctan2(off[1, 0], off[0, 0])))
    return Errors(eye_error(face.points, landmarks), float(away), abs(align.scale_of(off) - 1), abs(turn))


def synthesised(people: Sequence[Person], clothing: Clothing, limit: int) -> list[str]:
    """Found, false boxes and errors on `limit` scenes of the people, each in turn."""
    finder, rows, missed, false, seconds = MaskedFaceFinder(), list[Errors](), 0, 0, list[float]()
    for number in range(limit):
        scene = whole(people[number % len(people)], LONGEST, clothing, np.random.default_rng([11, number]))
        started = time.perf_counter()
        found = finder.find(scene.grey)
        seconds.append(time.perf_counter() - started)
        heads = [boxes.head_box(to_celeba(points)) for points in scene.landmarks]
        false += sum(max(boxes.overlap(face.box, head) for head in heads) < 0.3 for face in found)
        best = max(found, key=lambda face: boxes.overlap(face.box, heads[0]), default=None)
        if best is None or boxes.overlap(best.box, heads[0]) < 0.5:
            missed += 1
        else:
            rows.append(errors_of(best, scene.landmarks[0]))
    within = statistics.mean(row.eyes <= 0.1 for row in rows)
    return [
        f"found {len(rows)} of {limit} ({len(rows) / limit:.1%}), {false} false boxes; {_milliseconds(seconds)}",
        f"  {_spread('eyes, eye distances', [row.eyes for row in rows])}, within 10 %: {within:.1%}",
        f"  {_spread('corners of the frame, its sides', [row.corners for row in rows])}",
        f"  {_spread('scale', [row.scale for row in rows])}; {_spread('degrees', [row.turn for row in rows], '.2f')}",
    ]


def _spread(name: str, values: Sequence[float], form: str = ".3f") -> str:
    return f"{name}: mean {np.mean(values):{form}}, 95th percentile {np.percentile(values, 95):{form}}"


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{1e3 * statistics.median(seconds):.0f} ms a photo (95th percentile {1e3 * np.percentile(seconds, 95):.0f})"


def real(folder: Path, sheets: Path) -> list[str]:
    """Boxes on real photos, drawn on sheets to be counted by eye, and how the outlined ones do."""
    finder, tiles, seconds, counts = MaskedFaceFinder(), [], list[float](), list[int]()
    rows = json.loads((folder / "labelled" / "labels.json").read_text("utf-8"))
    wanted = {folder / "labelled" / row["photo"]: row for row in rows}
    good = []
    for path in [*(Path(photo.path) for photo in list_photos(folder / "photos").photos), *sorted(wanted)]:
        pixels = read_photo(list_photos(path).photos[0])
        scale = min(1.0, LONGEST / max(pixels.shape))
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        started = time.perf_counter()
        finder.find(small)
        seconds.append(time.perf_counter() - started)
        faces = finder.find(pixels)
        counts.append(len(faces))
        if path in wanted:
            good.append(any(fits(face, wanted[path]) for face in faces))
        tiles.append(_tile(pixels, faces, f"{len(tiles)}: {path.stem}"))
    sheets.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(tiles), COLUMNS * ROWS):
        part = tiles[start : start + COLUMNS * ROWS]
        part += [np.zeros_like(part[0])] * (-len(part) % COLUMNS)
        grid = np.vstack([np.hstack(part[row : row + COLUMNS]) for row in range(0, len(part), COLUMNS)])
        cv2.imwrite(str(sheets / f"real-{start // (COLUMNS * ROWS)}.png"), cv2.cvtColor(grid, cv2.COLOR_RGB2BGR))
    return [
        f"{len(counts)} real photos: {sum(map(bool, counts))} with a box, {sum(counts)} boxes; look at {sheets}/real-*",
        f"  outlined: {sum(good)} of {len(good)} boxes hold the outline's middle and overlap the head box by half",
        f"  with a long side of {LONGEST} pixels at most: {_milliseconds(seconds)}",
    ]


def fits(face: MaskedFace, row: dict) -> bool:
    """Whether the box holds the outline's middle and overlaps the head box by half (intersection over union)."""
    outline = np.concatenate([np.array(polygon) for polygon in row["polygons"]])
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    inside = bool((face.box[:2] <= middle).all() and (middle <= face.box[2:]).all())
    return inside and boxes.overlap(face.box, np.array(row["head_box"], np.float64)) >= 0.5


def _tile(pixels: NDArray[np.uint8], faces: Sequence[MaskedFace], name: str) -> NDArray[np.uint8]:
    """The photo with boxes, points and scores: uint8 [TILE, TILE, 3]."""
    scale = TILE / max(pixels.shape)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:TILE, :TILE]
    tile = np.zeros((TILE, TILE, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    for face in faces:
        left, top, right, bottom = (round(float(edge * scale)) for edge in face.box)
        cv2.rectangle(tile, (left, top), (right, bottom), (0, 255, 0), 2)
        for x, y in np.rint(face.points * scale).astype(int).tolist():
            cv2.circle(tile, (x, y), 2, (255, 0, 0), -1)
        cv2.putText(tile, f"{face.score:.1f}", (max(left, 0) + 2, max(top, 0) + 14), 0, 0.45, (255, 255, 0), 1)
    cv2.putText(tile, name, (2, TILE - 4), 0, 0.4, (255, 255, 255), 1)
    return tile


@click.command()
@click.option("--src", "sources", type=click.Path(path_type=Path, exists=True), multiple=True, help="Photos.")
@click.option("--real", "folder", type=click.Path(path_type=Path, exists=True), help="Real people in masks.")
@click.option("--sheets", type=click.Path(path_type=Path), default=Path("build/masked_faces"), show_default=True)
@click.option("--limit", default=200, show_default=True, help="Scenes of each kind.")
@click.option("--jobs", default=-1, show_default=True, help="Processes to find the people with.")
def main(sources: tuple[Path, ...], folder: Path | None, sheets: Path, limit: int, jobs: int) -> None:
    """Prints what was measured, on this machine, now."""
    cv2.setNumThreads(1)
    held_out = [person for person in find_people(sources, jobs) if person.held_out] if sources else []
    for name, people in (
        ("whole photos", [person for person in held_out if person.is_loose]),
        ("photos in CelebA's frame", [person for person in held_out if not person.is_loose]),
    ):
        for kind, clothing in KINDS.items() if people else ():
            click.echo(f"{name}, {kind}: " + "\n".join(synthesised(people, clothing, limit)))
    if folder:
        click.echo("\n".join(real(folder, sheets)))


if __name__ == "__main__":
    main()
