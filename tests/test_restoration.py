"""unmask.restoration and Restorer.restore: photos of any size, with as many faces as there are."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluations import write_run
from painters import BLUE, SIZE, SKIN, BluePainter, masked_face, with_mask, write_blue_run

import unmask
from maskify import align
from unmask.errors import UnmaskError
from unmask.restoration import Place, Restoration, aligned_place, restore_places
from unmask.restorer import Restorer

MOUTH = (88.5, 145.0)
"""In CelebA's 178 x 218 photo, on the mask of `face_at`."""


@pytest.fixture(scope="module")
def restorer(tmp_path_factory: pytest.TempPathFactory) -> Restorer:
    return Restorer.load(write_blue_run(tmp_path_factory.mktemp("runs") / "blue"))


def place_at(x: float, y: float, scale: float) -> Place:
    """A face whose mouth is at a place of the photo, `scale` pixels for one of CelebA's."""
    to_celeba = np.array([[1 / scale, 0, MOUTH[0] - x / scale], [0, 1 / scale, MOUTH[1] - y / scale]])
    return Place(to_celeba, (x - 55 * scale, y - 70 * scale, x + 55 * scale, y + 40 * scale))


def backdrop(width: int, height: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.clip(np.rint(rng.normal((190, 140, 110), 3, (height, width, 3))), 0, 255).astype(np.uint8)


def restored(photo: np.ndarray, places: list[Place], count: int | None = None) -> Restoration:
    return restore_places(photo, places, len(places) if count is None else count, BluePainter())


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(64, 64, 0.3), (178, 218, 1), (640, 427, 1.3), (500, 900, 2.6), (1200, 800, 4)]
)
def test_the_mask_goes_and_all_else_stays_bit_for_bit(width: int, height: int, scale: float) -> None:
    x, y = 0.5 * width, 0.6 * height
    photo = with_mask(backdrop(width, height), (x, y), 30 * scale)
    result = restored(photo, [place_at(x, y, scale)])
    assert result.image.dtype == np.uint8 and result.image.shape == photo.shape and result.map.shape == (height, width)
    np.testing.assert_array_equal(result.image[result.map == 0], photo[result.map == 0])
    blue = (photo == BLUE).all(axis=2)
    assert result.map[blue].min() > 150 and (result.map > 0).sum() < 3 * blue.sum() + 500
    assert np.abs(result.image[blue].mean(axis=0) - (190, 140, 110)).max() < 15  # of the shade around it


def test_every_face_is_restored_or_the_largest_alone() -> None:
    places = [place_at(420, 250, 2), place_at(120, 150, 1)]
    photo = with_mask(with_mask(backdrop(640, 480), (420, 250), 60), (120, 150), 30)
    both, largest = restored(photo, places), restored(photo, places, 1)
    assert [len(result.patches) for result in (both, largest)] == [2, 1]
    assert not (both.image == BLUE).all(axis=2).any()
    blue = (largest.image == BLUE).all(axis=2)
    assert blue[:, :220].any() and not blue[:, 300:].any()


def test_a_face_leaves_its_neighbours_mask_to_its_neighbour() -> None:
    places = [place_at(230, 200, 2), place_at(330, 200, 1.6)]
    photo = with_mask(with_mask(backdrop(640, 480), (230, 200), 40), (330, 200), 32)
    alone = restored(photo, places, 1)
    blue = (alone.image == BLUE).all(axis=2)
    assert blue[:, 300:].any() and not blue[:, :260].any()
    assert not (restored(photo, places).image == BLUE).all(axis=2).any()


def test_a_face_without_a_mask_is_left_as_it_is() -> None:
    photo = backdrop(300, 300)
    result = restored(photo, [place_at(150, 180, 1)])
    (face,) = result.faces
    assert face.patch is None and face.share == 0 and not result.map.any()
    np.testing.assert_array_equal(result.image, photo)


def test_specks_far_from_the_mask_are_not_painted() -> None:
    photo = with_mask(with_mask(backdrop(400, 400), (200, 240), 60), (100, 90), 3)
    result = restored(photo, [place_at(200, 240, 2)])
    assert result.map[240, 200] == 255 and not result.map[80:100, 90:110].any()


@pytest.mark.parametrize(("width", "height"), [(SIZE, SIZE), (40, 40), (200, 200), (178, 218), (89, 109)])
def test_an_aligned_photo_is_its_own_frame(width: int, height: int) -> None:
    photo = masked_face(width, height)
    to_frame = align.aligned_transform(SIZE, aligned_place(photo).to_celeba)
    top = 0 if width == height else align.CROP_TOP * width / align.CELEBA_SIZE[0]
    scale = SIZE / width
    expected = [[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2 - scale * top]]
    np.testing.assert_allclose(to_frame, expected, atol=1e-9)


def test_an_aligned_photo_of_another_shape_is_an_error_with_the_way_out() -> None:
    with pytest.raises(UnmaskError, match="640 x 480 pixels.*Leave --aligned out"):
        aligned_place(backdrop(640, 480))


