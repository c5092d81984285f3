"""unmask.evaluation.report: one page that says all, needs nothing from outside, and escapes what it is given."""

import base64
import configparser
import io
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from PIL import Image
from small_results import images, results, rows

from unmask.evaluation.estimates import Distance, Estimate
from unmask.evaluation.glossary import METRICS, visible
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
from unmask.evaluation.report import write_report
from unmask.evaluation.report_cells import cell_of
from unmask.evaluation.report_tables import methods_view
from unmask.evaluation.results import Results
from unmask.evaluation.rows import Row
from unmask.evaluation.svg import COLOURS, draw

ROOT = Path(__file__).resolve().parents[1]
KEYS = [f"photos/{number:03d}" for number in range(13)]
HOSTILE = 'a/<script>alert("1")</script>&amp;\n\'"><img src=x onerror=1>\u202e\udcff$x_1^2$'
VOID = {"meta", "img", "br", "path", "use", "rect"}
PLOTS = {
    "SSIM inside the map, by method": ("SSIM inside the map (no unit)", "method"),
    "Identity similarity, by method": ("Identity similarity (cosine, no unit)", "method"),
    "IoU, by template": ("IoU (no unit)", "mask template"),
    "IoU, spread over the images": ("IoU (no unit)", "images (number)"),
    "SSIM inside the map, by yaw": ("SSIM inside the map (no unit)", "|yaw| of the head (degrees)"),
    "L1 inside the map, by map area": ("L1 inside the map (no unit)", "map area (% of the image)"),
    "SSIM inside the map, by template": ("SSIM inside the map (no unit)", "mask template"),
}
AXES = {name for names in PLOTS.values() for name in names}
SECTIONS = {"result", "reading", "pictures", "mask", "face", "sets", "protocol"}


@dataclass
class Page(HTMLParser):
    """What a browser sees of a page: elements with their attributes, and all its text."""

    text: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of <{tag}> stands there twice"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of small results in which nothing is missing."""
    found = rows(KEYS)
    return rendered(tmp_path_factory.mktemp("report"), results(found), found)


def rendered(folder: Path, of: Results, found: list[Row]) -> Page:
    write_report(folder / "report.html", of, found, images)
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def said(page: Page) -> str:
    """The page's text with single spaces."""
    return " ".join(page.words.split())


