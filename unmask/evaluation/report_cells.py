"""What a table of the report is made of: cells, heads and lines, as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from unmask.evaluation.estimates import Distance, Estimate, Estimates
from unmask.evaluation.glossary import Mean, Metric, known


@dataclass(frozen=True)
class Cell:
    """A cell: its text, the interval under it, a remark under that.

    `best` says that it is the best of its column, `words` that it says why there is no number.
    """

    text: str
    interval: str = ""
    remark: str = ""
    best: bool = False
    words: bool = False


@dataclass(frozen=True)
class Head:
    """The head of a column: its title, what of, its unit, and which direction is better ("lower", "higher", "")."""

    title: str
    scope: str = ""
    unit: str = ""
    better: str = ""


@dataclass(frozen=True)
class Line:
    """A row: its name, what it is there for, its cells, and whether it is the one that the report is about."""

    name: str
    role: str
    cells: tuple[Cell, ...]
    measured: bool = False


@dataclass(frozen=True)
class View:
    """A table for the page. `corner` is the head of the column of names, `note` a sentence under the table."""

    title: str
    corner: str
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    note: str = ""


def heads_of(metrics: Sequence[Metric]) -> tuple[Head, ...]:
    """The heads of columns of metrics."""
    return tuple(Head(m.title, m.scope, m.unit, "lower" if m.lower_is_better else "higher") for m in metrics)


def line_of(name: str, estimates: Estimates, metrics: Sequence[Metric]) -> Line:
    """A row of means, with the number of images beside its name."""
    images = count_of(estimates)
    cells = tuple(cell_of(metric, estimates.get(metric.name), images) for metric in metrics)
    return Line(name, in_images(images), cells)


def cell_of(metric: Metric, found: Estimate | Distance | None, images: int = 0, best: bool = False) -> Cell:
    """A number, its interval, and of how many images it is if those are fewer than `images`; or why there is none."""
    if found is None:
        return Cell("not measured", words=True)
    remark = f"of {in_images(found.count)}" if found.count is not None and found.count < images else ""
    if isinstance(found, Distance):
        return _distance_cell(metric, found, remark, best)
    mean = known(found)
    if mean is None:
        return Cell("no image has it", words=True)
    return Cell(metric.number(mean.mean), metric.interval(mean) if found.count > 1 else "", remark, best)


def value_of(found: Estimate | Distance | None) -> float | None:
    """The number itself."""
    if found is None:
        return None
    return found.value if isinstance(found, Distance) else found.mean


def count_of(estimates: Estimates) -> int:
    """Images of a group: as many as the metric has that most of them have."""
    return max((estimate.count for estimate in estimates.values()), default=0)


def in_images(count: int) -> str:
    """A number of images in words."""
    return f"{count:,} image" + ("s" if count != 1 else "")


def _distance_cell(metric: Metric, found: Distance, remark: str, best: bool) -> Cell:
    if found.value is None:
        return Cell("not computed", words=True)
    if found.low is None or found.high is None:
        return Cell(metric.number(found.value), remark=remark, best=best)
    return Cell(metric.number(found.value), metric.interval(Mean(found.value, found.low, found.high)), remark, best)
