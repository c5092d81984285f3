"""maskify.fabrics.patterns: fabrics that are the same each time, made of the colours given, and without seams."""

import json
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskify.errors import MaskifyError
from maskify.fabrics.colours import COMBINATIONS, KINDS, PICTURE, mixed
from maskify.fabrics.patterns import DESIGNS, PatternParams, _tile, draw_pattern, fabric
from maskify.fabrics.pictures import fingerprint, list_pictures
from maskify.fabrics.tiles import lay, make_tile
from maskify.light import SRGB_TO_LINEAR

SIZE, SPAN = (256, 168), (140.0, 92.0)
BASES = ("#000000", "#ff0000", "#00ff00", "#0000ff")
"""With these, red, green and blue of the fabric are the shares of the colours 1, 2 and 3."""

ALL = [(kind, variant) for kind, designs in DESIGNS.items() for variant in range(len(designs))]


def shares(kind: str, variant: int, scale: float = 0.0, angle: float = 0.0, shift: float = 0.0) -> np.ndarray:
    """A design's fabric in pure red, green and blue on black."""
    design = DESIGNS[kind][variant]
    params = PatternParams(kind, BASES[: design.colours], scale or design.repeat[1], angle, (shift, 0.0), variant)
    return fabric(params, SIZE, SPAN)


