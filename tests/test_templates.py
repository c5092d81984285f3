"""maskify.templates: the library is sound, and a user's own template is read or refused with a reason."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import maskify

from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError
from maskify.pose import canonical_face
from maskify.synthesis import Synthesizer
from maskify.templates import Template, chosen, find_template, fingerprint, library, load_template, names, parse_colour

each_template = pytest.mark.parametrize("name", names())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's own template: a copy of one of the library, under another name."""
    return Path(shutil.copytree(find_template(names()[0]), tmp_path / "mine"))


def change(folder: Path, **settings: object) -> None:
    path = folder / "template.json"
    kept = {**json.loads(path.read_text("utf-8")), **settings}
    path.write_text(json.dumps({name: value for name, value in kept.items() if value is not None}), "utf-8")


def load(folder: Path) -> Template:
    load_template.cache_clear()
    return load_template(folder)


def test_the_library_has_at_least_the_three_kinds_of_mask() -> None:
    assert {"surgical", "kn95", "cloth"} <= set(names()) and names() == sorted(names())
    assert [folder.name for folder in chosen(())] == names()


@each_template
def test_a_template_says_what_it_is_and_under_which_terms(name: str) -> None:
    template = load_template(find_template(name))
    assert template.name == name and 5 < len(template.title) < 80
    assert template.settings["licence"] and template.settings["author"]
    assert sum(weight for _, weight in template.palette) > 0


@each_template
def test_a_mask_of_the_library_is_symmetric_and_sits_on_nose_mouth_and_chin(name: str) -> None:
    mesh = load_template(find_template(name)).mesh
    body = mesh.points[: mesh.body]
    nearest = np.linalg.norm(body[:, None] - body[None] * [-1, 1, 1], axis=-1).min(axis=0)
    assert nearest.max() < 1e-6
    face = canonical_face()
    assert body[:, 1].min() < face[30, 1] and body[:, 1].max() > face[8, 1]
    assert body[:, 1].min() > face[36:48, 1].max() - 6  # below the eyes
    assert body[:, 2].min() < face[30, 2]  # in front of the nose
    assert np.ptp(body[:, 0]) > 0.7 * np.ptp(face[:17, 0])


@pytest.mark.parametrize("name", [name for name in names() if load_template(find_template(name)).settings.get("loops")])
def test_a_mask_of_the_library_hangs_on_loops_that_start_at_the_mask(name: str) -> None:
    mesh = load_template(find_template(name)).mesh
    loops = np.arange(len(mesh.points)) >= mesh.body
    sewn = mesh.points[loops & (mesh.follow == 1)]
    body = mesh.points[: mesh.body]
    assert len(sewn) >= 4
    assert np.linalg.norm(sewn[:, None] - body[None], axis=-1).min(axis=1).max() < 12


def test_templates_are_found_by_name_and_by_folder(own: Path) -> None:
    assert find_template(names()[0]) == library() / names()[0]
    assert find_template(str(own)) == own
    assert [folder.name for folder in chosen((names()[-1], str(own)))] == [names()[-1], "mine"]


def test_an_unknown_template_is_an_error_that_lists_the_library() -> None:
    with pytest.raises(MaskifyError) as caught:
        find_template("plague-doctor")
    assert "plague-doctor" in caught.value.message and all(name in caught.value.message for name in names())


def test_a_users_own_template_is_read(own: Path) -> None:
    change(own, title="Mine", palette=[["#102030", 2]], loop_palette=None)
    template = load(own)
    assert (template.name, template.title) == ("mine", "Mine")
    assert template.palette == (((16, 32, 48), 2.0),) and not template.loop_palette
    assert template.texture(0).alpha.max() == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"lattice_mm": None}, "lattice_mm"),
        ({"lattice_mm": 5}, "lattice_mm has the shape ()"),
        ({"lattice_mm": [[[0, 1, 2]]]}, "lattice_mm has the shape (1, 1, 3)"),
        ({"lattice_mm": [[[0, 1, 2], [3, 4]]]}, "inhomogeneous"),
        ({"lattice_mm": [[[0, 0, 0], [9, 0, 0]], [[0, 9, 0], [9, 9, float("nan")]]]}, "lattice_mm has no width"),
        ({"lattice_mm": [[[0, 0, 0], [0, 0, 0]], [[0, 9, 0], [0, 9, 0]]]}, "lattice_mm has no width"),
        ({"title": None}, "title"),
        ({"palette": [["blue", 1]]}, "'blue'"),
        ({"palette": [["#12345g", 1]]}, "'#12345g'"),
        ({"palette": [[5, 1]]}, "5 is not a colour"),
        ({"palette": 5}, "palette is 5"),
        ({"palette": [["#123456", -1], ["#ffffff", 2]]}, "#123456 in palette is -1"),
        ({"palette": [["#123456", float("nan")]]}, "#123456 in palette is nan"),
        ({"palette": [["#123456", 10**400]]}, "#123456 in palette is 1000"),
        ({"palette": [["#123456", "2"]]}, "#123456 in palette is '2'"),
        ({"palette": [["#123456", 0]]}, "palette has no colour"),
        ({"palette": []}, "palette has no colour"),
        ({"loop_palette": [["#123456", float("inf")]]}, "#123456 in loop_palette is inf"),
        ({"patterns": {"tartan": 1}}, "patterns names 'tartan'"),
        ({"patterns": {"plain": 1, "check": -1}}, "check in patterns is -1"),
        ({"patterns": {"plain": float("nan")}}, "plain in patterns is nan"),
        ({"patterns": {"plain": 0, "check": 0}}, "patterns leaves nothing"),
        ({"patterns": {"picture": 1}}, "patterns leaves nothing"),
        ({"patterns": ["plain"]}, "patterns is ['plain']"),
        ({"weight": 0}, "weight is 0"),
        ({"weight": -2}, "weight is -2"),
        ({"weight": float("inf")}, "weight is inf"),
        ({"weight": "often"}, "weight is 'often'"),
        ({"weight": True}, "weight is True"),
        ({"loops": [{"path_mm": [[1, 2]], "width_mm": 2}]}, "path_mm"),
        ({"loops": [{"path_mm": [[1, 2, 3], [4, 5, 6]], "width_mm": -2}]}, "width_mm of a loop is -2"),
        ({"loops": [{"width_mm": 2}]}, "path_mm"),
        ({"art": 5}, "art is 5"),
        ({"tint": ""}, "tint is ''"),
        ({"relief_mm": None}, "relief_mm"),
        ({"relief_mm": "high"}, "relief_mm is 'high'"),
    ],
)
def test_settings_that_make_no_mask_are_an_error_that_names_file_and_value(
    own: Path, settings: dict[str, object], named: str
) -> None:
    change(own, **settings)
    with pytest.raises(MaskifyError) as caught:
        load(own)
    assert str(own / "template.json") in caught.value.message and named in caught.value.message


