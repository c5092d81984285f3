"""unmask.restorer: a finished run's networks at work."""

from pathlib import Path

import keras
import numpy as np
import pytest
from evaluations import SIZE, spoil, write_run

from unmask.compositing import blending_map, to_pixels
from unmask.errors import UnmaskError
from unmask.networks.saved import FACE_FILE, MASK_FILE, load_network
from unmask.presets import PRESETS
from unmask.restorer import NotFinite, Restorer
from unmask.training.face_stage import FaceStage

PHOTOS = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "face")


@pytest.fixture(scope="module")
def restorer(run: Path) -> Restorer:
    return Restorer.load(run)


def test_it_gives_probabilities_and_pictures(restorer: Restorer) -> None:
    restored = restorer.restore_batch(PHOTOS)
    assert restored.probability.shape == (5, SIZE, SIZE) and restored.probability.dtype == np.float32
    assert 0 <= restored.probability.min() < restored.probability.max() <= 1
    for images in (restored.painted, restored.completed):
        assert images is not None and images.shape == PHOTOS.shape and images.dtype == np.uint8


def test_completed_photos_are_those_of_the_training_as_seen_straight_and_in_a_mirror(
    restorer: Restorer, run: Path
) -> None:
    stage = FaceStage(PRESETS["tiny"], 1e-3, 10, load_network(run / MASK_FILE), SIZE, None)
    face = load_network(run / FACE_FILE)
    restored = restorer.restore_batch(PHOTOS)
    photos = PHOTOS.astype(np.float32) / 127.5 - 1
    soft_map = keras.ops.convert_to_numpy(blending_map(restored.probability[..., None], restorer.feather))
    straight = keras.ops.convert_to_numpy(stage._completed(face, photos, soft_map))
    mirrored = keras.ops.convert_to_numpy(stage._completed(face, photos[:, :, ::-1], soft_map[:, :, ::-1]))[:, :, ::-1]
    found = restored.completed
    assert found is not None and np.abs(found.astype(int) - to_pixels((straight + mirrored) / 2)).max() <= 1
    assert np.abs(straight - mirrored).max() > 0.02 and np.abs(found.astype(int) - PHOTOS).max() > 20


def test_a_mirrored_photo_gives_the_mirrored_result(restorer: Restorer) -> None:
    straight, mirrored = restorer.restore_batch(PHOTOS), restorer.restore_batch(PHOTOS[:, :, ::-1])
    np.testing.assert_allclose(mirrored.probability[:, :, ::-1], straight.probability, atol=1e-5)
    assert straight.completed is not None and mirrored.completed is not None
    assert np.abs(mirrored.completed[:, :, ::-1].astype(int) - straight.completed).max() <= 1


def test_a_photo_is_restored_the_same_alone_in_a_batch_and_by_networks_loaded_again(
    restorer: Restorer, run: Path
) -> None:
    together, again = restorer.restore_batch(PHOTOS), Restorer.load(run).restore_batch(PHOTOS)
    alone = [restorer.restore_batch(PHOTOS[number : number + 1]) for number in range(5)]
    for name in ("probability", "painted", "completed"):
        np.testing.assert_array_equal(getattr(together, name), getattr(again, name))
        one_by_one = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_allclose(getattr(together, name).astype(float), one_by_one.astype(float), atol=1e-6)


def test_a_run_of_mask_g_alone_paints_nothing(run: Path, restorer: Restorer, tmp_path: Path) -> None:
    alone = Restorer.load(write_run(tmp_path / "mask", "mask"))
    restored = alone.restore_batch(PHOTOS)
    assert alone.face is None and restored.painted is None and restored.completed is None
    np.testing.assert_array_equal(restored.probability, restorer.restore_batch(PHOTOS).probability)


@pytest.mark.parametrize(("file", "network"), [(MASK_FILE, "Mask G"), (FACE_FILE, "Face G")])
def test_an_output_that_is_not_finite_is_an_error_that_names_the_network(
    tmp_path: Path, file: str, network: str
) -> None:
    spoil(write_run(tmp_path / "run") / file)
    with pytest.raises(NotFinite, match=network):
        Restorer.load(tmp_path / "run").restore_batch(PHOTOS)


def test_a_run_that_is_none_or_not_finished_or_damaged_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="There is no run in .*train-face"):
        Restorer.load(tmp_path / "nowhere")
    run = write_run(tmp_path / "run")
    whole = (run / FACE_FILE).read_bytes()
    (run / FACE_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnmaskError, match=f"{FACE_FILE} is no network of Keras, or damaged"):
        Restorer.load(run)
    (run / FACE_FILE).unlink()
    with pytest.raises(UnmaskError, match="not finished: it has no face_generator.keras.*unmask train-face"):
        Restorer.load(run)
    (run / "config.json").write_text("{}")
    with pytest.raises(UnmaskError, match="of no run of unmask"):
        Restorer.load(run)
