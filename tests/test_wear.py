"""maskify.wear: how a mask is worn moves its points, and only those that belong to the mask."""

import numpy as np
import pytest
from faces import packaged, params_for

from maskify.templates import names
from maskify.wear import worn_points

AS_DRAWN = {"height": 0.0, "tilt": 0.0, "slack": 0.0}


def moves(name: str, **changes: object) -> np.ndarray:
    """By how many mm each point moves, against the mask worn as it is drawn."""
    template = packaged(name)
    usual = worn_points(template.mesh, params_for(template, **AS_DRAWN))
    return worn_points(template.mesh, params_for(template, **{**AS_DRAWN, **changes})) - usual


@pytest.mark.parametrize("name", names())
def test_the_ends_of_the_loops_at_the_ears_stay_put(name: str) -> None:
    moved = moves(name, height=3.0, tilt=4.0, slack=4.0)
    stays = packaged(name).mesh.follow == 0
    assert stays.sum() == 2 * len(packaged(name).mesh.half_widths) and not moved[stays].any()
    assert (np.abs(moved[: packaged(name).mesh.body]).max(axis=1) > 0.1).all()


def test_a_mask_that_sits_lower_moves_down_as_a_whole() -> None:
    mesh = packaged(names()[0]).mesh
    np.testing.assert_allclose(
        moves(names()[0], height=2.0)[: mesh.body], np.tile([0, 2.0, 0], (mesh.body, 1)), atol=1e-9
    )


def test_a_mask_hangs_askew_clockwise_as_the_picture_shows_it() -> None:
    mesh = packaged(names()[0]).mesh
    moved = moves(names()[0], tilt=3.0)[: mesh.body]
    on_left = mesh.points[: mesh.body, 0] > 30
    on_right = mesh.points[: mesh.body, 0] < -30
    assert (moved[on_left, 1] > 0).all() and (moved[on_right, 1] < 0).all()


def test_slack_moves_the_front_out_and_the_sides_not_at_all() -> None:
    mesh = packaged(names()[0]).mesh
    moved = moves(names()[0], slack=3.0)[: mesh.body]
    middle = np.abs(mesh.points[: mesh.body, 0]) < 5
    assert (moved[:, 2] <= 0).all() and (moved[middle, 2] < -2).all()
    assert np.abs(moved[np.abs(mesh.points[: mesh.body, 0]) > 60]).max() < 1e-9


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(("wear", "least"), [("nose-out", 5.0), ("chin", 40.0)])
def test_a_mask_pulled_down_sits_lower_and_its_loops_go_along(name: str, wear: str, least: float) -> None:
    mesh = packaged(name).mesh
    moved = moves(name, wear=wear)
    upper_edge = mesh.points[: mesh.body, 1] < mesh.points[: mesh.body, 1].min() + 5
    assert (moved[: mesh.body][upper_edge, 1] > least).all()
    points = mesh.points + moved
    sewn = points[(np.arange(len(points)) >= mesh.body) & (mesh.follow == 1)]
    assert not moved[mesh.follow == 0].any()
    if len(sewn):
        assert np.linalg.norm(sewn[:, None] - points[None, : mesh.body], axis=-1).min(axis=1).max() < 12
