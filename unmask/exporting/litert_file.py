"""The export as a LiteRT (TensorFlow Lite) file, for phones and small computers."""

from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import tensorflow as tf

from unmask.exporting import saved_model


def write(network: keras.Model, path: Path) -> None:
    """Writes the network for one photo at a time.

    With TensorFlow's own converter, which Keras' `network.export` calls too: that came with Keras 3.13, which needs
    Python 3.11, and it lets operations pass that LiteRT does not bring along. Here they are an error.

    The batch is 1: with an open one the file works too, but only a part of it runs in XNNPACK, at two thirds of the
    speed, and none of it on a phone's GPU.
    """
    with TemporaryDirectory() as folder:
        saved_model.write(network, Path(folder), batch=1)
        path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())
