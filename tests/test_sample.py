"""maskify.sample and maskify.portrait: the photos that the demo is built from."""

import filecmp
import re
import sys
from pathlib import Path

import dlib
import numpy as np
import pytest
from PIL import Image

from maskify import align, portrait
from maskify.errors import MaskifyError
from maskify.landmarks import ALIGNED_BOX, packaged_model
from maskify.photos import list_photos
from maskify.sample import load_astronaut, make_sample

COUNT = 12
LISTS = ("list_eval_partition.txt", "identity_CelebA.txt", "list_landmarks_align_celeba.txt")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("sample") / "photos", COUNT)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return load_astronaut()


def rows(path: Path) -> dict[str, list[int]]:
    """Rows of one of CelebA's lists that start with a file name: {name: numbers}."""
    fields = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    return {name: [int(v) for v in values] for name, *values in fields if name.endswith(".jpg")}


def same_files(left: Path, right: Path, names: list[str]) -> list[bool]:
    return [filecmp.cmp(left / name, right / name, shallow=False) for name in names]


def test_photos_have_the_size_and_names_of_celeba(sample: Path) -> None:
    paths = sorted((sample / "img_align_celeba").iterdir())
    assert [path.name for path in paths] == [f"{n:06d}.jpg" for n in range(1, COUNT + 1)]
    for path in paths:
        with Image.open(path) as photo:
            assert (photo.format, photo.mode, photo.size) == ("JPEG", "RGB", (178, 218))


@pytest.mark.parametrize(
    ("name", "skipped", "row"),
    [
        ("list_eval_partition.txt", 0, r"\d{6}\.jpg [012]"),
        ("identity_CelebA.txt", 0, r"\d{6}\.jpg \d+"),
        ("list_landmarks_align_celeba.txt", 2, r"\d{6}\.jpg( [ \d]{4}){10}"),
    ],
)
def test_lists_have_the_format_of_celeba(sample: Path, name: str, skipped: int, row: str) -> None:
    lines = (sample / name).read_text(encoding="ascii").splitlines()
    assert len(lines) == COUNT + skipped
    assert [line for line in lines[skipped:] if not re.fullmatch(row, line)] == []


def test_headers_of_the_lists_are_those_of_celeba(sample: Path, shared: Path) -> None:
    ours, theirs = (folder / "list_landmarks_align_celeba.txt" for folder in (sample, shared / "celeba"))
    assert ours.read_text().splitlines()[1].split() == theirs.read_text().splitlines()[1].split()


def test_every_split_is_there_and_no_identity_is_in_two(sample: Path) -> None:
    partition, identity = (rows(sample / name) for name in LISTS[:2])
    pairs = {(partition[name][0], identity[name][0]) for name in partition}
    assert sorted(split for split, _ in pairs) == [0, 1, 2]
    assert len({who for _, who in pairs}) == 3


def test_maskify_takes_the_sample_for_celeba(sample: Path) -> None:
    found = list_photos(sample)
    assert found.layout == "celeba"
    assert len(found.photos) == COUNT
    assert {photo.split for photo in found.photos} == {"train", "validation", "test"}
    assert all(photo.celeba_frame and photo.five_points and photo.identity > 0 for photo in found.photos)


def test_listed_points_are_where_dlib_sees_them(sample: Path) -> None:
    predictor = dlib.shape_predictor(str(packaged_model()))
    box = dlib.rectangle(*(round(edge) for edge in ALIGNED_BOX))
    for name, listed in rows(sample / LISTS[2]).items():
        with Image.open(sample / "img_align_celeba" / name) as photo:
            shape = predictor(np.asarray(photo.convert("L")), box)
        seen = align.five_points(np.array([(p.x, p.y) for p in shape.parts()]))
        assert np.abs(seen - np.reshape(listed, (5, 2))).max() <= 2.5, name


