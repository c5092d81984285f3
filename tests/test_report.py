"""unmask.evaluation.report: one page that says all, needs nothing from outside, and escapes what it is given."""

import configparser
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small_results import KEYS, images, results, rows

from unmask.evaluation.estimates import Distance
from unmask.evaluation.glossary import visible
from unmask.evaluation.report import write_report
from unmask.evaluation.results import Results
from unmask.evaluation.rows import Row

ROOT = Path(__file__).resolve().parents[1]
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


def test_every_table_scrolls_in_its_own_box_and_has_the_protocol_beside_it(page: Page) -> None:
    tables = re.findall(r'<figure class="table[^"]*">.*?</figure>', page.text, re.DOTALL)
    assert len(tables) == len(page.all("table")) == 13
    for table in tables:
        assert re.search(r'<div class="box" role="region" tabindex="0" aria-label="[^"]+">\s*<table>', table)
        assert "test split, 13 images, 16 pixels (stored at 32, resized by area), completed images" in table
        assert "12121212" in table and "34343434" in table and "numpy\N{NO-BREAK SPACE}2.4.0" in table


def test_numbers_are_those_of_the_results_in_their_units(page: Page) -> None:
    of = results(rows(KEYS))
    psnr = of.methods["telea"].table.metrics["psnr_in_map"]
    assert psnr.mean is not None and f"{psnr.mean:.2f}{psnr.low:.2f} – {psnr.high:.2f}" in said(page)
    assert "0.0123" in said(page) and "−0.0010 – 0.0200" in said(page)  # KID
    assert "25.0" in said(page)  # U-IDS in per cent


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


def test_every_file_of_the_page_is_shipped() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    patterns = config["options.package_data"]["unmask.evaluation"].split(", ")
    folder = ROOT / "unmask" / "evaluation"
    others = {path for path in folder.iterdir() if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert others == {path for pattern in patterns for path in folder.glob(pattern)} != set()
