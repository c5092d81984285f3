"""maskify.templates: the library is sound, and a user's own template is read or refused with a reason."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from maskify.errors import MaskifyError
from maskify.pose import canonical_face
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
    "settings",
    [
        {"lattice_mm": None},
        {"lattice_mm": 5},
        {"lattice_mm": [[[0, 1, 2]]]},
        {"lattice_mm": [[[0, 1, 2], [3, 4]]]},
        {"title": None},
        {"palette": [["blue", 1]]},
        {"palette": [["#12345g", 1]]},
        {"palette": 5},
        {"loops": [{"path_mm": [[1, 2]], "width_mm": 2}]},
        {"loops": [{"width_mm": 2}]},
    ],
)
def test_settings_that_make_no_mask_are_an_error_that_names_the_file(own: Path, settings: dict[str, object]) -> None:
    change(own, **settings)
    with pytest.raises(MaskifyError) as caught:
        load(own)
    assert str(own / "template.json") in caught.value.message


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
    assert fingerprint([own]) == before
    art = own / "art.png"
    art.write_bytes(art.read_bytes()[:-1] + b"?")
    assert fingerprint([own]) != before


def test_the_fingerprint_does_not_depend_on_the_order() -> None:
    folders = chosen(())
    assert fingerprint(folders) == fingerprint(folders[::-1])
