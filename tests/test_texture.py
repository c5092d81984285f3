"""maskify.texture: a template's art in its colours and in light, premultiplied, and empty where it must be."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from faces import packaged

from maskify.errors import MaskifyError
from maskify.light import SRGB_TO_LINEAR
from maskify.surface import EMPTY
from maskify.templates import names
from maskify.texture import LEVELS, STRIP, Texture, level_for, lit, read_texture

RED, GREEN, BLUE = np.eye(3, dtype=np.float32) * np.float32(0.5)
WHITE = np.ones(3, np.float32)
SPAN = (150.0, 120.0)


def shown(texture: Texture, dye: Any = BLUE, light: float = 1.0, relief: Any = (0.0, 0.0)) -> np.ndarray:
    """The texture in even light, texel by texel: float32 [H, W, 4]."""
    height, width = texture.alpha.shape
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    art = texture.at(u.astype(np.float32), v.astype(np.float32))
    return lit(art, dye, WHITE * np.float32(light), 1.0, relief)


def write_art(folder: Path, **settings: Any) -> dict[str, Any]:
    """Art in three parts: transparent above (but green), below it red art on the left and dyed white on the right."""
    art = np.zeros((60, 80, 4), np.uint8)
    art[:20] = (0, 255, 0, 0)
    art[20:, :40] = (0, 0, 255, 255)
    art[20:, 40:] = (255, 255, 255, 255)
    tint = np.zeros((60, 80), np.uint8)
    tint[:, 40:] = 255
    relief = np.tile(np.linspace(0, 255, 80).astype(np.uint8), (60, 1))
    for name, picture in (("art", art), ("tint", tint), ("relief", relief)):
        (folder / f"{name}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return {"tint": "tint.png", **settings}


@pytest.fixture
def texture(tmp_path: Path) -> Texture:
    return read_texture(tmp_path, write_art(tmp_path), 0, SPAN)


def test_the_level_grows_with_the_mask_and_never_leaves_its_range() -> None:
    levels = [level_for(width) for width in (0.1, 50, 256, 500, 900, 2000, 1e6)]
    assert levels == sorted(levels) and levels[0] == 0 and levels[-1] == LEVELS - 1


@pytest.mark.parametrize("width", [200.0, 500.0, 1000.0])
def test_a_level_has_about_as_many_texels_as_the_mask_has_pixels(width: float) -> None:
    texels = packaged(names()[0]).texture(level_for(width)).alpha.shape[1]
    assert 0.75 * width <= texels <= 2.5 * width


def test_the_drawn_colour_dyes_the_tinted_part_alone(texture: Texture) -> None:
    blue, green = shown(texture, BLUE), shown(texture, GREEN)
    height, width = texture.alpha.shape
    left, right = (height // 2, width // 4), (height // 2, width * 3 // 4)
    np.testing.assert_allclose(blue[right], [0, 0, 0.5, 1], atol=1e-3)
    np.testing.assert_allclose(green[right], [0, 0.5, 0, 1], atol=1e-3)
    np.testing.assert_array_equal(blue[left], green[left])
    assert blue[left][0] > 0.7 and blue[left][1] == blue[left][2] == 0


def test_loops_are_dyed_too(texture: Texture) -> None:
    height = len(texture.alpha)
    middle = int(height * sum(STRIP) / 2)
    one, other = shown(texture, GREEN)[middle, 100], shown(texture, RED)[middle, 100]
    assert one[3] == other[3] == 1
    assert one[1] > 0.3 and one[0] == one[2] == 0 and other[0] == pytest.approx(one[1])


def test_colours_of_what_is_transparent_do_not_bleed(texture: Texture) -> None:
    atlas = shown(texture)
    rows, columns = np.nonzero((atlas[..., 3] > 0) & (np.arange(len(atlas)) < len(atlas) * 0.8)[:, None])
    dyed = columns > atlas.shape[1] * 0.55
    edge = atlas[rows[dyed], columns[dyed]]
    assert (edge[:, 3] < 0.9).any() and edge[:, 1].max() == 0


def test_a_pattern_may_stand_for_the_colour(texture: Texture) -> None:
    pattern = np.zeros((3, *texture.alpha.shape), np.float32)
    middle, column = len(texture.alpha) // 2, texture.alpha.shape[1] * 3 // 4
    pattern[2, :middle] = pattern[0, middle:] = 0.5
    atlas = shown(texture, pattern)
    np.testing.assert_allclose(atlas[middle - 1, column], [0, 0, 0.5, 1], atol=1e-3)
    np.testing.assert_allclose(atlas[middle, column], [0.5, 0, 0, 1], atol=1e-3)


def test_between_texels_art_is_interpolated_and_beyond_it_there_is_none(texture: Texture) -> None:
    height, width = texture.alpha.shape
    rows = np.array([[20, 20.5, 21, -2, height + 2]], np.float32)
    art = texture.at(np.full_like(rows, 0.75), (rows + np.float32(0.5)) / height)
    alpha = texture.alpha[:, width * 3 // 4 - 1 : width * 3 // 4 + 1].mean(axis=1)
    np.testing.assert_allclose(art.alpha[0, :3], [alpha[20], alpha[20:22].mean(), alpha[21]], atol=1e-3)
    assert not any(plane[0, 3:].any() for plane in (art.alpha, art.dyed, *art.own))


def test_more_light_is_brighter_but_never_beyond_white(texture: Texture) -> None:
    place = len(texture.alpha) // 2, texture.alpha.shape[1] * 3 // 4
    steps = [float(shown(texture, WHITE, level)[place][0]) for level in (0.1, 0.2, 0.7, 1.0, 3.0, 30.0)]
    assert steps[1] == pytest.approx(2 * steps[0]) and (np.diff(steps) > 0).all() and steps[-1] < 1


def test_a_slope_is_brighter_where_it_faces_the_light(tmp_path: Path) -> None:
    relief = read_texture(tmp_path, write_art(tmp_path, relief="relief.png", relief_mm=20.0), 0, SPAN)
    place = len(relief.alpha) // 2, relief.alpha.shape[1] * 3 // 4
    dark, even, bright = (shown(relief, relief=(gain, 0.0))[place][2] for gain in (-1.0, 0.0, 1.0))
    assert dark < even < bright
    assert shown(relief, relief=(0.0, 1.0))[place][2] == pytest.approx(even, rel=0.01)  # it is level downwards
    assert bright / even - 1 == pytest.approx(20.0 / SPAN[0], rel=0.15)  # 20 mm rise over the whole width


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("level", range(LEVELS))
def test_every_level_of_every_template_is_premultiplied_and_empty_at_its_rim(name: str, level: int) -> None:
    texture = packaged(name).texture(level)
    atlas = shown(texture, WHITE, light=50.0)
    assert atlas.dtype == np.float32 and atlas.shape[1] == 256 << level
    assert (atlas >= 0).all() and (atlas[..., :3] <= atlas[..., 3:] + 1e-6).all() and atlas[..., 3].max() == 1
    nowhere = texture.at(*(np.full((1, 1), place, np.float32) for place in EMPTY))
    assert not atlas[-1].any() and not nowhere.alpha.any() and not nowhere.dyed.any()


def test_levels_of_a_template_show_the_same_picture() -> None:
    small, large = (packaged(names()[0]).texture(level) for level in (0, 2))
    reduced = cv2.resize(shown(large), small.alpha.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(reduced - shown(small)).mean() < 0.02


def test_art_with_a_linear_colour_keeps_it(tmp_path: Path) -> None:
    settings = write_art(tmp_path)
    grey = np.full((60, 80, 4), (100, 150, 200, 255), np.uint8)
    (tmp_path / "art.png").write_bytes(cv2.imencode(".png", grey)[1].tobytes())
    texture = read_texture(tmp_path, settings, 0, SPAN)
    left = shown(texture)[len(texture.alpha) // 2, texture.alpha.shape[1] // 4]
    np.testing.assert_allclose(left[:3], SRGB_TO_LINEAR[[200, 150, 100]], atol=2e-3)


@pytest.mark.parametrize(
    ("name", "picture", "message"),
    [
        ("art.png", np.zeros((60, 80, 3), np.uint8), "RGBA"),
        ("art.png", np.zeros((60, 80, 4), np.uint16), "8-bit"),
        ("tint.png", np.zeros((60, 80, 3), np.uint8), "grey"),
        ("tint.png", None, "missing"),
        ("art.png", None, "missing"),
    ],
)
def test_art_of_another_kind_is_an_error_that_names_the_file(
    tmp_path: Path, name: str, picture: np.ndarray | None, message: str
) -> None:
    settings = write_art(tmp_path)
    if picture is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    with pytest.raises(MaskifyError, match=message) as caught:
        read_texture(tmp_path, settings, 0, SPAN)
    assert str(tmp_path) in caught.value.message
