"""dlib's face recognition network, in Keras, which runs it many times as fast as dlib's wheels, built without BLAS."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from unmask.errors import UnmaskError
from unmask.networks.dlib_weights import Weights, read_weights

SIDE, DIM = 150, 128
MEAN, SCALE = (122.782, 117.001, 104.298), 256.0
"""Of red, green and blue, subtracted, and by what is divided then (dlib/dnn/input.h)."""

LEVELS = ((32, 3, False), (64, 3, True), (128, 2, True), (256, 2, True), (256, 0, True))
"""Channels, plain residual blocks, and whether a block that halves the side stands before them (dlib's example
dnn_face_recognition_ex.cpp: alevel4 to alevel0)."""


def face_embedding(path: Path) -> keras.Model:
    """The network with weights of dlib_face_recognition_resnet_model_v1.dat.

    It takes uint8 [B, 150, 150, 3] RGB, aligned as dlib does it, and gives float32 [B, 128].

    Raises:
      UnmaskError: the file is none of that network.
    """
    image = keras.Input((SIDE, SIDE, 3), dtype="uint8")
    x = (ops.cast(image, "float32") - np.array(MEAN, np.float32)) / SCALE
    x = layers.MaxPooling2D(3, 2)(layers.ReLU()(_convolution(x, 32, side=7, stride=2)))
    for channels, blocks, halved in LEVELS:
        for block in range(blocks + halved):
            x = _residual(x, channels, stride=2 if halved and block == 0 else 1)
    x = layers.Dense(DIM, use_bias=False)(layers.GlobalAveragePooling2D()(x))
    network = keras.Model(image, x, name="face_embedding")
    try:
        _assign(network, read_weights(path))
    except (OSError, ValueError) as error:
        raise UnmaskError(f"{path} does not hold dlib's face recognition network: {error}.") from error
    return network


def _residual(x: Any, channels: int, stride: int) -> Any:
    """Two convolutions added to what went in, or to its means of 2 x 2; the smaller of the two is filled with zeros."""
    inner = layers.ReLU()(_convolution(x, channels, stride=stride))
    inner = _convolution(inner, channels)
    skipped = layers.AveragePooling2D(2)(x) if stride == 2 else x
    return layers.ReLU()(_filled(inner, skipped.shape) + _filled(skipped, inner.shape))


def _filled(x: Any, shape: tuple[int, ...]) -> Any:
    """x with zeros below, to the right and in further channels, so that it is no smaller than `shape`."""
    missing = [(0, max(other - size, 0)) for size, other in zip(x.shape[1:], shape[1:], strict=True)]
    return ops.pad(x, [(0, 0), *missing])


def _convolution(x: Any, channels: int, side: int = 3, stride: int = 1) -> Any:
    return layers.Conv2D(channels, side, strides=stride, padding="same" if stride == 1 else "valid")(x)


def _assign(network: keras.Model, stored: list[Weights]) -> None:
    """Gives the network its weights: each convolution those of one and of the affine layer behind it, in one.

    dlib keeps filters as [outputs, inputs, rows, columns] with the biases behind them, then scales and shifts.
    """
    wanted = [layer for layer in network.layers if layer.weights]
    kinds = ["con_4", "affine_"] * (len(wanted) - 1) + ["fc_2"]
    if [layer.kind for layer in stored] != kinds:
        raise ValueError(f"its {len(stored)} layers with weights are not that network's {len(kinds)}")
    *pairs, last = wanted
    for layer, convolution, affine in zip(pairs, stored[::2], stored[1::2], strict=False):
        rows, columns, inputs, outputs = layer.kernel.shape
        scale, shift = np.split(affine.values, 2)
        filters, bias = np.split(convolution.values, [-outputs])
        kernel = filters.reshape(outputs, inputs, rows, columns).transpose(2, 3, 1, 0)
        layer.set_weights([kernel * scale, bias * scale + shift])
    last.set_weights([stored[-1].values.reshape(last.kernel.shape)])
