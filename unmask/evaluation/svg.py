"""Matplotlib figures as <svg> elements that take their colours and font from the page around them."""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from html import escape
from textwrap import wrap
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.style import context

from unmask.evaluation.glossary import visible

COLOURS = {
    "ink": ("#1b2027", "#e9ecf0"),
    "muted": ("#5b6472", "#a2abb8"),
    "line": ("#d8dce2", "#3a414b"),
    "series-0": ("#0b5fc4", "#62aeff"),
    "series-1": ("#1a8367", "#45c8a1"),
    "series-2": ("#b8501c", "#f0905c"),
    "series-3": ("#8252b3", "#c19aee"),
    "series-4": ("#75671f", "#cdbb5e"),
}
"""By their name in the page's style sheet: the colour on light paper, and the one on a dark screen."""

WIDTH = 360
"""Of a plot in CSS pixels. In a column of this width its text is as large as the page's small print."""

_FONT = "DejaVu Sans"  # comes with Matplotlib and is a wide one, so what has room for it has room for the page's own
_INK, _MUTED, _LINE = (COLOURS[name][0] for name in ("ink", "muted", "line"))
_STYLE = {
    "svg.fonttype": "none", "text.parse_math": False, "font.family": _FONT, "font.size": 10.5,
    "figure.dpi": 72, "savefig.transparent": True, "text.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _MUTED, "axes.labelcolor": _INK,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": _LINE, "grid.linewidth": 0.8,
    "xtick.color": _MUTED, "ytick.color": _MUTED, "xtick.labelcolor": _INK, "ytick.labelcolor": _INK,
    "legend.frameon": False, "legend.fontsize": 10, "lines.linewidth": 1.5, "lines.markersize": 5,
}  # fmt: skip


def draw(paint: Callable[[Axes], None], height: int, salt: str, alt: str) -> str:
    """A plot as an <svg> element.

    Args:
      paint: draws on the axes it is given.
      height: of the plot in CSS pixels; it is WIDTH wide.
      salt: makes the ids of its parts differ from those of another plot on the same page.
      alt: what it shows, for those who do not see it.
    """
    style: Any = _STYLE | {"svg.hashsalt": salt}
    with context("default"), rc_context(style), warnings.catch_warnings():  # nothing of the user's own matplotlibrc
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has it
        figure = Figure((WIDTH / 72, height / 72), layout="constrained")
        paint(figure.subplots())
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _for_a_page(stream.getvalue(), alt)


def name_rows(axes: Axes, names: Sequence[str], axis: str) -> None:
    """Names the rows 0, 1, ... of a plot, the first on top, in two lines at most, and their axis."""
    axes.set_ylabel(axis)
    axes.set_yticks(range(len(names)), [_two_lines(visible(name)) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)


def legend(axes: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """Names series below a plot, by their titles, colours and markers."""
    handles = [
        Line2D([], [], color=colour, marker=marker, label=_two_lines(title)) for title, colour, marker in entries
    ]
    axes.figure.legend(handles=handles, loc="outside lower left", ncols=2, columnspacing=1.2, handlelength=1.6)


def _two_lines(text: str) -> str:
    lines = wrap(text, 17)
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")


def _for_a_page(svg: str, alt: str) -> str:
    """The <svg> element alone, without what it does not need within a page; its texts stay as they are."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    box = svg[svg.index("viewBox=") :].split('"')[1]
    start = f'<svg viewBox="{box}" role="img" aria-label="{escape(alt)}">'
    return start + re.sub(r"<[^>]*>", _shorter_tag, svg[svg.index(">") + 1 :]).strip()


def _shorter_tag(match: re.Match[str]) -> str:
    """A tag with coordinates to a hundredth of a pixel, and with the page's font and colours."""
    tag = re.sub(r"(\.\d\d)\d+", r"\1", " ".join(match[0].split()))
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag).replace(f"font-family: '{_FONT}'; ", "")
    for name, (colour, _) in COLOURS.items():
        tag = tag.replace(colour, f"var(--{name})")
    return tag
