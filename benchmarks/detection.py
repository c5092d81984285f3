"""How faces are found: the aligned fast path against the detector, and photos that are not aligned."""

import os
import tempfile
from pathlib import Path

import numpy as np

from maskify import align
from maskify.config import BuildConfig
from maskify.decode import read_photo
from maskify.landmarks import FaceFinder
from maskify.photos import list_photos
from maskify.pipeline import build
from maskify.shards import hash_of

MOST_ALIGNED = 1000
"""Photos on which the detector is run for comparison: it takes ten times as long."""


def run(src: Path, limit: int) -> str:
    """Landmarks of the aligned fast path, where its check trusts them, against the detector's closest face."""
    photos = sorted(list_photos(src).photos, key=lambda photo: hash_of("limit", photo.key))[: min(limit, MOST_ALIGNED)]
    fast, slow = FaceFinder(), FaceFinder(detector="hog")
    away, refused, alone = [], 0, 0
    for photo in photos:
        pixels = read_photo(photo)
        found = fast.find(pixels, photo)
        if not found or found[0].detector != "aligned":
            refused += 1
            continue
        others = [np.linalg.norm(face.landmarks - found[0].landmarks, axis=1).mean() for face in slow.find(pixels)]
        if others:
            away.append(min(others) / align.EYE_DISTANCE)
        alone += not others
    mean, most = (np.mean(away), np.percentile(away, 95)) if away else (np.nan, np.nan)
    return (
        f"The aligned fast path against the detector, {len(away)} photos of {src.name}: the landmarks differ by\n"
        f"  {mean:.2%} of the eye distance on average, 95th percentile {most:.2%}.\n"
        f"  Not trusted by the check, so left to the detector: {refused}; the detector finds nothing there: {alone}."
    )


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
