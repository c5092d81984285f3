"""Means with their intervals, over all images and by template, yaw and map area."""

import math
from collections.abc import Callable, Iterable, Sequence

from unmask.evaluation.estimates import Estimate, Estimates, Table
from unmask.evaluation.results import Bootstrap
from unmask.evaluation.rows import Row
from unmask.metrics.bootstrap import mean_interval

YAW_BINS = ((10.0, "0-10"), (20.0, "10-20"), (30.0, "20-30"), (math.inf, "30+"))
"""Upper bounds of |yaw| in degrees; a lower bound belongs to its bin."""

AREA_BINS = ((0.1, "0-10 %"), (0.2, "10-20 %"), (0.3, "20-30 %"), (0.4, "30-40 %"), (math.inf, "40 %+"))
"""Upper bounds of the true map's share of the image."""


def table(rows: Sequence[Row], metrics: Iterable[str], interval: Bootstrap, seed: int) -> Table:
    """The table of one method.

    Args:
      rows: its rows.
      metrics: names as in metrics.json.
      interval: which confidence intervals.
      seed: of the bootstrap.
    """
    metrics = tuple(metrics)

    def estimates(some: Sequence[Row]) -> Estimates:
        return {metric: estimate(some, metric, interval, seed) for metric in metrics}

    groups = {
        by: {name: estimates(some) for name, some in _grouped(rows, name_of, order).items()}
        for by, (name_of, order) in _groupings(rows).items()
    }
    return Table(estimates(rows), groups)


def estimate(rows: Iterable[Row], metric: str, interval: Bootstrap, seed: int) -> Estimate:
    """The mean of a metric over the rows that have it."""
    values = [value for row in rows if (value := row.value(metric)) is not None]
    if not values:
        return Estimate(None, None, None, 0)
    found = mean_interval(values, seed, interval.resamples, interval.level)
    return Estimate(found.mean, found.low, found.high, found.count)


Naming = Callable[[Row], str]


def _groupings(rows: Sequence[Row]) -> dict[str, tuple[Naming, list[str]]]:
    """What a row's group is called, and the order of the names."""
    return {
        "template": (lambda row: row.template, sorted({row.template for row in rows})),
        "yaw": (lambda row: _bin(abs(row.yaw), YAW_BINS), [name for _, name in YAW_BINS]),
        "area": (lambda row: _bin(row.area, AREA_BINS), [name for _, name in AREA_BINS]),
    }


def _grouped(rows: Sequence[Row], name_of: Naming, order: list[str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {name: [] for name in order}
    for row in rows:
        groups[name_of(row)].append(row)
    return {name: some for name, some in groups.items() if some}


def _bin(value: float, bins: Sequence[tuple[float, str]]) -> str:
    return next(name for bound, name in bins if value < bound)