def repeating() -> list[tuple[str, int]]:
    """The designs that repeat, which must be most of them."""
    found = [key for key in ALL if _tile(*key).repeats]
    assert len(found) > len(ALL) / 2
    return found


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Writes uint8 [H, W, 3] RGB without loss."""
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes())


@pytest.mark.parametrize(("kind", "variant"), ALL)
def test_a_fabric_is_linear_light_and_shows_each_of_its_colours(kind: str, variant: int) -> None:
    out = shares(kind, variant)
    assert out.shape == (168, 256, 3) and out.dtype == np.float32
    assert out.min() >= 0 and out.max() <= 1 and out.sum(axis=2).max() < 1.01
    coverage = np.concatenate([[(1 - out.sum(axis=2) > 0.7).mean()], (out > 0.35).mean(axis=(0, 1))])
    colours = DESIGNS[kind][variant].colours
    assert (coverage[:colours] > 0.002).all(), coverage
    assert (out[..., colours - 1 :] == 0).all()


def test_tiles_go_on_around_their_edges_without_a_seam() -> None:
    for key in repeating():
        level = _tile(*key).levels[0].astype(int)
        for picture in (level, level.transpose(1, 0, 2)):
            within = np.abs(np.diff(picture, axis=0)).mean(axis=(1, 2)).max()
            # Twice: an edge may fall between two rows, or into one.
            assert np.abs(picture[0] - picture[-1]).mean() <= 2 * within + 1, key


def test_a_repeating_fabric_moved_by_one_repeat_is_the_same() -> None:
    for key in repeating():
        moved, same = shares(*key, angle=17.0, shift=1.3), shares(*key, angle=17.0, shift=0.3)
        np.testing.assert_allclose(moved, same, atol=0.02, err_msg=str(key))


def test_no_two_designs_are_alike() -> None:
    fabrics = {key: shares(*key, scale=60.0, angle=0.0)[..., 0] for key in ALL}
    for one, other in combinations(ALL, 2):
        assert np.abs(fabrics[one] - fabrics[other]).mean() > 0.005, (one, other)


def test_all_tiles_take_less_than_40_mb() -> None:
    assert sum(level.nbytes for key in ALL for level in _tile(*key).levels) < 40e6


def test_a_tile_at_its_own_size_is_repeated_pixel_by_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 86, (16, 16, 3)).astype(np.float32) / np.float32(255)
    tile = make_tile(pixels)
    out = lay(tile, (64, 32), (64.0, 32.0), repeat=16.0, angle=0.0, shift=(0.0, 0.0))
    np.testing.assert_array_equal(out, np.roll(np.tile(tile.levels[0], (2, 4, 1)), (8, 8), axis=(0, 1)))


def test_a_tile_turned_by_ninety_degrees_is_turned_clockwise() -> None:
    pixels = np.random.default_rng(0).integers(0, 86, (16, 16, 3)).astype(np.float32) / np.float32(255)
    tile = make_tile(pixels)
    out = lay(tile, (16, 16), (16.0, 16.0), repeat=16.0, angle=90.0, shift=(0.0, 0.0))
    np.testing.assert_array_equal(out, np.rot90(tile.levels[0], -1))


def test_a_pattern_too_fine_for_the_texels_becomes_its_mean_colour() -> None:
    coarse = shares("check", 0, scale=35.0).mean(axis=(0, 1))
    fine = shares("check", 0, scale=0.3, angle=20.0)
    assert fine[..., 0].std() < 0.02
    np.testing.assert_allclose(fine.mean(axis=(0, 1)), coarse, atol=0.05)


def test_half_of_an_even_stripe_is_exactly_each_of_the_two_colours() -> None:
    params = PatternParams("stripes", ("#f0f0f0", "#203060"), 35.0, 0.0, (0.0, 0.0), 0)
    out = fabric(params, SIZE, SPAN)
    for colour in params.colours:
        linear = SRGB_TO_LINEAR[list(bytes.fromhex(colour[1:]))]
        assert (np.abs(out - linear).max(axis=2) < 1e-5).mean() == pytest.approx(0.5, abs=0.05)


def test_a_size_of_fabric_does_not_change_where_the_pattern_lies() -> None:
    params = PatternParams("floral", ("#ffffff", "#d04060", "#208040", "#e0b030"), 90.0, 12.0, (0.2, 0.4), 1)
    small, large = fabric(params, SIZE, SPAN), fabric(params, (512, 336), SPAN)
    shrunk = cv2.resize(large, SIZE, interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk - small).mean() < 0.04 < np.abs(np.roll(shrunk, 9, axis=1) - small).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_pattern_and_its_fabric_again(kind: str) -> None:
    first, again = (draw_pattern(np.random.default_rng(3), kind, "#334466") for _ in range(2))
    assert first == again
    np.testing.assert_array_equal(fabric(first, SIZE, SPAN), fabric(again, SIZE, SPAN))
    assert draw_pattern(np.random.default_rng(4), kind, "#334466") != first


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_goes_through_json(kind: str) -> None:
    params = draw_pattern(np.random.default_rng(1), kind, "#e8e8e8")
    loaded = json.loads(json.dumps(params.as_dict()))
    again = PatternParams(**{**loaded, "colours": tuple(loaded["colours"]), "shift": tuple(loaded["shift"])})
    assert again == params


@pytest.mark.parametrize("base", ["#111113", "#f5f5f3", "#808488", "#2e3f5f", "#9cc8e0", "#b3404f"])
def test_ground_and_figure_can_be_told_apart(base: str) -> None:
    for kind, rows in COMBINATIONS.items():
        for names, weight in rows:
            ground, figure = (np.array(list(bytes.fromhex(colour[1:])), int) for colour in mixed(names, base)[:2])
            assert np.abs(ground - figure).max() >= 24, (kind, names)
            assert weight > 0


def test_every_design_and_every_kind_is_drawn() -> None:
    rng = np.random.default_rng(0)
    for kind, designs in DESIGNS.items():
        drawn = [draw_pattern(rng, kind, "#335577") for _ in range(200)]
        assert {params.variant for params in drawn} == set(range(len(designs)))
        assert all(len(params.colours) == designs[params.variant].colours for params in drawn)
    assert set(KINDS) == set(DESIGNS) == set(COMBINATIONS) - {"bandana"}


def test_an_unknown_kind_or_variant_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(MaskifyError, match="no pattern 'plaid'.*stripes, check.*picture"):
        draw_pattern(np.random.default_rng(0), "plaid", "#ffffff")
    with pytest.raises(MaskifyError, match="no pattern 'plaid'"):
        fabric(PatternParams("plaid", BASES, 20.0, 0.0, (0.0, 0.0), 0), SIZE, SPAN)
    with pytest.raises(MaskifyError, match="no variant 99"):
        fabric(PatternParams("polka", BASES, 20.0, 0.0, (0.0, 0.0), 99), SIZE, SPAN)


def test_a_picture_covers_the_fabric_and_keeps_its_colours(tmp_path: Path, picture: np.ndarray) -> None:
    write_picture(tmp_path / "mine.png", picture)
    pictures = list_pictures(tmp_path)
    out = fabric(PatternParams(PICTURE, (), 0.0, 0.0, (0.0, 0.0), 0, "mine"), (96, 60), (96.0, 60.0), pictures)
    np.testing.assert_allclose(out, SRGB_TO_LINEAR[picture[30:90]], atol=1e-3)  # as wide; cut above and below


def test_only_a_picture_whose_edges_meet_repeats(tmp_path: Path, picture: np.ndarray) -> None:
    rows, columns = np.mgrid[0:64, 0:64] * (2 * np.pi / 64)
    waves = np.rint(128 + 100 * np.dstack([np.sin(rows), np.cos(columns), np.sin(rows + columns)])).astype(np.uint8)
    write_picture(tmp_path / "meets.png", waves)
    write_picture(tmp_path / "ends.png", picture)
    pictures = list_pictures(tmp_path)
    repeated = fabric(PatternParams(PICTURE, (), 32.0, 0.0, (0.0, 0.0), 1, "meets"), (128, 64), (64.0, 32.0), pictures)
    np.testing.assert_allclose(repeated, np.tile(SRGB_TO_LINEAR[np.roll(waves, 32, axis=1)], (1, 2, 1)), atol=1e-3)
    once, covers = (
        fabric(PatternParams(PICTURE, (), scale, 0.0, (0.0, 0.0), 1, "ends"), SIZE, SPAN, pictures)
        for scale in (30.0, 0.0)
    )
    np.testing.assert_array_equal(once, covers)


def test_pictures_are_drawn_from_the_folder_in_a_fixed_order(tmp_path: Path, picture: np.ndarray) -> None:
    for name in ("b", "a", "c"):
        write_picture(tmp_path / f"{name}.png", picture)
    pictures = list_pictures(tmp_path)
    assert list(pictures) == ["a", "b", "c"]
    drawn = [draw_pattern(np.random.default_rng(seed), PICTURE, "#ffffff", pictures) for seed in range(30)]
    assert {params.picture for params in drawn} == {"a", "b", "c"}
    assert {params.variant for params in drawn} == {0, 1}


def test_other_pictures_have_another_fingerprint(tmp_path: Path, picture: np.ndarray) -> None:
    write_picture(tmp_path / "a.png", picture)
    before = fingerprint(list_pictures(tmp_path))
    assert fingerprint(list_pictures(tmp_path)) == before
    write_picture(tmp_path / "a.png", picture[::-1])
    assert fingerprint(list_pictures(tmp_path)) != before


def test_a_folder_without_pictures_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match="^--pattern .*holds no photo"):
        list_pictures(tmp_path)
    with pytest.raises(MaskifyError, match="^--pattern .*does not exist"):
        list_pictures(tmp_path / "photo")
    with pytest.raises(MaskifyError, match="--pattern"):
        draw_pattern(np.random.default_rng(0), PICTURE, "#ffffff")


def test_a_broken_or_missing_picture_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    pictures = list_pictures(tmp_path)
    with pytest.raises(MaskifyError, match=r"--pattern: the picture .*broken\.png cannot be used"):
        fingerprint(pictures)
    with pytest.raises(MaskifyError, match="no picture 'gone'"):
        fabric(PatternParams(PICTURE, (), 0.0, 0.0, (0.0, 0.0), 0, "gone"), SIZE, SPAN, pictures)
