"""unmask.networks.vgg: the right preprocessing, and weights that are all there or an error."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from on_jax import on_jax

from unmask.errors import UnmaskError
from unmask.losses import relative_l1
from unmask.networks.vgg import LAYERS, features_of, preprocess, vgg_features

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VGG19 up to block3_conv1 with random weights, as Keras writes an .h5 file of weights by layer name."""
    path = tmp_path_factory.mktemp("weights") / "vgg19.h5"
    keras.utils.set_random_seed(0)
    whole = keras.applications.VGG19(weights=None, include_top=False, input_shape=(32, 32, 3))
    with h5py.File(path, "w") as file:
        for layer in whole.layers[: [one.name for one in whole.layers].index("block3_conv1") + 1]:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{part}:0" for part in ("kernel", "bias")[: len(layer.weights)]]
            group.attrs["weight_names"] = names
            for name, value in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name, data=value)
    return path


def test_images_are_prepared_as_vgg19_was_trained() -> None:
    pixels = (IMAGES + 1) * 127.5
    np.testing.assert_allclose(
        preprocess(IMAGES), pixels[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32), atol=1e-3
    )


def test_a_file_gives_its_weights_by_layer_name(weights: Path) -> None:
    features = vgg_features(("block1_conv2", "block3_conv1"), weights)
    with h5py.File(weights) as file:
        for name in ("block1_conv1", "block3_conv1"):
            np.testing.assert_array_equal(features.get_layer(name).get_weights()[0], file[name][f"{name}/kernel:0"][()])
    shallow, deep = features_of(features, IMAGES)
    assert shallow.shape == (2, 32, 32, 64) and deep.shape == (2, 8, 8, 256)
    assert features.trainable_weights == [] and np.ptp(deep) > 0


def test_identical_images_have_no_perceptual_loss_and_others_have(weights: Path) -> None:
    for layers in (("block3_conv1",), ("block1_conv2", "block3_conv1")):
        network = vgg_features(layers, weights)
        one, other = features_of(network, IMAGES), features_of(network, -IMAGES)
        assert len(one) == len(layers)
        assert float(relative_l1(one, features_of(network, IMAGES))) == 0
        assert float(relative_l1(one, other)) > 0.01


def test_a_file_without_the_layers_is_refused_and_says_what_it_has(weights: Path) -> None:
    with pytest.raises(UnmaskError, match=r"lacks block3_conv2, .*It has block1_conv1, .*--perceptual-layers"):
        vgg_features(LAYERS, weights)


def test_a_file_that_is_no_weights_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.h5").write_text("no weights")
    with pytest.raises(UnmaskError, match="is no file of Keras weights"):
        vgg_features(LAYERS, tmp_path / "notes.h5")


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(UnmaskError, match="block9_conv1: VGG19 has no such layer. It has block1_conv1"):
        vgg_features(("block9_conv1",), None)


def test_without_weights_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    vgg19 = keras.applications.VGG19

    def offline(weights: str | None = None, **options: object) -> keras.Model:
        if weights:
            raise OSError("no network")
        return vgg19(weights=None, **options)

    monkeypatch.setattr(keras.applications, "VGG19", offline)
    with pytest.raises(UnmaskError, match=r"no network.*--vgg-weights FILE.*--perceptual none"):
        vgg_features(LAYERS, None)


def test_the_shared_weights_load(shared: Path) -> None:
    path = shared / "weights" / "vgg19_normalised_to_block3_conv1.h5"
    if not path.exists():
        pytest.skip("no VGG19 weights in the shared folder")
    features = vgg_features(("block2_conv2", "block3_conv1"), path)
    for one in features_of(features, IMAGES):
        assert 0.1 < float(np.mean(one)) < 10


ON_JAX = """
import pathlib
import numpy as np
from unmask.backend import load_backend
load_backend()
from unmask.losses import relative_l1
from unmask.networks.vgg import features_of, vgg_features

weights, folder = map(pathlib.Path, sys.argv[1:])
features = vgg_features(("block1_conv2", "block3_conv1"), weights)
one, other = (features_of(features, images) for images in np.load(folder / "images.npy"))
print(float(relative_l1(one, other)))
"""


def test_the_perceptual_loss_is_the_same_on_jax(weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax")
    images = np.random.default_rng(0).uniform(-1, 1, (2, 2, 32, 32, 3)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    features = vgg_features(("block1_conv2", "block3_conv1"), weights)
    here = float(relative_l1(*(features_of(features, it) for it in images)))
    assert float(on_jax(ON_JAX, weights, tmp_path)[-1]) == pytest.approx(here, rel=1e-4) and here > 0.01
