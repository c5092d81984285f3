"""The tables of the report, as text in cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unmask.evaluation.glossary import METRICS, Metric, ladder, role_of, title_of, visible
from unmask.evaluation.results import (
    DISTRIBUTION_METRICS,
    IMAGE_METRICS,
    MASK_METRICS,
    Distance,
    Estimate,
    Estimates,
    IdentityScale,
    MethodResult,
    Table,
)

GROUPINGS = {"template": "mask template", "yaw": "|yaw| of the head, degrees", "area": "map area, share of the image"}


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


def methods_view(methods: dict[str, MethodResult]) -> View:
    """The headline: methods by metrics, from the ceiling down to the floor."""
    metrics = _shown(IMAGE_METRICS)
    best = {metric.name: _best(methods, metric) for metric in metrics}
    lines = []
    for name in ladder(methods):
        estimates = methods[name].table.metrics
        cells = tuple(
            estimate_cell(metric, estimates.get(metric.name), _images(estimates), best[metric.name] == name)
            for metric in metrics
        )
        lines.append(_method_line(name, methods[name], cells))
    note = (
        "Bold: the best of a column, the ceiling left out. Where two intervals overlap, the difference may be chance."
    )
    return View("Restoring the face: methods and metrics", "method", _heads(metrics), tuple(lines), note)


def distribution_view(methods: dict[str, MethodResult]) -> View:
    """Methods by measures of whole sets of pictures."""
    metrics = _shown(DISTRIBUTION_METRICS)
    lines = []
    for name in ladder(methods):
        cells = tuple(distance_cell(metric, methods[name].distribution.get(metric.name)) for metric in metrics)
        lines.append(_method_line(name, methods[name], cells))
    return View("Restored and clean pictures as sets", "method", _heads(metrics), tuple(lines))


def not_computed(methods: dict[str, MethodResult]) -> dict[str, list[str]]:
    """Why measures of sets have no value: reason -> their titles."""
    reasons: dict[str, list[str]] = {}
    for metric in _shown(DISTRIBUTION_METRICS):
        for method in methods.values():
            distance = method.distribution.get(metric.name)
            if distance and distance.not_computed and metric.title not in reasons.get(distance.not_computed, []):
                reasons.setdefault(distance.not_computed, []).append(metric.title)
    return reasons


def mask_view(mask: Table) -> View:
    """Mask G over all images."""
    metrics = _shown(MASK_METRICS)
    return View("Finding the mask: Mask G", "network", _heads(metrics), (_line("Mask G", mask.metrics, metrics),))


def group_view(title: str, table: Table, by: str, names: Iterable[str]) -> View:
    """One method's metrics by groups of the images.

    Args:
      title: of whom.
      table: its means.
      by: a key of GROUPINGS.
      names: of its metrics.
    """
    metrics, groups = _shown(names), table.groups.get(by, {})
    lines = tuple(_line(visible(name), estimates, metrics) for name, estimates in groups.items())
    return View(f"{title}, by {GROUPINGS[by]}", GROUPINGS[by].split(",")[0], _heads(metrics), lines)


def compared_view(methods: dict[str, MethodResult], by: str, metric: Metric) -> View:
    """One metric of all methods by groups of the images."""
    order = ladder(methods)
    groups = dict.fromkeys(group for name in order for group in methods[name].table.groups.get(by, {}))
    lines = []
    for group in groups:
        found = [methods[name].table.groups.get(by, {}).get(group, {}) for name in order]
        images = max(_images(estimates) for estimates in found)
        cells = [estimate_cell(metric, estimates.get(metric.name), images) for estimates in found]
        lines.append(Line(visible(group), _count(images), tuple(cells)))
    heads = tuple(Head(title_of(name, methods[name].title), role_of(name).label) for name in order)
    title = f"{metric.full_title} of all methods, by {GROUPINGS[by]}"
    return View(title, GROUPINGS[by].split(",")[0], heads, tuple(lines))


def scale_view(scale: IdentityScale) -> View:
    """What identity similarity means: that of pairs of clean photos."""
    metric, lines = METRICS["identity"], []
    for name, spread in (("of one person", scale.same), ("of two people", scale.other)):
        if spread:
            numbers = [metric.number(value) for value in (spread.mean, spread.p5, spread.p95)]
            lines.append(Line(name, "", tuple(Cell(text) for text in (*numbers, f"{spread.count:,}"))))
        else:
            lines.append(
                Line(name, "", (Cell("there is no such pair", words=True),) + (Cell("\N{EN DASH}", words=True),) * 3)
            )
    heads = tuple(Head(title) for title in ("mean", "5th percentile", "95th percentile", "pairs"))
    return View("The scale of identity: pairs of clean photos", "two photos", heads, tuple(lines))


def estimate_cell(metric: Metric, estimate: Estimate | None, images: int, best: bool = False) -> Cell:
    """A mean with its interval, and from how many images it is, where that is fewer than `images`."""
    if estimate is None:
        return Cell("not measured", words=True)
    if estimate.mean is None or estimate.low is None or estimate.high is None:
        return Cell("no image has it", words=True)
    remark = f"of {_count(estimate.count)}" if estimate.count < images else ""
    return Cell(metric.number(estimate.mean), _interval(metric, estimate.low, estimate.high), remark, best)


def distance_cell(metric: Metric, distance: Distance | None) -> Cell:
    """A measure of sets, with its interval where it has one."""
    if distance is None:
        return Cell("not measured", words=True)
    if distance.value is None:
        return Cell("not computed", words=True)
    has_interval = distance.low is not None and distance.high is not None
    return Cell(metric.number(distance.value), _interval(metric, distance.low, distance.high) if has_interval else "")  # type: ignore[arg-type]


def _shown(names: Iterable[str]) -> list[Metric]:
    wanted = set(names)
    return [metric for name, metric in METRICS.items() if name in wanted]


def _heads(metrics: Sequence[Metric]) -> tuple[Head, ...]:
    return tuple(Head(m.title, m.scope, m.unit, "lower" if m.lower_is_better else "higher") for m in metrics)


def _line(name: str, estimates: Estimates, metrics: Sequence[Metric]) -> Line:
    images = _images(estimates)
    cells = tuple(estimate_cell(metric, estimates.get(metric.name), images) for metric in metrics)
    return Line(name, _count(images), cells)


def _method_line(name: str, method: MethodResult, cells: tuple[Cell, ...]) -> Line:
    role = role_of(name)
    return Line(title_of(name, method.title), role.label, cells, role.label == "measured")


def _best(methods: dict[str, MethodResult], metric: Metric) -> str | None:
    """The method with the best mean, the ceiling left out; None where none has one."""
    means = {}
    for name, method in methods.items():
        estimate = method.table.metrics.get(metric.name)
        if role_of(name).label != "ceiling" and estimate and estimate.mean is not None:
            means[name] = -estimate.mean if metric.lower_is_better else estimate.mean
    return max(means, key=lambda name: means[name], default=None)


def _images(estimates: Estimates) -> int:
    return max((estimate.count for estimate in estimates.values()), default=0)


def _count(images: int) -> str:
    return f"{images:,} image" + ("s" if images != 1 else "")


def _interval(metric: Metric, low: float, high: float) -> str:
    return f"{metric.number(low)} \N{EN DASH} {metric.number(high)}"
