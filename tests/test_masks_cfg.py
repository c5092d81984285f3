"""maskify.masks_cfg: pictures with six points become art without dark edges, each view on its side."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import maskify
from numpy.typing import NDArray

from maskify.errors import MaskifyError
from maskify.kit import check_template
from maskify.masks_cfg import ART_SIZE, import_masks

Points = list[tuple[float, float]]

FRONT: Points = [(20, 60), (150, 20), (280, 60), (30, 170), (150, 220), (270, 170)]
"""mask_a to mask_f in a picture of 300 x 240."""

SEEN_FROM_LEFT: Points = [(20, 60), (220, 20), (280, 60), (30, 170), (220, 220), (270, 170)]
SEEN_FROM_RIGHT: Points = [(20, 60), (80, 20), (280, 60), (30, 170), (80, 220), (270, 170)]

RED, GREEN, BLUE = (40, 60, 200), (50, 180, 70), (210, 90, 30)
"""As BGR."""


def section(name: str, template: str, points: Points, scale: float = 1) -> str:
    lines = [f"mask_{letter}: {x * scale}, {y * scale}" for letter, (x, y) in zip("abcdef", points, strict=True)]
    return "\n".join([f"[{name}]", f"template: {template}", *lines, ""])


def flat_mask(path: Path, colour: tuple[int, int, int], points: Points, scale: int = 1) -> None:
    """A mask of one colour on black that is transparent, with a smooth outline."""
    hull = np.array([points[i] for i in (0, 1, 2, 5, 4, 3)]) * scale
    alpha = np.zeros((240 * scale, 300 * scale), np.uint8)
    cv2.fillPoly(alpha, [np.rint(hull).astype(np.int32)], 255)
    alpha = cv2.GaussianBlur(cv2.erode(alpha, np.ones((9, 9), np.uint8)), (0, 0), 1.5)
    picture = np.zeros((*alpha.shape, 4), np.uint8)
    picture[alpha > 0, :3] = colour
    picture[..., 3] = alpha
    cv2.imwrite(str(path), picture)


def art_of(folder: Path) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] BGRA."""
    art = cv2.imread(str(folder / "art.png"), cv2.IMREAD_UNCHANGED)
    assert art.shape == (ART_SIZE[1], ART_SIZE[0], 4) and art.dtype == np.uint8
    return art.astype(np.uint8)