def test_points_scatter_about_the_mean_points_of_celeba(sample: Path) -> None:
    points = np.array(list(rows(sample / LISTS[2]).values())).reshape(COUNT, 5, 2)
    assert np.abs(points.mean(axis=0) - align.MEAN_POINTS).max() < 6  # her smile is wider than the average face's
    assert np.abs(points - align.MEAN_POINTS).max() < 15


def test_same_seed_writes_the_same_bytes_over_an_older_sample(sample: Path, tmp_path: Path) -> None:
    make_sample(tmp_path, COUNT, seed=1)
    make_sample(tmp_path, COUNT)
    names = [*LISTS, *(f"img_align_celeba/{n:06d}.jpg" for n in range(1, COUNT + 1))]
    assert all(same_files(sample, tmp_path, names))


def test_a_photo_depends_on_seed_and_number_but_not_on_the_count(sample: Path, tmp_path: Path) -> None:
    names = [f"img_align_celeba/{n:06d}.jpg" for n in (1, 2)]
    assert all(same_files(sample, make_sample(tmp_path / "fewer", 2), names))
    assert not any(same_files(sample, make_sample(tmp_path / "other", 2, seed=1), names))


def test_a_small_sample_has_every_look_both_ways_and_both_turns() -> None:
    shots = [portrait.draw_shot(0, index) for index in range(24)]
    assert {shot.look for shot in shots[: len(portrait.LOOKS)]} == set(portrait.LOOKS)
    assert {shot.mirrored for shot in shots} == {True, False}
    assert min(shot.turn for shot in shots) < -10 and max(shot.turn for shot in shots) > 10


def test_mirroring_swaps_the_points_and_the_turn(astronaut: np.ndarray) -> None:
    """A mirrored print of the head turned one way is the mirrored head turned the other way."""
    straight = portrait.take(astronaut, portrait.Shot("studio", turn=15, nod=5))[1]
    mirrored = portrait.take(astronaut, portrait.Shot("studio", turn=-15, nod=5, mirrored=True))[1]
    back = (mirrored * [-1, 1])[portrait.MIRRORED_ORDER]
    onto = align.apply(align.similarity(back, straight), back)
    assert np.abs(onto - straight).max() < 1e-6


@pytest.mark.parametrize("turn", [-24.0, 24.0])
def test_a_turned_head_shows_its_nose_nearer_to_one_eye(astronaut: np.ndarray, turn: float) -> None:
    left, right, nose = portrait.take(astronaut, portrait.Shot("studio", turn=turn))[1][:3]
    nearer = np.linalg.norm(nose - right) < np.linalg.norm(nose - left)
    assert nearer == (turn > 0)


def test_black_and_white_has_no_colour(astronaut: np.ndarray) -> None:
    shot = portrait.Shot("black and white")
    photo = portrait.take(astronaut, shot)[0].astype(int)
    grain = portrait.LOOKS[shot.look].noise
    assert abs((photo[..., 0] - photo[..., 2]).mean()) < 0.1
    assert (photo[..., 0] - photo[..., 2]).std() < 2 * grain


def test_fewer_than_one_photo_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match="at least one photo, not 0"):
        make_sample(tmp_path / "none", 0)
    assert not (tmp_path / "none").exists()


def test_a_folder_with_other_photos_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "img_align_celeba" / "holiday.jpg"
    other.parent.mkdir()
    other.write_bytes(b"mine")
    with pytest.raises(MaskifyError, match=r"holiday\.jpg.*--out"):
        make_sample(tmp_path, 2)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["holiday.jpg"]


def test_an_out_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(MaskifyError, match="Choose another --out"):
        make_sample(tmp_path / "file", 2)


@pytest.mark.parametrize("name", ["img_align_celeba/000002.jpg", *LISTS])
def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(MaskifyError, match=rf"{name} cannot be written.*--out"):
        make_sample(tmp_path, 2)


def test_without_scikit_image_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(MaskifyError, match=r'pip install "maskify\[demo\]"'):
        make_sample(tmp_path / "photos", 2)
    assert not (tmp_path / "photos").exists()
