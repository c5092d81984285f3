"""maskify.kit: the library is sound, faults of a template are named, and templates are shown on a face."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import maskify
from PIL import Image

from maskify.kit import check_template
from maskify.sample import load_astronaut
from maskify.templates import find_template, library, load_template, names


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's own template: a copy of the surgical mask."""
    load_template.cache_clear()
    return Path(shutil.copytree(find_template("surgical"), tmp_path / "mine"))


def change(folder: Path, **settings: object) -> None:
    path = folder / "template.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **settings}), "utf-8")


@pytest.mark.parametrize("name", names())
def test_the_packaged_library_is_sound(name: str) -> None:
    assert check_template(library() / name) == []


def test_a_sound_template_is_said_to_be(own: Path) -> None:
    done = maskify("templates", "check", own)
    assert done.exit_code == 0 and f"{own} is sound" in done.stdout


def test_coarse_and_opaque_art_are_named(own: Path) -> None:
    cv2.imwrite(str(own / "art.png"), np.full((168, 256, 4), 255, np.uint8))
    coarse, opaque = check_template(own)
    assert "256 pixels wide" in coarse and "opaque everywhere" in opaque
    done = maskify("templates", "check", own)
    assert done.exit_code == 1 and done.stdout.splitlines() == [f"{own}: {coarse}", f"{own}: {opaque}"]


def test_a_mask_that_sits_on_the_eyes_is_named_with_the_pose(own: Path) -> None:
    lattice = np.array(load_template(find_template("surgical")).settings["lattice_mm"]) - [0, 45, 0]
    change(own, lattice_mm=lattice.tolist())
    problems = check_template(own)
    assert problems and "at yaw 0, pitch 0 degrees" in problems[0]


def test_a_template_that_cannot_be_read_is_one_line_and_no_traceback(own: Path) -> None:
    change(own, patterns={"tartan": 1})
    done = maskify("templates", "check", own)
    assert done.exit_code == 1 and str(own / "template.json") in done.stderr and "'tartan'" in done.stderr
    empty = own.parent / "empty"
    empty.mkdir()
    done = maskify("templates", "check", empty)
    assert done.exit_code == 1 and str(empty / "template.json") in done.stderr


def test_templates_are_shown_on_the_sample_portrait(own: Path, tmp_path: Path) -> None:
    change(own, title="Mine")
    done = maskify("templates", "preview", own, find_template("kn95"), "--out", tmp_path / "new" / "two.png")
    assert done.exit_code == 0 and done.stdout.strip() == str(tmp_path / "new" / "two.png")
    one = maskify("templates", "preview", own, "--out", tmp_path / "one.png")
    assert one.exit_code == 0
    with Image.open(tmp_path / "new" / "two.png") as two, Image.open(tmp_path / "one.png") as alone:
        assert two.width == alone.width > 3 * 288 and two.height > alone.height + 288
        first = np.asarray(alone.convert("RGB"))[60:330, 20 : 20 + 3 * 296].astype(int)
        assert np.array_equal(np.asarray(two.convert("RGB"))[60:330, 20 : 20 + 3 * 296], first)
    assert np.ptp(first.mean(axis=(1, 2))) > 10  # a face, and no empty paper


def test_templates_are_shown_on_a_photo_of_ones_own(own: Path, tmp_path: Path) -> None:
    Image.fromarray(load_astronaut()[:, ::-1]).save(tmp_path / "me.png")
    done = maskify("templates", "preview", own, "--photo", tmp_path / "me.png", "--out", tmp_path / "me_masked.png")
    assert done.exit_code == 0, done.output
    assert maskify("templates", "preview", own, "--out", tmp_path / "sample.png").exit_code == 0
    assert (tmp_path / "me_masked.png").read_bytes() != (tmp_path / "sample.png").read_bytes()


def test_a_photo_without_a_face_or_that_is_none_is_refused_by_option(own: Path, tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    (tmp_path / "text.png").write_text("no picture")
    for name in ("grey.png", "text.png"):
        done = maskify("templates", "preview", own, "--photo", tmp_path / name, "--out", tmp_path / "out.png")
        assert done.exit_code == 1 and "--photo" in done.stderr
    assert not (tmp_path / "out.png").exists()
