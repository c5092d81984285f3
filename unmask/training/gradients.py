"""The gradient step: the one place in which the backends of Keras differ."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf


def value_and_gradients(
    loss: Callable[[], tuple[Any, Any]], variables: list[Any], clip: float | None = None
) -> tuple[Any, Any, list[Any]]:
    """Computes a loss and its gradients.

    Args:
      loss: takes nothing and returns the scalar to minimise, and anything else that is wanted of the computation.
      variables: what the gradients are with regard to.
      clip: the largest norm of all gradients together; None for any.

    Returns:
      The scalar, the rest, and a gradient for each variable, over the whole batch of all devices. Each is divided by
      the number of devices, as optimizers add up what the devices give them.
    """
    devices = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape() as tape:
        value, rest = loss()
    gradients = tape.gradient(value, [variable.value for variable in variables])
    if devices > 1:
        gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
    if clip is not None:
        gradients = clipped(gradients, clip)
    return value, rest, [gradient / devices for gradient in gradients]


def clipped(gradients: list[Any], most: float) -> list[Any]:
    """The gradients, scaled down so that their norm together is at most `most` (Pascanu et al. 2013)."""
    norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
    scale = most / ops.maximum(norm, most)
    return [gradient * scale for gradient in gradients]
