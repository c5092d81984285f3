"""unmask.serving: what visitors get, good and bad ones, of a server in this process."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from broken_files import saved
from hostile_files import HOSTILE_NAMES, hostile_files, odd_photos
from painters import BLUE, masked_face
from PIL import Image

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'maskify[web]'")

from served import Served, file_data, restore_aligned, serving

from unmask.serving.limits import MEGABYTE
from unmask.serving.storage import own_storage
from unmask.serving.words import curl_example, python_example
from unmask.serving.work import Unusable, Work

PHOTO = saved(Image.fromarray(masked_face(100)), "PNG")


@pytest.fixture(scope="module")
def served() -> Served:
    with serving() as server:
        yield server


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def memory() -> float:
    """Megabytes that this process, and the server in it, have in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def test_a_photo_comes_back_without_its_mask(served: Served) -> None:
    reply = served.send(PHOTO, "Jane Doe.png")
    assert reply.results is not None
    restored, (before, after), found, text = reply.results
    photo, clean, covered = pixels(PHOTO), pixels(served.get(restored)), pixels(served.get(found))
    assert restored["path"].endswith("/Jane Doe-unmasked.png") and text == "**1 mask was removed.**"
    np.testing.assert_array_equal(clean[covered == 0], photo[covered == 0])
    assert (photo == BLUE).all(axis=2).any() and not (clean == BLUE).all(axis=2).any()
    assert np.abs(pixels(served.get(before)).astype(int) - photo).mean() < 6
    assert np.abs(pixels(served.get(after)).astype(int) - clean).mean() < 6


def test_a_download_has_the_size_format_and_metadata_of_the_photo(served: Served) -> None:
    photo = Image.fromarray(masked_face(1700))
    reply = served.send(saved(photo, "JPEG", quality=90, dpi=(301, 301)), "camera.JPG")
    assert reply.results is not None
    restored = Image.open(io.BytesIO(served.get(reply.results[0])))
    assert (restored.format, restored.size, restored.info["dpi"]) == ("JPEG", (1700, 1700), (301, 301))
    assert reply.results[0]["path"].endswith("/camera-unmasked.JPG")
    assert pixels(served.get(reply.results[1][1])).shape == (1600, 1600, 3)


@pytest.mark.parametrize(
    ("photo", "text"),
    [
        (np.full((80, 80, 3), 200, np.uint8), "**No mask was found** on the face."),
        (np.full((80, 120, 3), 200, np.uint8), "**No face was found.**"),
    ],
)
def test_a_photo_without_a_mask_gets_a_sentence_and_no_files(served: Served, photo: np.ndarray, text: str) -> None:
    reply = served.send(saved(Image.fromarray(photo), "PNG"))
    assert reply.results is not None and reply.results[:3] == [None, None, None] and text in reply.results[3]


def test_no_photo_is_no_error(served: Served) -> None:
    assert served.call(None).results == [
        None,
        None,
        None,
        "There is no photo yet. What becomes of it will appear here.",
    ]


def test_fifty_photos_at_a_time_are_all_restored(served: Served) -> None:
    photos = [masked_face(64 + number) for number in range(50)]
    with ThreadPoolExecutor(50) as visitors:
        replies = list(visitors.map(lambda photo: served.send(saved(Image.fromarray(photo), "PNG")), photos))
    for photo, reply in zip(photos, replies, strict=True):
        assert reply.results is not None, reply
        restored = pixels(served.get(reply.results[0]))
        assert restored.shape == photo.shape and not (restored == BLUE).all(axis=2).any()


def test_hostile_files_get_a_reason_and_leave_nothing_behind(served: Served) -> None:
    files = hostile_files(Image.fromarray(masked_face(100)))
    assert len(files) >= 30 and len(files["60_megabytes.jpg"]) > 60_000_000
    served.send(PHOTO)
    served.storage.sweep(0)
    before, seen = memory(), []
    for name, content in files.items():
        reply = served.send(content, name)
        assert reply.results is None, name
        assert 400 <= reply.status < 500 or reply.error.endswith("."), (name, reply)
        assert not any(word in reply.error for word in ("Error", "Traceback", "/")), (name, reply)
        seen.append((name, served.files()))
    assert [(name, left) for name, left in seen if left] == []
    assert memory() - before < 100
    assert served.send(PHOTO).results is not None


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_leads_out_of_the_servers_folder(served: Served, name: str) -> None:
    reply = served.send(PHOTO, name)
    assert 400 <= reply.status < 500 or reply.results is not None, reply
    if reply.results:
        path = Path(reply.results[0]["path"])
        assert path.parent.parent == served.storage.cache and path.is_file()
        headers = served.client.get(reply.results[0]["url"]).headers
        assert "html" not in headers["content-type"] and "svg" not in headers["content-type"]
    top = {path.name for path in served.storage.cache.parent.iterdir()}
    assert top == {".lock", "cache", "examples"} and "outside.png" not in {path.name for path in Path.cwd().iterdir()}


def test_photos_with_bombs_in_their_metadata_are_answered(served: Served) -> None:
    before = memory()
    for name, content in odd_photos(Image.fromarray(masked_face(100))).items():
        reply = served.send(content, name)
        assert reply.results is not None or reply.error.endswith("."), (name, reply)
    assert memory() - before < 150


def test_examples_are_photos_with_masks_and_stay(served: Served) -> None:
    served.storage.sweep(0)
    examples = sorted(served.storage.examples.iterdir())
    assert len(examples) == 3
    for path in examples:
        assert served.client.get(f"/gradio_api/file={path}").status_code == 200
        assert served.call(file_data(str(path))).results is not None


def test_what_the_page_says_on_programs_is_true(served: Served, tmp_path: Path) -> None:
    photo = saved(Image.fromarray(masked_face(100)), "JPEG", quality=95)
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    runs = [[sys.executable, "-c", python_example(served.address)], ["bash", "-ec", curl_example(served.address)]]
    for number, command in enumerate(runs):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "photo.jpg").write_bytes(photo)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        restored = pixels((folder / "clean.jpg").read_bytes())
        blue = restored[..., 2].astype(int) - restored[..., 0]
        assert restored.shape == (100, 100, 3) and blue.max() < 100


def test_a_crash_on_one_photo_is_told_in_plain_words(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(lambda photo: 1 / 0) as server:  # type: ignore[arg-type, return-value]
        reply = server.send(PHOTO)
    assert reply.error.startswith("Something went wrong") and "ZeroDivisionError" in capfd.readouterr().err


def test_after_its_end_no_photo_is_worked_on() -> None:
    with own_storage(MEGABYTE) as storage:
        (storage.cache / "photo.png").write_bytes(PHOTO)
        work = Work(restore_aligned, storage, 1_000_000)
        assert work.answer(str(storage.cache / "photo.png")).restored
        work.finish()
        with pytest.raises(Unusable, match="stopping"):
            work.answer(str(storage.cache / "photo.png"))
