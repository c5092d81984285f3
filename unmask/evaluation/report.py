"""report.html: the evaluation as one page that opens from the disk, without a script and without a network."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from unmask.evaluation import report_tables
from unmask.evaluation.estimates import DISTRIBUTION_METRICS, IMAGE_METRICS, MASK_METRICS
from unmask.evaluation.glossary import METRICS, ladder, role_of, title_of
from unmask.evaluation.pictures import FALSE_ALARM, HIT, MISSED, ImagesOf
from unmask.evaluation.plots import group_plots, mask_plots, method_plots
from unmask.evaluation.report_parts import examples, lead, protocol_lines, protocol_summary, ranking, tiles
from unmask.evaluation.report_tables import GROUPINGS, group_view
from unmask.evaluation.results import Results
from unmask.evaluation.rows import Row
from unmask.evaluation.svg import COLOURS
from unmask.files import whole_file

_TEMPLATE = "report.html.jinja"


def write_report(path: Path, results: Results, rows: Sequence[Row], images_of: ImagesOf) -> None:
    """Writes the report, whole or not at all; the same input gives the same bytes.

    Args:
      path: of the HTML file.
      results: what metrics.json holds.
      rows: those of per_image.csv.
      images_of: is asked for the images of the few records that are shown.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    content = {
        **_about(results, rows, images_of),
        "face": _face(results, rows) if results.methods else None,
        "mask": _mask(results, rows) if results.mask else None,
    }
    with whole_file(path) as temporary:
        temporary.write_text(environment.get_template(_TEMPLATE).render(content), encoding="utf-8", newline="\n")


def _about(results: Results, rows: Sequence[Row], images_of: ImagesOf) -> dict[str, Any]:
    """What every report has."""
    return {
        "title": _title(results),
        "lead": lead(results),
        "ranked_by": ranking(results)[1].full_title,
        "interval_level": f"{results.protocol.interval.level * 100:g} %",
        "protocol": results.protocol,
        "protocol_summary": protocol_summary(results.protocol),
        "protocol_lines": protocol_lines(results.protocol),
        "tiles": tiles(results),
        "examples": examples(results, rows, images_of),
        "map_colours": {"mask, found": HIT, "mask, missed": MISSED, "no mask, but found": FALSE_ALARM},
        "colours": COLOURS,
    }


def _face(results: Results, rows: Sequence[Row]) -> dict[str, Any]:
    """What restored faces score."""
    methods, scale = results.methods, results.identity_scale
    measured = next(iter(methods.values()))
    return {
        "headline": report_tables.methods_view(methods),
        "plots": method_plots(results, rows),
        "roles": [(title_of(name, methods[name].title), role_of(name)) for name in ladder(methods)],
        "meanings": _meanings(IMAGE_METRICS),
        "sets": report_tables.sets_view(methods),
        "set_meanings": _meanings(DISTRIBUTION_METRICS),
        "not_computed": report_tables.not_computed(methods),
        "scale": report_tables.scale_view(scale) if scale else None,
        "groups": [group_view(_title(results), measured.table, by, IMAGE_METRICS) for by in GROUPINGS],
        "compared": [report_tables.compared_view(methods, by, METRICS["ssim_in_map"]) for by in GROUPINGS],
        "group_plots": group_plots(results, rows),
    }


def _mask(results: Results, rows: Sequence[Row]) -> dict[str, Any]:
    """What found maps score."""
    assert results.mask is not None
    return {
        "table": report_tables.mask_view(results.mask),
        "groups": [group_view("Mask G", results.mask, by, MASK_METRICS) for by in GROUPINGS],
        "plots": mask_plots(results.mask, rows),
        "meanings": _meanings(MASK_METRICS),
    }


def _title(results: Results) -> str:
    """Whom the report is about."""
    name = next(iter(results.methods), None)
    return title_of(name, results.methods[name].title) if name else "Mask G"


def _meanings(names: Iterable[str]) -> dict[str, str]:
    """How to read metrics, by their titles: what is measured inside the map and of the whole image stands once."""
    return {METRICS[name].family: METRICS[name].meaning for name in METRICS if name in set(names)}
