"""The page in a real browser, on a wide screen and on a phone."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_files import saved
from painters import BLUE, masked_face
from PIL import Image

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'maskify[web]'")
sync_api = pytest.importorskip("playwright.sync_api", reason="drives the browser: pip install playwright")

from served import Served, serving  # noqa: E402

from unmask.serving.limits import Limits  # noqa: E402

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=BROWSER, args=[*ARGUMENTS, *CAMERA])
        yield found
        found.close()


@pytest.fixture(params=[1280, 400], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, browser: Any, served: Served) -> Iterator[Any]:
    """The page, opened; in the end every request that it made must have been one to the server."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, permissions=["camera"])
    opened, asked = context.new_page(), []
    context.on("request", lambda one: asked.append(one.url))
    opened.goto(served.address)
    opened.get_by_text("Drop a photo here").wait_for()
    yield opened
    context.close()
    assert len(asked) > 10
    assert {url for url in asked if not url.startswith((f"{served.address}/", "data:", "blob:"))} == set()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "Jane Doe.png"
    path.write_bytes(saved(Image.fromarray(masked_face(300)), "PNG"))
    return path


def choose(page: Any, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)


def test_a_photo_is_chosen_seen_restored_and_downloaded(page: Any, photo: Path, tmp_path: Path) -> None:
    assert page.get_by_text("It invents.").is_visible()
    choose(page, photo)
    page.get_by_text("1 mask was removed.").wait_for()
    pictures = page.locator(".slider-wrap img, [data-testid=imageslider] img, .image-container img")
    page.wait_for_function(
        "[...document.images].filter(i => i.src.includes('after.jpg') && i.naturalWidth == 300).length"
    )
    assert pictures.count() >= 2 and page.get_by_text("What was replaced").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the restored photo").click()
    assert download.value.suggested_filename == "Jane Doe-unmasked.png"
    download.value.save_as(tmp_path / "restored.png")
    restored = np.asarray(Image.open(io.BytesIO((tmp_path / "restored.png").read_bytes())))
    assert restored.shape == (300, 300, 3) and not (restored == BLUE).all(axis=2).any()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_why_a_file_cannot_be_used_stays_to_be_read(page: Any, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("This is no photo.\n" * 20)
    choose(page, tmp_path / "text.jpg")
    page.get_by_text("This is no photo that can be read.").wait_for()
    page.get_by_text("Drop a photo here").wait_for()
    page.wait_for_timeout(1000)
    assert page.get_by_text("That did not work. This is no photo that can be read.").is_visible()
    assert page.locator(".toast-body").count() == 0
    choose(page, photo)
    page.get_by_text("1 mask was removed.").wait_for()
    page.get_by_label("Remove Image").click()
    page.get_by_text("There is no photo yet.").wait_for()
    assert page.get_by_text("Before and after").count() == 0


def test_a_file_that_is_too_large_is_told_of_below_the_title(page: Any, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(bytes(Limits().upload + 1))
    choose(page, tmp_path / "large.png")
    told = page.get_by_text("exceed the maximum allowed size of 20.0")
    told.wait_for()
    title = page.get_by_role("heading", name="Take the masks off a photo")
    assert told.bounding_box()["y"] > title.bounding_box()["y"] + title.bounding_box()["height"]


def test_an_example_is_restored_by_a_click_and_screen_readers_are_told(page: Any) -> None:
    page.evaluate(LISTEN)
    page.locator("button:has(img)").first.click()
    page.get_by_text("No mask was found on the face.").wait_for()  # the painter's masks are a stronger blue
    page.wait_for_function("said.includes('Done.')")
    assert not [text for text in page.evaluate("said") if "common." in text]


def test_a_picture_is_taken_with_the_camera(page: Any) -> None:
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
    page.get_by_label("capture photo").click()
    page.get_by_text("No face was found.").wait_for()


def test_the_page_says_how_programs_use_it(page: Any, served: Served) -> None:
    page.get_by_text("Use it from a program").click()
    for text in ("From the command line, with curl", f'client = Client("{served.address}")'):
        page.get_by_text(text).first.wait_for()
    elsewhere = served.address.replace("127.0.0.1", "localhost")
    other = page.context.browser.new_page()
    other.goto(elsewhere)
    other.get_by_text("Use it from a program").click()
    other.get_by_text(f'client = Client("{elsewhere}")').first.wait_for()
    other.close()


LISTEN = """() => {
  window.said = [];
  const listen = () => document.querySelectorAll('[aria-live]').forEach(place => said.push(place.textContent));
  new MutationObserver(listen).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
DROP = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}));
  return transfer;
}"""
PUT_ON_CLIPBOARD = """bytes => navigator.clipboard.write(
  [new ClipboardItem({'image/png': new Blob([new Uint8Array(bytes)], {type: 'image/png'})})])"""


def test_a_photo_is_dropped(page: Any, photo: Path) -> None:
    transfer = page.evaluate_handle(DROP, [photo.name, list(photo.read_bytes())])
    page.get_by_text("Drop a photo here").dispatch_event("drop", {"dataTransfer": transfer})
    page.get_by_text("1 mask was removed.").wait_for()


def test_a_photo_is_pasted(page: Any, photo: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write", "camera"])
    page.evaluate(PUT_ON_CLIPBOARD, list(photo.read_bytes()))
    page.get_by_label("Paste from clipboard").click()
    page.get_by_text("1 mask was removed.").wait_for()
