"""Masks look as they did. Where they shall look otherwise: `make golden`, look at tests/golden, commit the pictures."""

import golden
import numpy as np
import pytest

from maskify.templates import names

MEAN, MOST = 1.0, 40
"""Grey levels by which a rendering may differ from its golden image: other CPUs round otherwise."""

MAP_SHARE = 0.005
"""Share of the map's pixels that may differ."""


@pytest.mark.parametrize("shot", golden.SHOTS)
@pytest.mark.parametrize("template", names())
def test_a_mask_looks_like_its_golden_image(template: str, shot: str) -> None:
    path = golden.path_of(template, shot)
    assert path.is_file(), f"{path} is missing; make it with: make golden"
    wanted, rendered = (np.split(picture, 2, axis=1) for picture in (golden.read(path), golden.render(template, shot)))
    difference = np.abs(rendered[0].astype(int) - wanted[0])
    assert difference.mean() < MEAN and difference.max() < MOST, "if this is meant: make golden, and look at it"
    assert (rendered[1] != wanted[1]).mean() < MAP_SHARE


def test_there_is_a_golden_image_of_every_template_and_of_nothing_else() -> None:
    expected = {golden.path_of(template, shot) for template in names() for shot in golden.SHOTS}
    expected |= {golden.face_path(shot) for shot in golden.SHOTS}
    assert set(golden.FOLDER.glob("*.png")) == expected


def test_golden_images_of_different_templates_can_be_told_apart() -> None:
    """The tolerance is fine enough: no template passes for another, nor for a bare face."""
    pictures = {template: golden.read(golden.path_of(template, "front"))[:, : golden.SIZE] for template in names()}
    pictures["face"] = golden.read(golden.face_path("front"))
    for one in pictures:
        for other in pictures:
            difference = np.abs(pictures[one].astype(int) - pictures[other])
            assert one == other or difference.mean() > MEAN or difference.max() > MOST