def test_the_page_is_well_formed_and_has_every_section_once(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert page.open == [] and page.text.startswith("<!DOCTYPE html>")
    assert sorted(ids) == sorted(set(ids)) and set(ids) >= SECTIONS


def test_links_lead_to_places_of_the_page(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    targets = [attributes.get("href") or attributes["xlink:href"] for attributes in page.all("a", "use")]
    assert targets and {target[1:] for target in targets} <= ids and {target[0] for target in targets} == {"#"}


def test_nothing_is_fetched_from_anywhere_and_nothing_runs(page: Page) -> None:
    assert not page.all("script", "link", "iframe", "object", "embed", "base", "form")
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert all(attributes["src"].startswith("data:image/") for attributes in page.all("img"))
    assert all(reference.startswith("#") for reference in re.findall(r"url\(\s*['\"]?([^)]*)", page.text))
    assert "://" not in page.text and "@import" not in page.text
    policy = [attributes["content"] for attributes in page.all("meta") if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_every_picture_and_plot_says_what_it_shows(page: Page) -> None:
    alts = [attributes["alt"] for attributes in page.all("img")]
    labels = [attributes["aria-label"] for attributes in page.all("svg")]
    assert len(alts) > 12 and all(
        re.match(r"(Masked|Map found|Restored|Clean): photos/\d+, mask ", alt) for alt in alts
    )
    assert len(labels) == 7 and len(set(labels)) == 7 and all(re.search(r"\d\.\d", label) for label in labels)
    assert {attributes["role"] for attributes in page.all("svg")} == {"img"}


def test_every_plot_names_its_axes_and_their_units(page: Page) -> None:
    plots = re.findall(r"<svg.*?</svg>", page.text, re.DOTALL)
    axes = [[name for name in re.findall(r">([^<]*)</text>", plot) if name in AXES] for plot in plots]
    assert [sorted(names) for names in axes] == [sorted(names) for names in PLOTS.values()]


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


def test_every_table_scrolls_in_its_own_box_and_has_the_protocol_beside_it(page: Page) -> None:
    tables = re.findall(r'<figure class="table[^"]*">.*?</figure>', page.text, re.DOTALL)
    assert len(tables) == len(page.all("table")) == 13
    for table in tables:
        assert re.search(r'<div class="box" role="region" tabindex="0" aria-label="[^"]+">\s*<table>', table)
        assert "test split, 13 images, 16 pixels (stored at 32, resized by area), completed images" in table
        assert "12121212" in table and "34343434" in table and "numpy\N{NO-BREAK SPACE}2.4.0" in table


def test_the_headline_goes_from_ceiling_to_floor_and_marks_the_best_below_the_ceiling() -> None:
    view = methods_view(results(rows(KEYS)).methods)
    assert [line.role for line in view.lines] == ["ceiling", "measured", "baseline", "baseline", "floor"]
    assert [all(cell.best for cell in line.cells) for line in view.lines] == [False, True, False, False, False]
    assert not any(cell.best for line in view.lines if not line.measured for cell in line.cells)


def test_lower_is_better_where_it_is() -> None:
    lower = {name for name, metric in METRICS.items() if metric.lower_is_better}
    assert lower == {"l1", "l1_in_map", "fid", "kid", "embedding_frechet"}


def test_numbers_are_those_of_the_results_in_their_units(page: Page) -> None:
    of = results(rows(KEYS))
    psnr = of.methods["telea"].table.metrics["psnr_in_map"]
    assert psnr.mean is not None and f"{psnr.mean:.2f}{psnr.low:.2f} – {psnr.high:.2f}" in said(page)
    assert "0.0123" in said(page) and "−0.0010 – 0.0200" in said(page)  # KID
    assert "25.0" in said(page)  # U-IDS in per cent


@pytest.mark.parametrize(
    "found, text, interval, remark",
    [
        (Estimate(0.5, 0.4, 0.6, 9), "0.500", "0.400 – 0.600", ""),
        (Estimate(0.5, 0.4, 0.6, 8), "0.500", "0.400 – 0.600", "of 8 images"),
        (Estimate(0.5, 0.5, 0.5, 1), "0.500", "", "of 1 image"),
        (Estimate(None, None, None, 0), "no image has it", "", ""),
        (Distance(0.25), "0.250", "", ""),
        (Distance(-0.0001, -0.2, 0.1), "0.000", "−0.200 – 0.100", ""),
        (Distance(not_computed="no weights"), "not computed", "", ""),
        (None, "not measured", "", ""),
    ],
)
def test_a_cell_says_what_there_is(found: Estimate | Distance | None, text: str, interval: str, remark: str) -> None:
    cell = cell_of(METRICS["ssim"], found, images=9)
    assert (cell.text, cell.interval, cell.remark) == (text, interval, remark)


def test_hostile_names_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    found = rows([HOSTILE, *KEYS], templates=(HOSTILE, "cloth"))
    of = results(found)
    distances = {"fid": Distance(not_computed=HOSTILE)}
    methods = {name: replace(method, distribution=distances) for name, method in of.methods.items()}
    methods["unmask"] = replace(methods["unmask"], title=HOSTILE)
    of = replace(of, methods=methods, protocol=replace(of.protocol, records=HOSTILE, run=HOSTILE))
    page = rendered(tmp_path, of, found)
    assert not page.all("script") and page.open == []
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert {attributes["src"][:11] for attributes in page.all("img")} == {"data:image/"}
    shown = visible(HOSTILE)
    assert '<script>alert("1")</script>&amp;\\n' in shown and shown.endswith("\\u202e\\udcff$x_1^2$")
    assert page.words.count(shown) > 10
    assert any(shown in attributes["alt"] for attributes in page.all("img"))
    assert any(shown in attributes["aria-label"] for attributes in page.all("svg"))


def test_a_run_with_mask_g_alone_says_so(tmp_path: Path) -> None:
    found = [replace(row, ssim_in_map=None) for row in rows(KEYS) if row.method == "unmask"]
    of = replace(results(rows(KEYS)), methods={}, identity_scale=None)
    page = rendered(tmp_path, replace(of, protocol=replace(of.protocol, output="map")), found)
    assert "No face was restored" in said(page) and "The highest IoU." in said(page)
    assert [attributes["href"] for attributes in page.all("a")].count("#result") == 0
    assert len(page.all("svg")) == 2 and page.all("img")


def test_pictures_of_another_program_have_no_found_map(tmp_path: Path) -> None:
    of, found = results(rows(KEYS)), rows(KEYS)
    of = replace(of, mask=None, protocol=replace(of.protocol, output="restored", networks={}))
    write_report(
        tmp_path / "report.html", of, found, lambda key: {name: it for name, it in images(key).items() if name != "map"}
    )
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Mask G was not measured" in said(page) and "the pictures came as files" in said(page)
    assert [it["alt"].split(":")[0] for it in page.all("img")][:4] == ["Masked", "True map", "Restored", "Clean"]


def test_what_is_missing_is_said_in_words(tmp_path: Path) -> None:
    of = results([replace(row, psnr=None, ssim_in_map=None) for row in rows(KEYS)])
    methods = {name: replace(method, distribution={}) for name, method in of.methods.items()}
    empty = {"template": {}, "yaw": {}, "area": {}}
    methods["unmask"] = replace(methods["unmask"], table=replace(methods["unmask"].table, groups=empty))
    del methods["telea"].table.metrics["identity"]
    page = rendered(tmp_path, replace(of, methods=methods, identity_scale=None), [])
    text = said(page)
    assert "no image has it" in text and "not measured" in text
    assert "at 16 pixels. No image has SSIM inside the map." in text
    assert "There is no picture to show: no image has SSIM inside the map." in text
    assert "no image falls into a group" in text and "Identity similarity has no scale here" in text
    assert "Not computed: FID, KID, P-IDS, U-IDS, Embedding Frechet." in text and "It was not measured." in text


def test_why_a_measure_is_missing_is_said_once_and_its_column_left_out(page: Page) -> None:
    assert said(page).count("Not computed: FID.pytorch-fid is not installed.") == 1
    assert not re.search(r'<th scope="col">FID', page.text) and re.search(r'<th scope="col">KID', page.text)


def test_the_same_input_gives_the_same_bytes(page: Page, tmp_path: Path) -> None:
    found = rows(KEYS)
    assert rendered(tmp_path, results(found), found).text == page.text


def test_best_median_and_worst_share_no_row_and_follow_the_metric() -> None:
    found = [row for row in rows(KEYS) if row.method == "unmask"]
    chosen = choose(found[::-1], "ssim_in_map", seed=0)
    assert [row.key[-2:] for row in chosen["best"]] == ["12", "11", "10", "09"]
    assert [row.key[-2:] for row in chosen["median"]] == ["04", "05", "06", "07"]
    assert [row.key[-2:] for row in chosen["worst"]] == ["00", "01", "02", "03"]
    drawn = [[row.key for row in choose(found, "ssim_in_map", seed)["random"]] for seed in range(8)]
    assert all(len(set(keys)) == 4 for keys in drawn) and len({tuple(keys) for keys in drawn}) > 4


@pytest.mark.parametrize("count, sizes", [(0, []), (1, [1, 1, 1, 1]), (3, [1, 1, 1, 3]), (9, [3, 3, 3, 4])])
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


def test_every_file_of_the_page_is_shipped() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    patterns = config["options.package_data"]["unmask.evaluation"].split(", ")
    folder = ROOT / "unmask" / "evaluation"
    others = {path for path in folder.iterdir() if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert others == {path for pattern in patterns for path in folder.glob(pattern)} != set()


def opened(uri: str) -> np.ndarray:
    """The image of a data URI."""
    kind, data = uri.split(";base64,")
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert kind == f"data:image/{str(image.format).lower()}"
        return np.asarray(image.convert("RGB"))