def test_a_large_photo_costs_the_memory_of_its_face() -> None:
    photo = np.full((6000, 8000, 3), (190, 140, 110), np.uint8)
    photo[3000:3800, 4000:5000] = with_mask(backdrop(1000, 800), (500, 400), 240)
    tracemalloc.start()
    result = restored(photo, [place_at(4500, 3400, 8)])
    for strip in result.patches[0].strips():
        strip.over(photo[strip.rows, strip.columns].astype(np.float32))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6 < photo.nbytes and result.patches[0].box[2] - result.patches[0].box[0] < 1000


def test_the_restorer_takes_a_photo_and_gives_photo_map_and_faces(restorer: Restorer) -> None:
    photo = masked_face(150)
    result = restorer.restore(photo, aligned=True)
    again = restorer.restore(photo.copy(), aligned=True)
    (face,) = result.faces
    assert face.patch is not None and face.share == pytest.approx(np.pi * 0.25**2 * 0.7, rel=0.15)
    np.testing.assert_array_equal(result.image[result.map == 0], photo[result.map == 0])
    np.testing.assert_array_equal(result.image, again.image)
    assert np.abs(restorer.paint(masked_face())[1].astype(int) - SKIN).max() <= 1


def test_masked_faces_are_found_in_a_photo_of_any_size(restorer: Restorer, masked_astronaut: np.ndarray) -> None:
    for scale in (0.5, 1, 2.5):
        photo = cv2.resize(masked_astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        (face, *_) = restorer.restore(photo).faces
        assert face.patch is not None and face.place.score is not None and 0.1 < face.share < 0.25
    result = restorer.restore(masked_astronaut, faces="largest")
    assert len(result.faces) == 1
    np.testing.assert_array_equal(result.image[result.map == 0], masked_astronaut[result.map == 0])
    assert _blue(result.image) < 0.02 * _blue(masked_astronaut)


def test_a_box_says_where_the_head_is(restorer: Restorer, masked_astronaut: np.ndarray) -> None:
    found = restorer.restore(masked_astronaut, faces="largest").faces[0].place
    left, top, right, bottom = found.box
    result = restorer.restore(masked_astronaut, box=(left + 8, top, right - left - 16, bottom - top))
    (face,) = result.faces
    np.testing.assert_allclose(face.place.to_celeba, found.to_celeba, rtol=0.1, atol=12)
    assert _blue(result.image) < 0.02 * _blue(masked_astronaut)
    for box in ((600, 10, 50, 50), (-60, 10, 50, 50), (10, 10, 0, 50), (490, 10, 50, 50), (100, 50, 1e6, 1e6)):
        with pytest.raises(UnmaskError, match="is not in the photo of 512 x 512 pixels"):
            restorer.restore(masked_astronaut, box=box)


@pytest.mark.parametrize("side", [5_000, 50_000, 1e7])
def test_a_box_may_be_far_larger_than_the_photo(restorer: Restorer, side: float) -> None:
    box = (32 - side / 2, 32 - side / 2, side, side)
    assert len(restorer.restore(masked_face(), box=box).faces) == 1


def test_a_word_that_names_no_faces_is_an_error_that_says_which_do(restorer: Restorer) -> None:
    with pytest.raises(UnmaskError, match="faces is 'one'. It is one of 'all', 'largest'"):
        restorer.restore(masked_face(), faces="one", aligned=True)


def _blue(photo: np.ndarray) -> int:
    return int((photo[..., 2].astype(int) - photo[..., 0] > 90).sum())


@pytest.mark.parametrize(
    ("photo", "seen"),
    [
        (np.zeros((8, 8), np.uint8), r"uint8 \[8, 8\]"),
        (np.zeros((8, 8, 4), np.uint8), r"uint8 \[8, 8, 4\]"),
        (np.zeros((8, 8, 3), np.float32), r"float32 \[8, 8, 3\]"),
        (np.zeros((0, 8, 3), np.uint8), r"uint8 \[0, 8, 3\]"),
        ("photo.jpg", "not str"),
    ],
)
def test_what_is_no_photo_is_an_error_that_says_what_is(restorer: Restorer, photo: object, seen: str) -> None:
    with pytest.raises(UnmaskError, match=seen):
        restorer.restore(photo)  # type: ignore[arg-type]


def test_a_run_of_mask_g_alone_cannot_restore(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="paints no faces"):
        Restorer.load(write_run(tmp_path / "run", "mask")).restore(masked_face(), aligned=True)


def test_a_run_without_trained_weights_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="no run in .*none. Name another --run, or train one"):
        Restorer.load(tmp_path / "none")
    run = write_run(tmp_path / "run")
    (run / "face_generator.keras").unlink()
    with pytest.raises(UnmaskError, match="not finished: it has no face_generator.keras"):
        Restorer.load(run)


def test_networks_come_along() -> None:
    restorer = Restorer.load()
    assert restorer.face is not None and restorer.settings["preset"] == "base"


def test_the_package_gives_the_restorer_and_loads_nothing_heavy_before() -> None:
    assert unmask.Restorer is Restorer
    with pytest.raises(AttributeError, match="'unmask' has no attribute 'restorer_of_masks'"):
        _ = unmask.restorer_of_masks
    program = "import sys, unmask; print(*{'keras', 'numpy', 'cv2', 'dlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "\n", done.stderr
