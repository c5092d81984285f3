"""The gradient step: the one place in which the backends of Keras differ."""

from collections.abc import Callable
from typing import Any

import keras

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf


def value_and_gradients(loss: Callable[[], tuple[Any, Any]], variables: list[Any]) -> tuple[Any, Any, list[Any]]:
    """Computes a loss and its gradients.

    Args:
      loss: takes nothing and returns the scalar to minimise, and anything else that is wanted of the computation.
      variables: what the gradients are with regard to.

    Returns:
      The scalar, the rest, and a gradient for each variable, divided by the number of devices: optimizers add up
      the gradients of all devices, and every device has its own share of the batch.
    """
    with tf.GradientTape() as tape:
        value, rest = loss()
        share = value / tf.distribute.get_strategy().num_replicas_in_sync
    return value, rest, tape.gradient(share, [variable.value for variable in variables])
