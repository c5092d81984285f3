"""How well masks sit: coverage and spill of the lower face by yaw, landmarks inside the map, by template."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from maskify.config import SynthesisConfig
from maskify.errors import Skipped
from maskify.photos import Photo, list_photos
from maskify.placement import MAX_SPILL, MIN_COVERAGE, count_inside, measure_fit
from maskify.record import Record
from maskify.shards import hash_of
from maskify.synthesis import Synthesizer
from maskify.templates import Template, names

YAW_BINS = (0, 10, 20, 30, 90)
HALO, HALO_PHOTOS = 4, 200
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


def measure(record: Record) -> Row:
    """Coverage, spill and landmarks of one record."""
    fit = measure_fit(record.binary_map, record.landmarks)
    covered = count_inside(record.binary_map, record.landmarks[INSIDE]) == len(INSIDE)
    return Row(abs(record.pose[0]), fit.coverage, fit.spill, covered, fit.eyes_covered)


def without_loops(template: Template) -> Template:
    """The body alone: loops are brighter than what is beside them by right."""
    return replace(template, mesh=template.mesh.without_loops)


def has_halo(record: Record) -> bool:
    """Whether a pixel at the edge is more than `HALO` grey levels brighter than garment and photo beside it.

    Beside means within 6 pixels, a soft edge's own place in the photo included.
    """
    square, reach = np.ones((3, 3), np.uint8), np.ones((13, 13), np.uint8)
    inside = cv2.erode(record.binary_map, square, iterations=2)
    edge = (cv2.dilate(record.binary_map, square, iterations=2) > 0) & (inside == 0)
    masked, clean = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (record.masked, record.clean))
    garment = cv2.dilate(np.where(inside > 0, masked, 0).astype(np.uint8), reach)
    photo = cv2.dilate(np.where(inside == 0, clean, 0).astype(np.uint8), reach)
    brighter = masked.astype(int) > np.maximum(garment, photo).astype(int) + HALO
    return bool((edge & brighter).any())


def synthesized(synthesizer: Synthesizer, photos: list[Photo]) -> tuple[list[Record], Counter[str]]:
    """Records of the photos, and reasons of those skipped."""
    records, reasons = [], Counter[str]()
    for photo in photos:
        try:
            records += [face.record for face in synthesizer.synthesize(photo)]
        except Skipped as skipped:
            reasons[skipped.reason] += 1
    return records, reasons


def run(src: Path, limit: int) -> str:
    """The table, for each template and for all, on an even sample of the photos."""
    photos = sorted(list_photos(src).photos, key=lambda photo: hash_of("limit", photo.key))[:limit]
    lines = [
        f"Placement, {len(photos)} photos of {src.name}, 256 px. Coverage of landmarks 2..14 and 28, mean by |yaw|;",
        "spill: share of the mask outside that polygon grown by 12 % of the face box; bad: written with coverage",
        "< .75 or spill > .25, eyes: with an eye landmark under the mask (both are refused, so these are 0 by design,",
        "and what was refused stands under skipped);",
        "halo: of 200 without loops, how many have a pixel at the edge over 4 grey levels brighter than both sides;",
        "inside: records with |yaw| < 40 with chin, nose tip and mouth landmarks all covered and no eye landmark.",
        f"{'template':14}{'records':>8}{'0-10':>7}{'10-20':>7}{'20-30':>7}{'over 30':>9}{'spill':>7}{'bad':>8}"
        f"{'eyes':>6}{'halo':>6}{'inside':>8}  skipped",
    ]
    for name in [*names(), "all"]:
        config = SynthesisConfig(templates=() if name == "all" else (name,), patterns=(("plain", 1.0),))
        synthesizer = Synthesizer(config)
        records, reasons = synthesized(synthesizer, photos)
        synthesizer.templates = [without_loops(template) for template in synthesizer.templates]
        halos = [has_halo(record) for record in synthesized(synthesizer, photos[:HALO_PHOTOS])[0]]
        lines.append(_line(name, [measure(record) for record in records], reasons, halos))
    return "\n".join(lines)


def _line(name: str, rows: list[Row], reasons: Counter[str], halos: list[bool]) -> str:
    bins = []
    for low, high in zip(YAW_BINS, YAW_BINS[1:], strict=False):
        values = [row.coverage for row in rows if low <= row.yaw < high]
        bins.append(f"{np.mean(values):.3f}" if values else "-")
    bad = np.mean([row.coverage < MIN_COVERAGE or row.spill > MAX_SPILL for row in rows])
    inside = np.mean([row.covered and not row.eyes for row in rows if row.yaw < 40])
    eyes = sum(row.eyes > 0 for row in rows)
    spill = np.mean([row.spill for row in rows])
    skipped = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "none"
    return (
        f"{name:14}{len(rows):8}{bins[0]:>7}{bins[1]:>7}{bins[2]:>7}{bins[3]:>9}{spill:7.3f}{bad:8.2%}{eyes:6}"
        f"{np.mean(halos):6.1%}{inside:8.2%}  {skipped}"
    )
