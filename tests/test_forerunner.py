"""The forerunner's errors in stage 2 may not come back. Others stand in test_networks, test_losses and test_vgg."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from triplets import MICRO, SIZE

from unmask import losses
from unmask.compositing import blending_map, complete, face_input
from unmask.networks.mask_generator import mask_generator
from unmask.training.face_stage import REGION, WHOLE, FaceStage
from unmask.training.schedule import phase_of, phase_starts

RNG = np.random.default_rng(0)


def photos() -> np.ndarray:
    return RNG.uniform(-1, 1, (2, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture
def stage() -> FaceStage:
    keras.utils.set_random_seed(0)
    stage = FaceStage(MICRO, 1e-3, 10, mask_generator(MICRO.mask), SIZE, None)
    stage.enter(2)
    return stage


def half_map() -> np.ndarray:
    found = np.zeros((2, SIZE, SIZE, 1), np.float32)
    found[:, SIZE // 2 :] = 1
    return found


def test_discriminators_have_one_input_and_see_real_and_completed_images_through_it(
    stage: FaceStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for network in stage.discriminators.values():
        assert len(network.inputs) == 1 and network.input.shape[-1] == 3
    seen: dict[str, list[Any]] = {WHOLE: [], REGION: []}
    for name, network in list(stage.discriminators.items()):

        def watched(image: Any, training: bool, name: str = name, network: Any = network) -> Any:
            seen[name].append(image.numpy())
            return network(image, training=training)

        watched.trainable_weights = network.trainable_weights  # type: ignore[attr-defined]
        monkeypatch.setitem(stage.discriminators, name, watched)
    monkeypatch.setattr(stage, "map_of", lambda masked: tf.constant(half_map()))
    batch = {"masked": photos(), "clean": photos()}
    target = np.asarray(complete(batch["clean"], batch["masked"], half_map()))
    stage.update(batch)
    for name, images in seen.items():
        _, _, real, fake = images  # two for the generator's losses, two for the discriminator's
        restricted = half_map() if name == REGION else 1
        np.testing.assert_allclose(real, target * restricted, atol=1e-6)
        outside = (1 - half_map()) * (0 if name == REGION else 1)
        np.testing.assert_allclose(fake * (1 - half_map()), batch["masked"] * outside, atol=1e-6)
        assert np.abs(fake - real).max() > 0.1  # in the map they differ


def test_equal_images_get_equal_logits_whether_called_real_or_completed(stage: FaceStage) -> None:
    image = photos()
    for name in (WHOLE, REGION):
        real, fake = (stage._judge(name, image, half_map())[-1] for _ in range(2))
        np.testing.assert_array_equal(real, fake)
        loss = float(losses.discriminator_loss("bce", real, fake))
        assert loss >= np.log(2) - 1e-6  # no discriminator can tell an image from itself


def test_the_region_is_the_masked_part_and_nothing_else(stage: FaceStage) -> None:
    image, other = photos(), photos()
    mixed = np.where(half_map() > 0, image, other)
    for one, two in zip(stage._judge(REGION, image, half_map()), stage._judge(REGION, mixed, half_map()), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(stage._judge(WHOLE, image, half_map())[-1], stage._judge(WHOLE, mixed, half_map())[-1])


def test_outside_the_map_the_completed_image_is_the_photo(stage: FaceStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "map_of", lambda masked: tf.constant(half_map()))
    masked = photos()
    completed = stage.restore(masked)[0].numpy()
    np.testing.assert_array_equal(completed[:, : SIZE // 2], masked[:, : SIZE // 2])
    assert np.abs(completed - masked)[:, SIZE // 2 :].max() > 0.1


def test_what_is_painted_outside_the_map_costs_nothing(stage: FaceStage) -> None:
    painted, masked, clean = photos(), photos(), photos()
    elsewhere = painted + 5 * (1 - half_map())
    target = complete(clean, masked, half_map())
    for image in (painted, elsewhere):
        completed = complete(image, masked, half_map())
        parts = {name: float(value) for name, value in stage._generator_losses(completed, target, half_map()).items()}
        if image is painted:
            first = parts
    assert parts == first


def test_the_map_is_made_in_the_graph_at_one_half(stage: FaceStage) -> None:
    probability = np.linspace(0, 1, 16, dtype=np.float32).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(blending_map(tf.constant(probability), 0), probability > 0.5)
    traced = tf.function(stage.map_of).get_concrete_function(tf.TensorSpec((2, SIZE, SIZE, 3)))
    assert not {"PyFunc", "EagerPyFunc"} & {node.type for node in traced.graph.get_operations()}


def test_a_soft_map_covers_all_that_was_found_and_fades_out_around_it() -> None:
    found = np.zeros((1, 32, 32, 1), np.float32)
    found[:, 12:20, 12:20] = 1
    soft = blending_map(tf.constant(found), 2).numpy()
    assert soft[found == 1].min() == 1
    row = soft[0, 16, :, 0]
    assert (np.diff(row[:13]) >= 0).all() and row[7] == 0 and 0 < row[9] < 1
    np.testing.assert_allclose(soft, soft[:, ::-1, ::-1], atol=1e-6)


def test_face_g_sees_the_map_and_the_photo_around_it_and_of_a_hidden_mask_nothing() -> None:
    one, other, soft = photos(), photos(), half_map()
    other = one * (1 - soft) + other * soft
    seen = [np.asarray(face_input(image, soft, True)) for image in (one, other)]
    np.testing.assert_array_equal(*seen)
    np.testing.assert_array_equal(seen[0][..., :3], one * (1 - soft))
    np.testing.assert_array_equal(seen[0][..., 3:], soft)
    np.testing.assert_array_equal(np.asarray(face_input(other, soft, False))[..., :3], other)


def test_phases_follow_from_the_global_step() -> None:
    starts = phase_starts(1000)
    assert starts == (0, 100, 400)
    assert [phase_of(step, starts) for step in (0, 99, 100, 399, 400, 999)] == [0, 0, 1, 1, 2, 2]


def test_each_phase_trains_the_networks_that_it_is_for(stage: FaceStage) -> None:
    batch = {"masked": tf.constant(photos()), "clean": tf.constant(photos())}
    for phase, playing in enumerate(((), (WHOLE,), (WHOLE, REGION))):
        stage.enter(phase)
        before = {name: network.get_weights() for name, network in stage.discriminators.items()}
        shown = stage.update(batch)
        for name, network in stage.discriminators.items():
            moved = any((a != b).any() for a, b in zip(network.get_weights(), before[name], strict=True))
            assert moved == (name in playing) == (f"discriminator_{name}" in shown)
