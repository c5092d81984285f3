"""Results of an evaluation for tests of what is made of them: small, and with every part that there can be."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unmask.evaluation.estimates import IMAGE_METRICS, MASK_METRICS, Distance, Estimate, MethodResult, Table
from unmask.evaluation.results import Bootstrap, IdentityScale, MeanOf, Network, Protocol, Results, Spread
from unmask.evaluation.rows import Row

TEMPLATES = ("surgical", "cloth")
METHODS = {
    "unmask": ("unmask (base)", 0.7),
    "masked": ("masked photo as it is", 0.2),
    "jpeg95": ("clean photo as JPEG 95", 0.99),
    "telea": ("Telea inpainting", 0.4),
    "mean_face": ("mean face", 0.5),
}
"""Titles, and how good a method is, from 0 to 1."""

KEYS = [f"photos/{number:03d}" for number in range(13)]
SIDE = 16
DISTANCES = {
    "fid": Distance(not_computed="pytorch-fid is not installed."),
    "kid": Distance(0.0123, -0.001, 0.02, 7),
    "p_ids": Distance(0.12, count=7),
    "u_ids": Distance(0.25, count=7),
    "embedding_frechet": Distance(0.05, count=13),
}


def rows(keys: Sequence[str], templates: Sequence[str] = TEMPLATES) -> list[Row]:
    """A row for each key and method; the later the key, the better."""
    found = []
    for number, key in enumerate(keys):
        shared = (key, templates[number % len(templates)], 12.5 * number - 30, 0.05 + 0.1 * number, -1)
        for name, (_, good) in METHODS.items():
            value = good * (0.5 + number / (2 * len(keys)))
            inside = {"l1_in_map": 1 - value, "psnr_in_map": 20 * value, "ssim_in_map": value}
            row = Row(*shared, name, l1=1 - value, psnr=30 * value, ssim=value, identity_similarity=value, **inside)
            if name == "unmask":
                row = replace(row, iou=value, f1=value, precision=value, recall=value, boundary_f1=value)
            found.append(row)
    return found


def estimate(values: Sequence[float | None]) -> Estimate:
    """The mean of those that are there, with an interval of its own size around it."""
    known = [value for value in values if value is not None]
    if not known:
        return Estimate(None, None, None, 0)
    mean = float(np.mean(known))
    return Estimate(mean, mean - 0.01, mean + 0.01, len(known))


def table(found: Sequence[Row], metrics: Sequence[str]) -> Table:
    """Means over all rows, and by template, yaw and area in two bins each."""
    names = {
        "template": lambda row: row.template,
        "yaw": lambda row: "0-10" if abs(row.yaw) < 10 else "10-20",
        "area": lambda row: "0-10 %" if row.area < 0.1 else "10-20 %",
    }

    def means(some: Sequence[Row]) -> dict[str, Estimate]:
        return {metric: estimate([row.value(metric) for row in some]) for metric in metrics}

    groups = {
        by: {name: means([row for row in found if name_of(row) == name]) for name in dict.fromkeys(map(name_of, found))}
        for by, name_of in names.items()
    }
    return Table(means(found), groups)


def results(found: Sequence[Row]) -> Results:
    """What metrics.json would say of rows of METHODS."""
    by_method = {name: [row for row in found if row.method == name] for name in METHODS}
    return Results(
        protocol=Protocol(
            records="records", records_sha256="ab" * 32, split="test", count=len(by_method["unmask"]), image_size=SIDE,
            stored_size=32, resize="area", output="completed", run="face",
            networks={"mask": Network("12" * 32, 1000, "base", 50), "face": Network("34" * 32, 2000, None, None)},
            inception_sha256="56" * 32, embedding_sha256="78" * 32, mean_face=MeanOf("train", 500), seed=0,
            interval=Bootstrap(), versions={"unmask": "0.1.0", "numpy": "2.4.0"},
        ),
        rows_sha256="cd" * 32,
        embeddings_sha256="ef" * 32,
        mask=table(by_method["unmask"], MASK_METRICS),
        methods={
            name: MethodResult(title, table(by_method[name], IMAGE_METRICS), dict(DISTANCES))
            for name, (title, _) in METHODS.items()
        },
        identity_scale=IdentityScale(Spread(0.95, 0.9, 0.99, 40), Spread(0.8, 0.7, 0.9, 50)),
    )  # fmt: skip


def images(key: str) -> dict[str, np.ndarray]:
    """The images of a record, the same for the same key."""
    rng = np.random.default_rng(list(key.encode("utf-8", "surrogatepass")))
    photos = {name: rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8) for name in ("masked", "restored", "clean")}
    maps = {name: np.where(rng.random((SIDE, SIDE)) < 0.3, 255, 0).astype(np.uint8) for name in ("map", "true_map")}
    return photos | maps
