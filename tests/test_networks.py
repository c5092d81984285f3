"""unmask.networks: shapes, gradients in every weight, and the same answer after a round trip."""

import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from triplets import MICRO, SIZE

from unmask.networks.discriminators import face_discriminators
from unmask.networks.face_generator import face_generator
from unmask.networks.mask_generator import mask_generator
from unmask.presets import PRESETS
from unmask.training.devices import precision
from unmask.training.face_stage import FaceStage
from unmask.training.gradients import value_and_gradients
from unmask.training.mask_stage import MaskStage
from unmask.training.stage import Stage

RNG = np.random.default_rng(0)


def photos(channels: int, size: int = 64) -> np.ndarray:
    return RNG.uniform(-1, 1, (2, size, size, channels)).astype(np.float32)


@lru_cache
def networks_of(preset: str) -> dict[str, keras.Model]:
    shape = PRESETS[preset]
    discriminators = face_discriminators(shape.discriminator)
    return {"mask": mask_generator(shape.mask), "face": face_generator(shape.face), **discriminators}


@pytest.mark.parametrize("preset", PRESETS)
def test_generators_keep_the_size_of_the_image(preset: str) -> None:
    networks = networks_of(preset)
    size = 2 * max(PRESETS[preset].mask.stride, PRESETS[preset].face.stride)
    for network, channels, out in ((networks["mask"], 3, 1), (networks["face"], 4, 3)):
        found = network.compute_output_spec(keras.KerasTensor((2, size, size, channels)))
        assert found.shape == (2, size, size, out) and found.dtype == "float32"


def test_mask_g_gives_logits_and_face_g_an_image() -> None:
    mask, face = mask_generator(MICRO.mask), face_generator(MICRO.face)
    mask.layers[-1].set_weights([100 * one for one in mask.layers[-1].get_weights()])
    logits = mask(photos(3)).numpy()
    assert logits.min() < -1 and logits.max() > 1
    assert np.abs(face(100 * photos(4)).numpy()).max() <= 1


def test_the_seed_preset_has_the_forerunners_sizes() -> None:
    shape = PRESETS["seed"]
    assert shape.mask.widths == shape.face.widths == (32, 64, 128, 256, 512) and shape.face.rates == (2, 4, 8)
    assert (shape.losses.l1, shape.losses.ssim, shape.losses.perceptual) == (100, 100, 100)
    assert (shape.losses.whole, shape.losses.region) == (0.3, 0.7) and shape.losses.gan == "bce"
    face = networks_of("seed")["face"].layers
    assert sum(isinstance(layer, keras.layers.Multiply) for layer in face) == 5  # squeeze and excitation at each level
    slopes = {layer.negative_slope for layer in face if hasattr(layer, "negative_slope")}
    assert slopes == {0.2}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_down_sampling_convolution_is_followed_by_an_activation(preset: str) -> None:
    """The forerunner's norm and activation sat in the wrong branch: its convolutions followed each other linearly."""
    for name, network in networks_of(preset).items():
        strided = [layer for layer in network.layers if _halves(layer)]
        assert len(strided) >= 3, name
        for layer in strided:
            assert not [after.name for after in _reached_linearly(layer) if _halves(after)], (name, layer.name)


def _halves(layer: keras.Layer) -> bool:
    return type(layer) is keras.layers.Conv2D and layer.strides == (2, 2)


def _reached_linearly(layer: keras.Layer) -> list[keras.Layer]:
    """The layers that a layer's output reaches without a leaky ReLU on the way."""
    reached, waiting = [], [layer]
    while waiting:
        for node in waiting.pop()._outbound_nodes:
            after = node.operation
            if not isinstance(after, keras.layers.LeakyReLU) and after not in reached:
                reached.append(after)
                waiting.append(after)
    return reached


def stages(preset: str, mixed: bool) -> list[Stage]:
    with precision(mixed):
        shape = replace(PRESETS[preset], average=0.0)
        mask = MaskStage(shape, 1e-3, 10)
        face = FaceStage(shape, 1e-3, 10, mask_generator(shape.mask), 64, None)
    face.enter(2)
    return [mask, face]