def spoil(folder: Path, way: str) -> Path:
    """Spoils one of the template's pictures; returns its path."""
    path = folder / ("relief.png" if way == "coloured relief" else "art.png")
    if way == "missing":
        path.unlink()
    elif way == "empty":
        path.write_bytes(b"")
    elif way == "cut off":
        path.write_bytes(path.read_bytes()[:30])
    else:
        shape = {"coloured relief": (8, 8, 3), "opaque": (8, 8, 3), "grey": (8, 8)}[way]
        cv2.imwrite(str(path), np.full(shape, 200, np.uint8))
    return path


@pytest.mark.parametrize("way", ["missing", "empty", "cut off", "opaque", "grey", "coloured relief"])
def test_a_picture_that_cannot_be_used_stops_a_synthesizer_at_its_start(own: Path, way: str) -> None:
    path = spoil(own, way)
    with pytest.raises(MaskifyError) as caught:
        Synthesizer(SynthesisConfig(templates=("surgical", str(own))))
    assert (str(own) if way in ("opaque", "grey") else str(path)) in caught.value.message


@pytest.mark.parametrize("way", ["missing", "empty"])
def test_a_build_stops_before_the_first_photo_where_art_cannot_be_used(
    own: Path, few: Path, tmp_path: Path, way: str
) -> None:
    path = spoil(own, way)
    done = maskify("build", "--src", few, "--out", tmp_path / "out", "--templates", own, "--jobs", 2)
    assert done.exit_code == 1 and str(path) in done.output
    assert list(tmp_path.glob("out/*.tfrecord")) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '"mask"', "\x00"])
def test_a_file_that_is_no_json_object_is_an_error_that_names_it(own: Path, text: str) -> None:
    (own / "template.json").write_text(text)
    with pytest.raises(MaskifyError) as caught:
        load(own)
    assert str(own / "template.json") in caught.value.message


def test_colours_are_read_from_hexadecimal() -> None:
    assert parse_colour("#00ff7F") == (0, 255, 127)


@pytest.mark.parametrize("text", ["", "00ff7f", "#00ff7", "#00ff7f0", "#gggggg", "red"])
def test_what_is_no_colour_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError):
        parse_colour(text)


def test_the_fingerprint_depends_on_content_and_name_and_not_on_place(own: Path, tmp_path: Path) -> None:
    before = fingerprint([own])
    elsewhere = shutil.copytree(own, tmp_path / "elsewhere" / "mine")
    assert fingerprint([Path(elsewhere)]) == before
    assert fingerprint([Path(shutil.copytree(own, tmp_path / "other"))]) != before
    (own / "notes.txt").write_text("not read")
    (own / "unused.png").write_text("not read")
    assert fingerprint([own]) == before
    art = own / "art.png"
    art.write_bytes(art.read_bytes()[:-1] + b"?")
    assert fingerprint([own]) != before


def test_the_fingerprint_does_not_depend_on_the_order() -> None:
    folders = chosen(())
    assert fingerprint(folders) == fingerprint(folders[::-1])


@pytest.mark.parametrize("setting", ["art", "tint", "relief"])
def test_the_fingerprint_sees_pictures_of_any_name(own: Path, setting: str) -> None:
    picture = own / f"{setting}.png"
    picture.rename(own / "picture.webp")
    change(own, **{setting: "picture.webp"})
    load_template.cache_clear()
    before = fingerprint([own])
    (own / "picture.webp").write_bytes(b"another")
    assert fingerprint([own]) != before


def test_a_texture_doubles_with_its_level(own: Path) -> None:
    assert [load(own).texture(level).alpha.shape[1] for level in range(3)] == [256, 512, 1024]


def test_a_template_without_a_palette_of_loops_has_none(own: Path) -> None:
    change(own, loop_palette=None)
    assert load(own).loop_palette == ()
