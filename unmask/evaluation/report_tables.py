"""The tables of the report."""

from collections.abc import Callable, Iterable, Sequence

from unmask.evaluation.estimates import (
    DISTRIBUTION_METRICS,
    IMAGE_METRICS,
    MASK_METRICS,
    Distance,
    Estimate,
    MethodResult,
    Table,
)
from unmask.evaluation.glossary import METRICS, ROLES, Metric, ladder, role_of, title_of, visible
from unmask.evaluation.report_cells import (
    Cell,
    Head,
    Line,
    View,
    cell_of,
    count_of,
    heads_of,
    in_images,
    line_of,
    value_of,
)
from unmask.evaluation.results import IdentityScale

Methods = dict[str, MethodResult]

FEW = 20
"""Images below which the report warns that bootstrap intervals of their mean are too narrow."""

GROUPINGS = {"template": "mask template", "yaw": "|yaw| in degrees", "area": "share of the image under the map"}
_CORNERS = {"template": "template", "yaw": "|yaw|, degrees", "area": "map area"}

_BEST = "Bold: the best of a column, the ceiling left out."
_OVERLAP = "Where two intervals overlap, the difference may be chance."
_FEW = f"An interval of fewer than {FEW} images is too narrow; of one image there is none."


def methods_view(methods: Methods) -> View:
    """The headline: methods by metrics of single images, from the ceiling down to the floor."""
    lines = _method_lines(methods, _shown(IMAGE_METRICS), lambda method, name: method.table.metrics.get(name))
    return View(
        "All images, methods by metrics", "method", heads_of(_shown(IMAGE_METRICS)), lines, f"{_BEST} {_OVERLAP}"
    )


def sets_view(methods: Methods) -> View | None:
    """Methods by measures of sets of pictures; a measure that no method has is left out, None if all are."""
    computed = [
        metric
        for metric in _shown(DISTRIBUTION_METRICS)
        if any(value_of(method.distribution.get(metric.name)) is not None for method in methods.values())
    ]
    lines = _method_lines(methods, computed, lambda method, name: method.distribution.get(name))
    return (
        View("Restored against clean pictures, by method", "method", heads_of(computed), lines, _BEST)
        if computed
        else None
    )


def not_computed(methods: Methods) -> dict[str, list[str]]:
    """Why measures of sets have no value: reason -> their titles."""
    reasons: dict[str, dict[str, None]] = {}
    for metric in _shown(DISTRIBUTION_METRICS):
        for method in methods.values():
            found = method.distribution.get(metric.name, Distance(not_computed="It was not measured."))
            if found.not_computed:
                reasons.setdefault(visible(found.not_computed), {})[metric.title] = None
    return {reason: list(titles) for reason, titles in reasons.items()}


def mask_view(mask: Table) -> View:
    """Mask G over all images."""
    metrics = _shown(MASK_METRICS)
    return View("Mask G, all images", "network", heads_of(metrics), (line_of("Mask G", mask.metrics, metrics),))


def group_view(title: str, table: Table, by: str, names: Iterable[str]) -> View:
    """One method's metrics by groups of the images.

    Args:
      title: of whom.
      table: its means.
      by: a key of GROUPINGS.
      names: of its metrics.
    """
    metrics, groups = _shown(names), table.groups.get(by, {})
    lines = tuple(line_of(visible(name), estimates, metrics) for name, estimates in groups.items())
    note = _FEW if any(count_of(estimates) < FEW for estimates in groups.values()) else ""
    return View(f"{title}, by {GROUPINGS[by]}", _CORNERS[by], heads_of(metrics), lines, note)


def compared_view(methods: Methods, by: str, metric: Metric) -> View:
    """One metric of all methods by groups of the images."""
    tables = {name: methods[name].table.groups.get(by, {}) for name in ladder(methods)}
    lines = []
    for group in dict.fromkeys(group for groups in tables.values() for group in groups):
        found = [groups.get(group, {}) for groups in tables.values()]
        images = max(count_of(estimates) for estimates in found)
        cells = tuple(cell_of(metric, estimates.get(metric.name), images) for estimates in found)
        lines.append(Line(visible(group), in_images(images), cells))
    heads = tuple(Head(title_of(name, methods[name].title), role_of(name).label) for name in tables)
    return View(f"{metric.full_title} of all methods, by {GROUPINGS[by]}", _CORNERS[by], heads, tuple(lines))


def scale_view(scale: IdentityScale) -> View:
    """What identity similarity means: that of pairs of clean photos."""
    lines = []
    for name, spread in (("of one person", scale.same), ("of two people", scale.other)):
        cells = tuple(Cell("no such pair", words=True) for _ in range(3)) + (Cell("0"),)
        if spread:
            some = (spread.mean, spread.p5, spread.p95) if spread.count > 1 else (spread.mean,)
            values = [METRICS["identity"].number(value) for value in some] + ["", ""][: 3 - len(some)]
            cells = (*map(Cell, values), Cell(f"{spread.count:,}"))
        lines.append(Line(name, "", cells))
    heads = tuple(Head(title) for title in ("mean", "5th percentile", "95th percentile", "pairs"))
    return View("The scale of identity similarity: pairs of clean photos", "two photos", heads, tuple(lines))


def _shown(names: Iterable[str]) -> list[Metric]:
    """Metrics in the order in which the report shows them."""
    wanted = set(names)
    return [metric for name, metric in METRICS.items() if name in wanted]


def _method_lines(
    methods: Methods, metrics: Sequence[Metric], get: Callable[[MethodResult, str], Estimate | Distance | None]
) -> tuple[Line, ...]:
    """A row for each method, from the ceiling down to the floor, the best of each column marked."""
    best = {
        metric.name: _best({name: get(methods[name], metric.name) for name in methods}, metric) for metric in metrics
    }
    lines = []
    for name in ladder(methods):
        method, role = methods[name], role_of(name)
        images = count_of(method.table.metrics)
        cells = tuple(cell_of(m, get(method, m.name), images, best[m.name] == name) for m in metrics)
        lines.append(Line(title_of(name, method.title), role.label, cells, measured=name not in ROLES))
    return tuple(lines)


def _best(found: dict[str, Estimate | Distance | None], metric: Metric) -> str | None:
    """The method with the best value, the ceiling left out; None where none has one."""
    values = {name: value for name, one in found.items() if (value := value_of(one)) is not None}
    sign = -1 if metric.lower_is_better else 1
    rivals = [name for name in values if role_of(name).label != "ceiling"]
    return max(rivals, key=lambda name: sign * values[name], default=None)
