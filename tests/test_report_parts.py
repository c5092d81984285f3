"""unmask.evaluation: what the report is made of: pictures and which ones, cells and tables, plots."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from PIL import Image
from small_results import KEYS, results, rows

from unmask.evaluation.estimates import Distance, Estimate
from unmask.evaluation.glossary import METRICS
from unmask.evaluation.pictures import (
    FALSE_ALARM,
    HIT,
    LARGEST_SIDE,
    MISSED,
    NOTHING,
    choose,
    compared_maps,
    data_uri,
    pictures_of,
)
from unmask.evaluation.report_cells import cell_of
from unmask.evaluation.report_parts import lead, tiles
from unmask.evaluation.report_tables import methods_view
from unmask.evaluation.results import IdentityScale, Spread
from unmask.evaluation.summary import summary
from unmask.evaluation.svg import COLOURS, draw


def test_the_headline_goes_from_ceiling_to_floor_and_marks_the_best_below_the_ceiling() -> None:
    view = methods_view(results(rows(KEYS)).methods)
    assert [line.role for line in view.lines] == ["ceiling", "measured", "baseline", "baseline", "floor"]
    assert [all(cell.best for cell in line.cells) for line in view.lines] == [False, True, False, False, False]
    assert not any(cell.best for line in view.lines if not line.measured for cell in line.cells)


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (Estimate(0.1, 0.09, 0.11, 9), " That is worse than leaving the mask on."),
        (Estimate(0.19, 0.1, 0.3, 9), " That is no better than leaving the mask on."),
        (Estimate(0.3, 0.1, 0.4, 9), ""),
    ],
)
def test_the_lead_says_where_leaving_the_mask_on_were_as_good(own: Estimate, sentence: str) -> None:
    found = results(rows(KEYS))
    floor = Estimate(0.2, 0.15, 0.25, 9)
    for name, estimate in (("unmask", own), ("masked", floor)):
        found.methods[name].table.metrics["ssim_in_map"] = estimate
    assert f"SSIM inside the map is {own.mean:.3f} ({own.low:.3f} to {own.high:.3f}).{sentence} For scale" in lead(
        found
    )


def test_tiles_mark_the_floor_and_one_image_has_no_interval() -> None:
    for tile in tiles(results(rows(KEYS))):
        assert [mark.title for mark in tile.marks if mark.floor] == ["masked, as it is"] * ("Mask G" not in tile.title)
        assert [mark.value for mark in tile.marks if mark.measured] == [tile.value] and tile.interval
    one = results(rows(KEYS[:1]))
    assert [tile.interval for tile in tiles(one)] == [""] * 4
    assert "(" not in lead(one).partition("For scale")[0]
    assert "(1 pair)" in summary(replace(one, identity_scale=IdentityScale(Spread(0.9, 0.9, 0.9, 1), None)))


def test_lower_is_better_where_it_is() -> None:
    lower = {name for name, metric in METRICS.items() if metric.lower_is_better}
    assert lower == {"l1", "l1_in_map", "fid", "kid", "embedding_frechet"}


@pytest.mark.parametrize(
    "found, text, interval, remark",
    [
        (Estimate(0.5, 0.4, 0.6, 9), "0.500", "0.400 – 0.600", ""),
        (Estimate(0.5, 0.4, 0.6, 8), "0.500", "0.400 – 0.600", "of 8 images"),
        (Estimate(0.5, 0.5, 0.5, 1), "0.500", "", "of 1 image"),
        (Estimate(None, None, None, 0), "no image has it", "", ""),
        (Distance(0.25), "0.250", "", ""),
        (Distance(-0.0001, -0.2, 0.1), "0.000", "−0.200 – 0.100", ""),
        (Distance(0.25, count=9), "0.250", "", ""),
        (Distance(0.25, 0.2, 0.3, 5), "0.250", "0.200 – 0.300", "of 5 images"),
        (Distance(not_computed="no weights"), "not computed", "", ""),
        (None, "not measured", "", ""),
    ],
)
def test_a_cell_says_what_there_is(found: Estimate | Distance | None, text: str, interval: str, remark: str) -> None:
    cell = cell_of(METRICS["ssim"], found, images=9)
    assert (cell.text, cell.interval, cell.remark) == (text, interval, remark)


def test_a_plot_keeps_its_texts_and_takes_the_colours_of_the_page() -> None:
    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1 / 3], color=COLOURS["series-1"][0])
        axes.set_yticks([1 / 3], ["0.33333 #1b2027 <$x$>"])

    svg = draw(paint, 100, "salt", 'says "0.12345"')
    assert ">0.33333 #1b2027 &lt;$x$&gt;</text>" in svg and 'aria-label="says &quot;0.12345&quot;"' in svg
    assert "stroke: var(--series-1)" in svg and COLOURS["series-1"][0] not in svg
    assert not re.search(r" d=\"[^\"]*\.\d\d\d", svg)


def test_a_plot_is_the_same_whatever_style_is_set() -> None:
    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1])

    plain = draw(paint, 100, "salt", "alt")
    with rc_context({"axes.labelsize": 30, "lines.dashed_pattern": [1, 1], "axes.facecolor": "red"}):
        assert draw(paint, 100, "salt", "alt") == plain


def test_best_median_and_worst_share_no_row_and_follow_the_metric() -> None:
    found = [row for row in rows(KEYS) if row.method == "unmask"]
    chosen = choose(found[::-1], "ssim_in_map", seed=0)
    assert [row.key[-2:] for row in chosen["best"]] == ["12", "11", "10", "09"]
    assert [row.key[-2:] for row in chosen["median"]] == ["04", "05", "06", "07"]
    assert [row.key[-2:] for row in chosen["worst"]] == ["00", "01", "02", "03"]
    assert [row.key[-2:] for row in chosen["random"]] == ["08"]


def test_random_rows_are_none_that_are_shown_already() -> None:
    found = [row for row in rows([f"{number:03d}" for number in range(40)]) if row.method == "unmask"]
    draws = [choose(found, "ssim_in_map", seed) for seed in range(8)]
    for chosen in draws:
        assert len({row.key for group in chosen.values() for row in group}) == 4 * 4
    assert len({tuple(row.key for row in chosen["random"]) for chosen in draws}) > 4


@pytest.mark.parametrize(
    "count, sizes", [(0, []), (1, [1, 1, 1]), (3, [1, 1, 1]), (4, [1, 1, 1, 1]), (9, [3, 3, 3]), (13, [4, 4, 4, 1])]
)
def test_few_rows_make_small_groups(count: int, sizes: list[int]) -> None:
    found = [row for row in rows(KEYS[:count]) if row.method == "unmask"]
    assert [len(group) for group in choose(found, "iou", 0).values()] == sizes


def test_rows_without_the_metric_are_not_shown() -> None:
    found = [replace(row, iou=None) if row.key.endswith("12") else row for row in rows(KEYS) if row.method == "unmask"]
    assert all(not row.key.endswith("12") for group in choose(found, "iou", 0).values() for row in group)


def test_a_found_map_is_coloured_by_the_true_one() -> None:
    found, truth = np.array([[1, 1], [0, 0]], bool), np.array([[1, 0], [1, 0]], bool)
    np.testing.assert_array_equal(compared_maps(found, truth), [[HIT, FALSE_ALARM], [MISSED, NOTHING]])


def test_maps_are_embedded_without_loss_and_photos_nearly(picture: np.ndarray) -> None:
    square = picture[:96, :96]
    assert np.array_equal(opened(data_uri(square, lossless=True)), square)
    assert np.abs(opened(data_uri(square)).astype(int) - square).max() < 12


def test_large_images_are_shrunk() -> None:
    large = np.zeros((3 * LARGEST_SIDE, 3 * LARGEST_SIDE, 3), np.uint8)
    large[:, : large.shape[1] // 2] = 255
    (shown,) = pictures_of({"clean": large}, "somebody")
    image = opened(shown.uri)
    assert shown.side == LARGEST_SIDE and image.shape == (LARGEST_SIDE, LARGEST_SIDE, 3)
    assert image[:, :100].min() > 250 and image[:, -100:].max() < 5


def opened(uri: str) -> np.ndarray:
    """The image of a data URI."""
    kind, data = uri.split(";base64,")
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert kind == f"data:image/{str(image.format).lower()}"
        return np.asarray(image.convert("RGB"))
