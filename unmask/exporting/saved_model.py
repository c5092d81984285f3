"""The export as TensorFlow's SavedModel, a folder."""

from pathlib import Path

import keras
import tensorflow as tf

from unmask.exporting.network import PHOTO


def write(network: keras.Model, path: Path, batch: int | None = None) -> None:
    """Writes the network to an empty folder.

    Not with Keras' own `network.export`: it holds every weight twice, in an order that changes from run to run.

    Args:
      network: as `bytes_network` gives it.
      path: the folder.
      batch: photos in a batch; None for any number.
    """
    shape = (batch, *network.input.shape[1:])
    module = tf.Module()
    module.weights = [variable.value for variable in network.variables]
    module.serve = tf.function(
        lambda photo: network(photo, training=False),
        input_signature=[tf.TensorSpec(shape, "uint8", PHOTO)],
        autograph=False,
    )
    tf.saved_model.save(module, path, signatures=module.serve)
    (path / "fingerprint.pb").unlink()  # it holds a random number, and nothing needs it