@pytest.mark.parametrize("mixed", [False, True])
def test_gradients_reach_every_trainable_weight(mixed: bool) -> None:
    keras.utils.set_random_seed(1)
    batch = {"masked": tf.constant(photos(3)), "clean": tf.constant(photos(3))}
    batch["binary_map"] = tf.cast(tf.constant(photos(1)) > 0, "float32")
    for stage in stages("tiny", mixed):
        for _ in range(2):  # the zeros at which residual branches start hide what lies before them from the first step
            before = {name: network.get_weights() for name, network in stage.networks().items()}
            stage.update(batch)
        for name, network in stage.networks().items():
            assert {str(weight.dtype) for weight in network.weights} == {"float32"}
            still = [
                weight.path
                for weight, value in zip(network.trainable_weights, before[name], strict=True)
                if np.array_equal(weight, value)
            ]
            assert still == [], name


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["base", "seed"])
@pytest.mark.parametrize("mixed", [False, True])
def test_gradients_reach_every_trainable_weight_of_the_large_presets(preset: str, mixed: bool) -> None:
    with precision(mixed):
        networks = networks_of.__wrapped__(preset)  # its cache holds those of the other precision
    for network in networks.values():
        assert any(layer.compute_dtype == "bfloat16" for layer in network.layers) == mixed
        image = tf.constant(photos(network.input.shape[-1]))
        for layer in network.layers:  # leave the zeros at which residual branches start
            layer.set_weights([one + RNG.normal(0, 0.02, one.shape) for one in layer.get_weights()])

        def loss(network: keras.Model = network, image: tf.Tensor = image) -> tuple[tf.Tensor, None]:
            outputs = tf.nest.flatten(network(image, training=True))
            return sum(
                tf.reduce_mean(tf.cast(one, "float32") * (1 + np.arange(one.shape[-1]))) for one in outputs
            ), None

        _, _, gradients = value_and_gradients(loss, network.trainable_weights)
        for weight, gradient in zip(network.trainable_weights, gradients, strict=True):
            assert gradient is not None and np.abs(np.asarray(tf.cast(gradient, "float32"))).max() > 0, weight.path


def test_mask_g_stays_as_it_is_while_face_g_learns() -> None:
    _, face = stages("tiny", False)
    before = face.mask_generator.get_weights()
    batch = {"masked": tf.constant(photos(3)), "clean": tf.constant(photos(3))}
    face.update(batch)
    assert all(np.array_equal(one, other) for one, other in zip(face.mask_generator.get_weights(), before, strict=True))


def test_every_network_gives_the_same_output_after_a_round_trip_and_in_a_new_process(tmp_path: Path) -> None:
    for name, network in networks_of("tiny").items():
        for layer in network.layers:
            layer.set_weights([one + RNG.normal(0, 0.05, one.shape) for one in layer.get_weights()])
        image = photos(network.input.shape[-1], SIZE)
        network.save(tmp_path / f"{name}.keras")
        outputs = [one.numpy() for one in tf.nest.flatten(network(image))]
        np.savez(tmp_path / f"{name}.npz", image, *outputs)
        again = keras.models.load_model(tmp_path / f"{name}.keras")
        for one, other in zip(outputs, tf.nest.flatten(again(image)), strict=True):
            np.testing.assert_array_equal(one, other)
    program = (
        "import sys, pathlib, keras, numpy as np, tensorflow as tf\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.keras')):\n"
        "    image, *outputs = np.load(path.with_suffix('.npz')).values()\n"
        "    found = tf.nest.flatten(keras.models.load_model(path)(image))\n"
        "    print(path.stem, max(float(np.abs(a - b).max()) for a, b in zip(outputs, found, strict=True)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["face", "0.0", "mask", "0.0", "region", "0.0", "whole", "0.0"]
