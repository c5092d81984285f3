"""How well masks sit: coverage and spill of the lower face by yaw, landmarks inside the map, by template."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from maskify.config import SynthesisConfig
from maskify.errors import Skipped
from maskify.photos import list_photos
from maskify.placement import MAX_SPILL, MIN_COVERAGE, count_inside, measure_fit
from maskify.record import Record
from maskify.shards import hash_of
from maskify.synthesis import Synthesizer
from maskify.templates import names

YAW_BINS = (0, 10, 20, 30, 90)
HALO = 4
INSIDE = np.r_[8, 30, 48:68]
"""Landmarks that a mask worn correctly must cover: chin, nose tip, mouth."""


@dataclass(frozen=True)
class Row:
    """What was measured on one record."""

    yaw: float
    coverage: float
    spill: float
    covered: bool
    eyes: int
    halo: bool


def measure(record: Record) -> Row:
    """Coverage, spill and landmarks of one record."""
    fit = measure_fit(record.binary_map, record.landmarks)
    covered = count_inside(record.binary_map, record.landmarks[INSIDE]) == len(INSIDE)
    return Row(abs(record.pose[0]), fit.coverage, fit.spill, covered, fit.eyes_covered, has_halo(record))


def has_halo(record: Record) -> bool:
    """Whether a pixel at the body's edge is more than `HALO` grey levels brighter than garment and photo beside it.

    Beside means within 6 pixels, a soft edge's own place in the photo included; loops, too thin to have an inside, are
    left out.
    """
    square = np.ones((3, 3), np.uint8)
    body = cv2.morphologyEx(record.binary_map, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    inside = cv2.erode(body, square, iterations=2)
    loops = cv2.dilate(record.binary_map & ~body, square, iterations=4)
    edge = (cv2.dilate(body, square, iterations=2) > 0) & (inside == 0) & (loops == 0)
    masked, clean = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (record.masked, record.clean))
    garment = cv2.dilate(np.where(inside > 0, masked, 0).astype(np.uint8), np.ones((13, 13), np.uint8))
    photo = cv2.dilate(np.where(inside == 0, clean, 0).astype(np.uint8), np.ones((13, 13), np.uint8))
    brighter = masked.astype(int) > np.maximum(garment, photo).astype(int) + HALO
    return bool((edge & brighter).any())


def run(src: Path, limit: int) -> str:
    """The table, for each template and for all, on an even sample of the photos."""
    photos = sorted(list_photos(src).photos, key=lambda photo: hash_of("limit", photo.key))[:limit]
    lines = [
        f"Placement, {len(photos)} photos of {src.name}, 256 px. Coverage of landmarks 2..14 and 28, mean by |yaw|;",
        "spill: share of the mask outside that polygon grown by 12 % of the face box; bad: coverage < .75 or",
        "spill > .25; eyes: records with an eye landmark under the mask;",
        "halo: records with a pixel at the edge that is over 4 grey levels brighter than garment and photo beside it;",
        "inside: records with |yaw| < 40 with chin, nose tip and mouth landmarks all covered and no eye landmark.",
        f"{'template':14}{'records':>8}{'0-10':>7}{'10-20':>7}{'20-30':>7}{'over 30':>9}{'spill':>7}{'bad':>8}"
        f"{'eyes':>6}{'halo':>6}{'inside':>8}  skipped",
    ]
    for name in [*names(), "all"]:
        synthesizer = Synthesizer(
            SynthesisConfig(templates=() if name == "all" else (name,), patterns=(("plain", 1.0),))
        )
        rows, reasons = [], Counter[str]()
        for photo in photos:
            try:
                rows += [measure(face.record) for face in synthesizer.synthesize(photo)]
            except Skipped as skipped:
                reasons[skipped.reason] += 1
        lines.append(_line(name, rows, reasons))
    return "\n".join(lines)


def _line(name: str, rows: list[Row], reasons: Counter[str]) -> str:
    bins = []
    for low, high in zip(YAW_BINS, YAW_BINS[1:], strict=False):
        values = [row.coverage for row in rows if low <= row.yaw < high]
        bins.append(f"{np.mean(values):.3f}" if values else "-")
    bad = np.mean([row.coverage < MIN_COVERAGE or row.spill > MAX_SPILL for row in rows])
    inside = np.mean([row.covered and not row.eyes for row in rows if row.yaw < 40])
    eyes = sum(row.eyes > 0 for row in rows)
    halo = sum(row.halo for row in rows)
    spill = np.mean([row.spill for row in rows])
    skipped = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "none"
    return (
        f"{name:14}{len(rows):8}{bins[0]:>7}{bins[1]:>7}{bins[2]:>7}{bins[3]:>9}{spill:7.3f}{bad:8.2%}{eyes:6}"
        f"{halo:6}{inside:8.2%}  {skipped}"
    )
