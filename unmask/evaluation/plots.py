"""The plots of the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from unmask.evaluation.estimates import Table
from unmask.evaluation.glossary import METRICS, Mean, Metric, visible
from unmask.evaluation.results import IdentityScale, Results
from unmask.evaluation.rows import Row
from unmask.evaluation.series import Series, all_series, by_ladder
from unmask.evaluation.svg import COLOURS, draw, legend, name_rows

_MOST_POINTS = 600  # of a scatter plot: more make the page heavy, and the plot no clearer
_MUTED = COLOURS["muted"][0]
_SSIM, _L1, _IDENTITY, _IOU = (METRICS[name] for name in ("ssim_in_map", "l1_in_map", "identity", "iou"))


@dataclass(frozen=True)
class Plot:
    """A plot for the page: its title, how to read it, and its <svg>, which has its numbers as its alternative text."""

    title: str
    note: str
    svg: str


def method_plots(results: Results, rows: Sequence[Row]) -> list[Plot]:
    """How the methods compare over all images. Here and below, plots that have no data are left out."""
    series = all_series(results)
    return _present(_spread(series, rows), _identity(series, results.identity_scale))


def group_plots(results: Results, rows: Sequence[Row]) -> list[Plot]:
    """How the methods compare by yaw, map area and template."""
    series = all_series(results)
    return _present(_by_yaw(series), _by_area(series, rows), _by_template(series, _SSIM))


def mask_plots(mask: Table, rows: Sequence[Row]) -> list[Plot]:
    """How well Mask G finds the mask: by template, and how its IoU is spread over the images."""
    return _present(_by_template([Series("mask", "Mask G", mask)], _IOU), _histogram(rows))


def _present(*plots: Plot | None) -> list[Plot]:
    return [plot for plot in plots if plot]


def _spread(series: list[Series], rows: Sequence[Row]) -> Plot | None:
    values = [(one, one.values(rows, _SSIM)[:, 1]) for one in by_ladder(series)]
    shown = [(one, np.percentile(found, [5, 25, 50, 75, 95])) for one, found in values if len(found)]
    if not shown:
        return None

    def paint(axes: Axes) -> None:
        for place, (one, (p5, q1, median, q3, p95)) in enumerate(shown):
            axes.hlines(place, p5, p95, one.colour)
            axes.barh(place, q3 - q1, 0.5, q1, color=one.colour, alpha=0.35, linewidth=0)
            axes.vlines(median, place - 0.25, place + 0.25, one.colour, linewidth=2.5)
        name_rows(axes, [one.title for one, _ in shown], "method")
        axes.set_xlabel(_SSIM.axis)

    said = [
        f"{one.title}: median {_SSIM.number(at[2])}, 90 % of the images between {_SSIM.number(at[0])} and "
        f"{_SSIM.number(at[4])}"
        for one, at in shown
    ]  # fmt: skip
    note = "Thin line: 5th to 95th percentile of the images. Box: the middle half of them. Bar: the median."
    return _plot("SSIM inside the map, by method", note, said, paint, 290)


def _identity(series: list[Series], scale: IdentityScale | None) -> Plot | None:
    shown = [(one, mean) for one in by_ladder(series) if (mean := one.estimate(_IDENTITY))]
    pairs = {"one person": scale and scale.same, "two people": scale and scale.other}
    bands = {name: spread for name, spread in pairs.items() if spread}
    if not shown:
        return None

    def paint(axes: Axes) -> None:
        for name, spread in bands.items():
            axes.axvspan(spread.p5, spread.p95, color=_MUTED, alpha=0.16, linewidth=0)
            axes.axvline(spread.mean, color=_MUTED, linestyle=":")
            axes.annotate(name, (spread.mean, 1), (0, 4), ("data", "axes fraction"), "offset points", ha="center")
        for place, (one, mean) in enumerate(shown):
            one.point(axes, place, mean)
        name_rows(axes, [one.title for one, _ in shown], "method")
        axes.set_xlabel("Identity similarity (cosine, no unit)")

    said = [f"{one.title}: {_IDENTITY.words(mean)}" for one, mean in shown]
    said += [f"clean photos of {name}: {_IDENTITY.number(spread.mean)}" for name, spread in bands.items()]
    note = (
        "Points: means. Grey: 90 % of the pairs of clean photos of one person, and of two people; dotted: their means."
    )
    return _plot("Identity similarity, by method", note if bands else "Points: means.", said, paint, 290)


def _by_yaw(series: list[Series]) -> Plot | None:
    shown = [(one, found) for one in series if (found := one.group("yaw", _SSIM))]
    names = list(dict.fromkeys(name for _, found in shown for name in found))
    if not names:
        return None

    def paint(axes: Axes) -> None:
        for number, (one, found) in enumerate(shown):
            places = [names.index(name) + (number - (len(shown) - 1) / 2) * 0.07 for name in found]  # side by side
            axes.plot(places, [mean.mean for mean in found.values()], color=one.colour, alpha=0.5)
            for place, mean in zip(places, found.values(), strict=True):
                one.point(axes, place, mean, upright=True)
        axes.set_xticks(range(len(names)), [visible(name) for name in names])
        axes.set_xlabel("|yaw| of the head (degrees)")
        axes.set_ylabel(_SSIM.axis)
        legend(axes, [(one.title, one.colour, one.marker) for one, _ in shown])

    note = "Means with their intervals. A line that falls to the right says that turned heads are harder."
    return _plot("SSIM inside the map, by yaw", note, _in_words(*shown[0], _SSIM), paint, 350)


def _by_area(series: list[Series], rows: Sequence[Row]) -> Plot | None:
    values = [(one, one.values(rows, _L1) * (100, 1)) for one in series]
    shown = [(one, found[np.argsort(found[:, 0], kind="stable")]) for one, found in values if len(found)]
    if not shown:
        return None
    tenths = [
        (one, np.array([part.mean(axis=0) for part in np.array_split(found, min(10, len(found)))]))
        for one, found in shown
    ]

    first, cloud = shown[0]
    step = -(-len(cloud) // _MOST_POINTS)

    def paint(axes: Axes) -> None:
        axes.scatter(cloud[::step, 0], cloud[::step, 1], 7, color=first.colour, alpha=0.22, linewidth=0)
        for one, means in tenths:
            axes.plot(*means.T, color=one.colour, marker=one.marker)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("map area (% of the image)")
        axes.set_ylabel(_L1.axis)
        legend(axes, [(one.title, one.colour, one.marker) for one, _ in shown])

    said = [
        f"{one.title}: {_L1.number(means[0][1])} where the map covers {means[0][0]:.0f} % of the image, "
        f"{_L1.number(means[-1][1])} where it covers {means[-1][0]:.0f} %"
        for one, means in tenths
    ]
    dots = "the images" if step == 1 else f"one image in {step}"
    note = f"Lines: means of tenths of the images, by the size of their maps. Dots: {dots} of {first.title}."
    return _plot("L1 inside the map, by map area", note, said, paint, 350)


def _by_template(series: list[Series], metric: Metric) -> Plot | None:
    """Means by template; the first series, by which they are sorted, with its intervals."""
    shown = [(one, found) for one in series if (found := one.group("template", metric))]
    if not shown:
        return None
    lead = shown[0][1]
    names = sorted({name for _, found in shown for name in found} - lead.keys())
    names = sorted(lead, key=lambda name: (-lead[name].mean, name)) + names

    def paint(axes: Axes) -> None:
        for one, found in reversed(shown):
            for name, mean in found.items():
                one.point(axes, names.index(name), mean, whisker=one is shown[0][0])
        name_rows(axes, names, "mask template")
        axes.grid(True, axis="y")
        axes.set_xlabel(metric.axis)
        if len(shown) > 1:
            legend(axes, [(one.title, one.colour, one.marker) for one, _ in shown])

    note = f"Means, best on top, with the intervals of {shown[0][0].title}. Few images make a wide interval."
    height = 90 + 22 * len(names) + 16 * len(shown)
    return _plot(f"{metric.full_title}, by template", note, _in_words(*shown[0], metric), paint, height)


def _histogram(rows: Sequence[Row]) -> Plot | None:
    values = np.array([row.iou for row in rows if row.iou is not None])
    if not len(values):
        return None

    def paint(axes: Axes) -> None:
        axes.hist(values, bins=np.linspace(0, 1, 41).tolist(), color=COLOURS["series-0"][0], alpha=0.8)
        axes.set_xlabel(_IOU.axis)
        axes.set_ylabel("images (number)")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))

    said = [f"{np.mean(values < limit) * 100:.1f} % of the images are below {limit}" for limit in (0.5, 0.8, 0.9)]
    note = "How many images have which IoU. Far to the left are masks that were missed."
    return _plot("IoU, spread over the images", note, said, paint, 290)


def _in_words(one: Series, found: dict[str, Mean], metric: Metric) -> list[str]:
    return [f"{one.title}, {visible(name)}: {metric.words(mean)}" for name, mean in found.items()]


def _plot(title: str, note: str, said: list[str], paint: Callable[[Axes], None], height: int) -> Plot:
    return Plot(title, note, draw(paint, height, title, f"{title}. {'; '.join(said)}."))
