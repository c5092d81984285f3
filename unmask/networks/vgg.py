"""VGG19's features for the perceptual loss, frozen (Simonyan and Zisserman 2015; Johnson et al. 2016)."""

from pathlib import Path
from typing import Any

import h5py
import keras

from unmask.errors import UnmaskError

LAYERS = ("block3_conv4", "block4_conv4", "block5_conv4")


def vgg_features(layer_names: tuple[str, ...], weights: Path | None) -> keras.Model:
    """Images as `preprocess` gives them -> the features of each layer; see `features_of`.

    Args:
      layer_names: layers of VGG19, such as block3_conv4.
      weights: an .h5 file with weights by layer name; None takes Keras' own, which are downloaded once.

    Raises:
      UnmaskError: there is no such layer, the weights cannot be had, or the file lacks a layer that is needed.
    """
    whole = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    names = [layer.name for layer in whole.layers]
    for name in layer_names:
        if name not in names[1:]:
            raise UnmaskError(f"--perceptual-layers {name}: VGG19 has no such layer. It has {', '.join(names[1:])}.")
    deepest = max(names.index(name) for name in layer_names)
    features = keras.Model(whole.input, [whole.get_layer(name).output for name in layer_names], name="vgg19_features")
    if weights is None:
        _load_downloaded(features)
    else:
        _load_file(features, names[1 : deepest + 1], weights)
    features.trainable = False
    return features


def features_of(network: keras.Model, images: Any) -> list[Any]:
    """The features of images [B, S, S, 3] in [-1, 1], one for each layer of `vgg_features`."""
    found = network(preprocess(images), training=False)
    return list(found) if isinstance(found, list | tuple) else [found]  # Keras unpacks a list of one


def preprocess(images: Any) -> Any:
    """Images in [-1, 1] as VGG19 was trained on them: [0, 255], BGR, ImageNet's mean taken away."""
    return keras.applications.vgg19.preprocess_input((images + 1) * 127.5)


def _load_downloaded(features: keras.Model) -> None:
    try:
        source = keras.applications.VGG19(weights="imagenet", include_top=False)
    except Exception as error:  # whatever a download can end with
        raise UnmaskError(
            f"VGG19's weights for the perceptual loss could not be downloaded ({type(error).__name__}: {error}). "
            "Give a file of them with --vgg-weights FILE, or train without that loss: --perceptual none."
        ) from error
    for layer in features.layers:
        layer.set_weights(source.get_layer(layer.name).get_weights())


def _load_file(features: keras.Model, needed: list[str], path: Path) -> None:
    try:
        with h5py.File(path, "r") as file:
            held = {name: [weight[()] for weight in _weights_of(file, name)] for name in _layers_in(file)}
    except (OSError, KeyError) as error:
        raise UnmaskError(f"--vgg-weights {path} is no file of Keras weights: {error}") from error
    missing = [name for name in needed if "_conv" in name and not held.get(name)]
    if missing:
        there = [name for name in held if held[name]]
        raise UnmaskError(
            f"--vgg-weights {path} lacks {', '.join(missing)}. "
            + (f"It has {', '.join(there)}: choose --perceptual-layers among them." if there else "It has no layer.")
        )
    for layer in features.layers:
        if layer.weights:
            layer.set_weights(held[layer.name])


def _layers_in(file: Any) -> list[str]:
    group = file.get("model_weights", file)
    return [name for name in group if isinstance(group[name], h5py.Group)]


def _weights_of(file: Any, name: str) -> list[Any]:
    """The layer's arrays, kernel first, as Keras' `.h5` files list them."""
    group = file.get("model_weights", file)[name]
    return [group[weight] for weight in group.attrs.get("weight_names", ())]