def write(config: Path, *sections: str) -> Path:
    config.write_text("\n".join(sections), "utf-8")
    return config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A masks.cfg with one mask."""
    flat_mask(tmp_path / "front.png", GREEN, FRONT)
    return write(tmp_path / "masks.cfg", section("Mine", "front.png", FRONT))


def test_the_command_makes_templates_that_are_sound(config: Path, tmp_path: Path) -> None:
    done = maskify("templates", "import", config, "--out", tmp_path / "made")
    assert done.exit_code == 0 and done.stdout.splitlines()[0] == str(tmp_path / "made" / "mine")
    assert check_template(tmp_path / "made" / "mine") == []


@pytest.mark.parametrize("scale", [1, 8])
def test_a_flat_colour_keeps_its_colour_up_to_the_edge(tmp_path: Path, scale: int) -> None:
    flat_mask(tmp_path / "front.png", GREEN, FRONT, scale)
    (folder,) = import_masks(write(tmp_path / "c.cfg", section("m", "front.png", FRONT, scale)), tmp_path / "out")
    art = art_of(folder)
    seen = art[..., 3] > 0
    assert (seen & (art[..., 3] < 128)).sum() > 500 and (art[..., 3] == 255).mean() > 0.5
    assert np.abs(art[seen][:, :3].astype(int) - GREEN).max() <= 1


def test_each_half_comes_from_the_view_that_shows_most_of_it_however_large_the_pictures_are(tmp_path: Path) -> None:
    flat_mask(tmp_path / "front.png", GREEN, FRONT, 4)
    flat_mask(tmp_path / "left.png", RED, SEEN_FROM_LEFT)
    flat_mask(tmp_path / "right.png", BLUE, SEEN_FROM_RIGHT, 2)
    config = write(
        tmp_path / "masks.cfg",
        section("m", "front.png", FRONT, 4),
        section("m_left", "left.png", SEEN_FROM_LEFT),
        section("m_right", "right.png", SEEN_FROM_RIGHT, 2),
    )
    (folder,) = import_masks(config, tmp_path / "out")
    art = art_of(folder)
    middle, quarter = ART_SIZE[1] // 2, ART_SIZE[0] // 4
    assert np.abs(art[middle, quarter, :3].astype(int) - RED).max() <= 1
    assert np.abs(art[middle, 3 * quarter, :3].astype(int) - BLUE).max() <= 1


def test_left_and_right_of_a_picture_stay_where_they_are(tmp_path: Path) -> None:
    picture = np.zeros((240, 300, 3), np.uint8)
    picture[:, :150], picture[:, 150:] = RED, BLUE
    cv2.imwrite(str(tmp_path / "two.png"), picture)
    (folder,) = import_masks(write(tmp_path / "c.cfg", section("m", "two.png", FRONT)), tmp_path / "out")
    art = art_of(folder)[ART_SIZE[1] // 2].astype(int)
    assert np.abs(art[:450, :3] - RED).max() <= 1 and np.abs(art[-450:, :3] - BLUE).max() <= 1
    assert (art[:, 3] == 255).all()


def test_a_large_picture_is_averaged_and_not_sampled(tmp_path: Path) -> None:
    rows, columns = np.mgrid[0:1920, 0:2400]
    checks = np.where((rows + columns) % 2, 255, 0).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "fine.png"), np.dstack([checks] * 3))
    (folder,) = import_masks(write(tmp_path / "c.cfg", section("m", "fine.png", FRONT, 8)), tmp_path / "out")
    inside = art_of(folder)[100:-100, 100:-100, :3]
    assert abs(float(inside.mean()) - 127.5) < 1 and float(inside.std()) < 16


def test_a_percent_sign_is_a_character(config: Path, tmp_path: Path) -> None:
    (tmp_path / "front.png").rename(tmp_path / "100%.png")
    config.write_text(config.read_text("utf-8").replace("front.png", "100%.png"), "utf-8")
    assert [path.name for path in import_masks(config, tmp_path / "out")] == ["mine"]


def test_pictures_are_found_beside_the_files_folder_as_masktheface_has_them(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    flat_mask(tmp_path / "masks" / "front.png", GREEN, FRONT)
    config = write(tmp_path / "masks" / "masks.cfg", section("m", "masks/front.png", FRONT))
    assert import_masks(config, tmp_path / "out") == [tmp_path / "out" / "m"]


GOOD = section("m", "front.png", FRONT)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no section with a template"),
        ("mask_a: 1, 2", "cannot be read"),
        (GOOD + GOOD, "'m' already exists"),
        (GOOD.replace("[m]", "[../up]"), "[../up]"),
        (GOOD.replace("[m]", "[..]"), "[..]"),
        (GOOD.replace("[m]", "[a,b]"), "[a,b]"),
        (GOOD + GOOD.replace("[m]", "[M]"), "Rename [M]"),
        (GOOD.replace("front.png", "gone.png"), "gone.png is missing"),
        (GOOD.replace("front.png", "empty.png"), "empty.png is missing or is not"),
        (GOOD.replace("front.png", "text.png"), "text.png is missing or is not"),
        (GOOD.replace("front.png", "grey.png"), "grey.png is missing or is not"),
        (GOOD.replace("mask_c", "mask_x"), "'mask_c'"),
        (GOOD.replace("150, 20", "150"), "six points"),
        (GOOD.replace("150, 20", "150, nan"), "'150, nan'"),
        (section("m", "front.png", [(x, x) for x, _ in FRONT]), "on one line"),
    ],
)
def test_a_bad_file_is_a_clear_error_and_nothing_is_written(
    config: Path, tmp_path: Path, text: str, named: str
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    cv2.imwrite(str(tmp_path / "grey.png"), np.zeros((240, 300), np.uint8))
    done = maskify("templates", "import", write(config, text), "--out", tmp_path / "out")
    assert done.exit_code == 1 and named in done.stderr and str(tmp_path) in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_as_it_is(config: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "mine").mkdir(parents=True)
    import_masks(config, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out" / "mine").iterdir()}
    flat_mask(tmp_path / "front.png", RED, FRONT)
    with pytest.raises(MaskifyError, match="is there already"):
        import_masks(config, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "mine").iterdir()} == before
