"""maskify.align: the CelebA frame, and that pixel centres stay where they belong."""

import numpy as np
import pytest

from maskify import align

Array = np.ndarray


def similarity_of(scale: float, degrees: float, x: float, y: float) -> Array:
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, x], [sin, cos, y]])


def landmarks_with(points: Array) -> Array:
    """68 landmarks whose eye centres, nose tip and mouth corners are these five points."""
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(0, 200, (68, 2))
    for start, eye in ((36, points[0]), (42, points[1])):
        around = rng.normal(0, 5, (6, 2))
        landmarks[start : start + 6] = eye + around - around.mean(axis=0)
    landmarks[[30, 48, 54]] = points[2:]
    return landmarks


def waves(places: Array, scale: float) -> Array:
    """A picture's red and green at these places: waves of 30 pixels of a crop that is magnified by `scale`."""
    return 127.5 + 100 * np.sin(places * (2 * np.pi * scale / 30))


@pytest.mark.parametrize("wanted", [(1.0, 0.0, 0.0, 0.0), (0.3, 25.0, -40.0, 7.0), (5.0, -170.0, 3.0, 900.0)])
def test_similarity_finds_the_transform_that_made_the_points(wanted: tuple[float, float, float, float]) -> None:
    points = np.random.default_rng(1).normal(0, 30, (5, 2))
    transform = similarity_of(*wanted)
    np.testing.assert_allclose(align.similarity(points, align.apply(transform, points)), transform, atol=1e-9)


def test_similarity_has_the_least_squared_error_of_all() -> None:
    rng = np.random.default_rng(2)
    source, target = rng.normal(0, 30, (2, 5, 2))
    best = align.similarity(source, target)

    def error(transform: Array) -> float:
        return float(((align.apply(transform, source) - target) ** 2).sum())

    for _ in range(50):
        turn, shift = np.vstack([similarity_of(1 + rng.normal(0, 0.02), rng.normal(0, 2), 0, 0), [0, 0, 1]]), np.eye(3)
        shift[:2, 2] = rng.normal(0, 1, 2)
        assert error(best @ turn @ shift) > error(best)


def test_similarity_never_mirrors() -> None:
    points = np.random.default_rng(3).normal(0, 30, (5, 2))
    assert np.linalg.det(align.similarity(points, points * [-1, 1])[:, :2]) > 0


def test_five_points_are_eye_centres_nose_tip_and_mouth_corners() -> None:
    np.testing.assert_allclose(align.five_points(landmarks_with(align.MEAN_POINTS)), align.MEAN_POINTS, atol=1e-9)


@pytest.mark.parametrize("size", [64, 178, 256, 1000])
def test_the_crop_is_the_middle_of_the_aligned_photo_up_to_its_very_edges(size: int) -> None:
    corners = np.array([[-0.5, 19.5], [177.5, 197.5]])  # outer corners of the pixels (0, 20) and (177, 197)
    np.testing.assert_allclose(
        align.apply(align.aligned_transform(size), corners), [[-0.5, -0.5], [size - 0.5, size - 0.5]], atol=1e-9
    )


def test_the_crop_of_178_pixels_is_a_plain_cut() -> None:
    photo = np.random.default_rng(4).integers(0, 256, (218, 178, 3), np.uint8)
    np.testing.assert_array_equal(align.crop(photo, align.aligned_transform(178), 178), photo[20:198])


@pytest.mark.parametrize("moved", [(1.0, 0.0, 0.0, 0.0), (12.0, 33.0, 500.0, 80.0), (0.4, 180.0, 90.0, 200.0)])
def test_frame_transform_undoes_how_the_photo_was_taken(moved: tuple[float, float, float, float]) -> None:
    photo_points = align.apply(similarity_of(*moved), align.MEAN_POINTS)
    transform = align.frame_transform(landmarks_with(photo_points), 256)
    wanted = align.apply(align.aligned_transform(256), align.MEAN_POINTS)
    np.testing.assert_allclose(align.apply(transform, photo_points), wanted, atol=1e-6)


def test_scale_of_is_the_scale_whatever_the_turn() -> None:
    for scale, degrees in ((0.1, 0), (1.0, 90), (7.0, -33)):
        assert align.scale_of(similarity_of(scale, degrees, 5, 6)) == pytest.approx(scale)


@pytest.mark.parametrize("degrees", [0.0, 20.0])
@pytest.mark.parametrize("scale", [2.5, 1.0, 0.7, 0.45, 0.2, 0.09])
def test_every_pixel_of_a_crop_shows_its_own_place_in_the_photo(scale: float, degrees: float) -> None:
    size, width, height = 40, 1300, 1100
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
    photo = np.dstack([np.rint(waves(grid, scale)), np.zeros((height, width))]).astype(np.uint8)
    transform = similarity_of(scale, degrees, 0, 0)
    middle = np.array([[(width - 1) / 2, (height - 1) / 2]])
    transform[:, 2] = (size - 1) / 2 - align.apply(transform, middle)[0]
    back = np.linalg.inv(np.vstack([transform, [0, 0, 1]]))[:2]
    places = align.apply(back, np.stack(np.meshgrid(np.arange(size), np.arange(size)), -1).reshape(-1, 2))
    shown = align.crop(photo, transform, size)[..., :2].reshape(-1, 2)
    # Half a pixel of the crop beside the place would be 10 grey levels where the waves are steepest.
    assert np.abs(shown - waves(places, scale)).max() < 5


def test_fine_patterns_are_averaged_away_and_do_not_alias() -> None:
    y, x = np.mgrid[0:900, 0:900]
    photo = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    shown = align.crop(photo, similarity_of(0.22, 7, 0, 0), 100)[20:80, 20:80].astype(float)
    assert np.abs(shown - 127.5).max() < 3


@pytest.mark.parametrize("width", [3, 40])
def test_a_photo_smaller_than_a_pixel_of_the_crop_is_one_pixel(width: int) -> None:
    photo = np.full((9, width, 3), 77, np.uint8)
    assert (align.crop(photo, np.array([[0.01, 0, 5], [0, 0.01, 5]]), 16) == 77).all()


def test_beyond_the_edge_the_edge_goes_on() -> None:
    photo = np.zeros((100, 100, 3), np.uint8)
    photo[:, 50:] = 200
    shown = align.crop(photo, similarity_of(1, 0, 100, 100), 300)
    assert (shown[:, :140] == 0).all() and (shown[:, 160:] == 200).all()
