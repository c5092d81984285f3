"""One method or network of a plot: its numbers, its colour and its marker, the same in every plot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from unmask.evaluation.estimates import Table
from unmask.evaluation.glossary import Mean, Metric, known, role_of, title_of
from unmask.evaluation.results import Results
from unmask.evaluation.rows import Row
from unmask.evaluation.svg import COLOURS

_COLOURS = [colour for name, (colour, _) in COLOURS.items() if name.startswith("series")]
_MARKERS = "osD^v"


@dataclass(frozen=True)
class Series:
    """What a plot shows of one method.

    Attributes:
      name: as the rows have it.
      title: for people.
      table: its means.
      colour, marker: of its lines and points.
    """

    name: str
    title: str
    table: Table
    colour: str = _COLOURS[0]
    marker: str = _MARKERS[0]

    def estimate(self, metric: Metric) -> Mean | None:
        """The mean over all images, None where there is none."""
        return known(self.table.metrics.get(metric.name))

    def group(self, by: str, metric: Metric) -> dict[str, Mean]:
        """Means by the names of groups, without those that have none."""
        found = {name: known(metrics.get(metric.name)) for name, metrics in self.table.groups.get(by, {}).items()}
        return {name: estimate for name, estimate in found.items() if estimate}

    def values(self, rows: Sequence[Row], metric: Metric) -> np.ndarray:
        """float64 [N, 2]: map area and metric of the images that have it."""
        pairs = [(row.area, row.value(metric.name)) for row in rows if row.method == self.name]
        return np.array([pair for pair in pairs if pair[1] is not None], float).reshape(-1, 2)

    def point(self, axes: Axes, place: float, mean: Mean, upright: bool = False, whisker: bool = True) -> None:
        """Draws a mean, with a `whisker` for its interval, at a place on the y axis, or `upright` on the x axis."""
        if whisker:
            (axes.vlines if upright else axes.hlines)(place, mean.low, mean.high, self.colour)
        x, y = (place, mean.mean) if upright else (mean.mean, place)
        axes.plot(x, y, self.marker, color=self.colour, zorder=3)


def all_series(results: Results) -> list[Series]:
    """The methods of an evaluation in their order, the one that is measured first."""
    return [
        Series(name, title_of(name, method.title), method.table, _COLOURS[number % 5], _MARKERS[number % 5])
        for number, (name, method) in enumerate(results.methods.items())
    ]


def by_ladder(series: Sequence[Series]) -> list[Series]:
    """From the ceiling down to the floor."""
    return sorted(series, key=lambda one: role_of(one.name).place)
