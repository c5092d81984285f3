"""How faces are found: the aligned fast path against the detector, and photos that are not aligned."""

import os
import tempfile
from pathlib import Path

import numpy as np

from maskify import align
from maskify.config import BuildConfig
from maskify.decode import read_photo
from maskify.landmarks import Face, FaceFinder, frame_error
from maskify.photos import Photo, list_photos
from maskify.pipeline import build
from maskify.shards import hash_of

MOST_ALIGNED = 1000
"""Photos on which the detector is run for comparison: it takes ten times as long."""


def run(src: Path, limit: int) -> str:
    """Landmarks of the aligned fast path, where its check trusts them, against the detector's closest face."""
    photos = sorted(list_photos(src).photos, key=lambda photo: hash_of("limit", photo.key))[: min(limit, MOST_ALIGNED)]
    fast, slow = FaceFinder(), FaceFinder(detector="hog")
    pairs, refused, alone = [], 0, 0
    for photo in photos:
        pixels = read_photo(photo)
        found = fast.find(pixels, photo)
        if not found or found[0].detector != "aligned":
            refused += 1
            continue
        others = slow.find(pixels)
        if others:
            pairs.append((photo, found[0], min(others, key=lambda face: _apart(face, found[0]))))
        alone += not others
    lines = [
        f"The aligned fast path against the detector, {len(pairs)} photos of {src.name}, in eye distances:",
        _line("their landmarks differ by", [_apart(one, other) for _, one, other in pairs]),
        f"  Not trusted by the check, so left to the detector: {refused}; the detector finds nothing there: {alone}.",
    ]
    listed = [pair for pair in pairs if pair[0].five_points is not None]
    if listed:
        by_path = zip(("the fast path misses", "the detector misses"), _errors(listed), strict=True)
        lines[2:2] = [_line(f"{name} CelebA's five points by", errors) for name, errors in by_path]
    return "\n".join(lines)


def _apart(one: Face, other: Face) -> float:
    return float(np.linalg.norm(one.landmarks - other.landmarks, axis=1).mean() / align.EYE_DISTANCE)


def _errors(pairs: list[tuple[Photo, Face, Face]]) -> tuple[list[float], list[float]]:
    """Mean distances from CelebA's own five points: of the fast path's landmarks and of the detector's."""
    fast = [frame_error(face.landmarks, photo) for photo, face, _ in pairs]
    return fast, [frame_error(face.landmarks, photo) for photo, _, face in pairs]


def _line(name: str, values: list[float]) -> str:
    if not values:
        return f"  {name}: nothing to compare."
    return f"  {name} {np.mean(values):.2%} on average, 95th percentile {np.percentile(values, 95):.2%}."


def run_wild(src: Path, limit: int) -> str:
    """Speed and share of written photos where none are aligned, on all cores."""
    with tempfile.TemporaryDirectory() as folder:
        config = BuildConfig(limit=limit, shard_size=max(4, min(limit, len(list_photos(src).photos)) // 16))
        summary = build(list_photos(src), src, Path(folder), config, jobs=-1, max_skip=1, progress=False)
    total = summary.total
    faces = total.photos - total.reasons["no_face"]
    return (
        f"Photos that are not aligned, {total.photos} of {src.name}, {os.cpu_count()} cores: "
        f"{summary.photos_per_second:.0f} photos/s, start to end;\n"
        f"  written {total.written} of {faces} with a face found ({total.written / max(faces, 1):.0%}); "
        f"skipped: {dict(total.reasons.most_common())}"
    )
