"""maskify.draw: the same seed draws the same mask everywhere, and all that may be drawn is drawn."""

import json
from collections import Counter
from dataclasses import fields

import numpy as np
import pytest
from faces import packaged, params_drawn

from maskify.config import SynthesisConfig
from maskify.draw import MaskParams, draw_params, seed_of
from maskify.templates import names, parse_colour

MANY = 300


@pytest.fixture(scope="module")
def drawn() -> list[MaskParams]:
    library = [packaged(name) for name in names()]
    return [params_drawn(seed_of(0, f"photo{number}"), library) for number in range(MANY)]


def test_seeds_are_the_same_on_every_machine() -> None:
    """Worked out by hand: the first 8 bytes of BLAKE2b of "7", a zero byte, "a/b", read as a big-endian number."""
    assert seed_of(7, "a/b") == 0x38A092B9F364C381


def test_seeds_of_other_photos_and_other_builds_differ() -> None:
    seeds = {seed_of(seed, f"photo{number}") for seed in range(10) for number in range(100)}
    assert len(seeds) == 1000 and all(0 <= seed < 2**64 for seed in seeds)
    assert seed_of(1, "1x") != seed_of(11, "x")


def test_names_beyond_ascii_have_a_seed() -> None:
    assert seed_of(0, "\u5199\u771f") != seed_of(0, "??")


def test_a_seed_always_draws_the_same_mask() -> None:
    library = [packaged(name) for name in names()]
    for seed in (0, 1, 2**64 - 1):
        template, params = draw_params(seed, library, SynthesisConfig())
        assert draw_params(seed, library, SynthesisConfig()) == (template, params)
        assert params.template == template.name


def test_another_attempt_draws_another_mask_that_sits_lower() -> None:
    library = [packaged(name) for name in names()]
    heights = np.array(
        [[draw_params(seed, library, SynthesisConfig(), n)[1].height for n in range(3)] for seed in range(50)]
    )
    assert (np.diff(heights.mean(axis=0)) > 1).all()


def test_asked_for_colours_are_drawn_nearly_as_they_are() -> None:
    template = packaged(names()[0])
    drawn = {params_drawn(seed, [template], colours=("#c04040", "#4040c0")).colour for seed in range(40)}
    red = [parse_colour(colour) for colour in drawn if parse_colour(colour)[0] > 128]
    blue = [parse_colour(colour) for colour in drawn if parse_colour(colour)[2] > 128]
    assert len(red) + len(blue) == len(drawn) and min(len(red), len(blue)) > 8
    assert np.abs(np.array(red) - (192, 64, 64)).max() < 45


def test_ways_of_wearing_are_drawn_by_their_weights() -> None:
    library = [packaged(name) for name in names()]
    weights = (("correct", 3.0), ("nose-out", 1.0), ("chin", 0.0))
    drawn = Counter(params_drawn(seed, library, wear=weights).wear for seed in range(400))
    assert set(drawn) == {"correct", "nose-out"} and 0.65 < drawn["correct"] / 400 < 0.85
    assert {params_drawn(seed, library).wear for seed in range(50)} == {"correct"}


def test_every_template_and_a_wide_choice_of_colours_are_drawn(drawn: list[MaskParams]) -> None:
    assert {params.template for params in drawn} == set(names())
    assert len({params.colour for params in drawn}) > MANY / 2
    channels = np.array([parse_colour(params.colour) for params in drawn])
    assert np.ptp(channels, axis=0).min() > 120


def test_the_way_it_is_worn_varies_but_stays_small(drawn: list[MaskParams]) -> None:
    for name, most in (("height", 10.0), ("tilt", 10.0), ("slack", 15.0), ("relief", 3.0)):
        values = [getattr(params, name) for params in drawn]
        assert np.std(values) > 0.05 and np.abs(values).max() <= most, name


def test_params_are_json_and_lose_nothing_in_it(drawn: list[MaskParams]) -> None:
    for params in drawn:
        text = json.dumps(params.as_dict(), allow_nan=False)
        read = json.loads(text)
        assert set(read) == {field.name for field in fields(MaskParams)} and json.dumps(read) == text
        assert all(read[name] == getattr(params, name) for name in ("template", "colour", "height", "relief", "grain"))


def test_colours_can_be_read_back(drawn: list[MaskParams]) -> None:
    for params in drawn:
        for colour in (params.colour, params.loop_colour):
            assert "#" + bytes(parse_colour(colour)).hex() == colour
