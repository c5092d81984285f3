"""The gradient step: the one computation in which the backends of Keras differ."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    import jax

Loss = Callable[[], tuple[Any, Any]]


def value_and_gradients(loss: Loss, variables: list[Any], clip: float | None = None) -> tuple[Any, Any, list[Any]]:
    """Computes a loss and its gradients.

    Args:
      loss: takes nothing and returns the scalar to minimise, and anything else that is wanted of the computation. It
        reads variables and assigns to none.
      variables: what the gradients are with regard to.
      clip: the largest norm of all gradients together; None for any.

    Returns:
      The scalar, the rest, and a gradient for each variable, over the whole batch of all devices. With TensorFlow each
      is divided by the number of devices, as optimizers add up what the devices give them.
    """
    value, rest, gradients = _differentiated(loss, variables)
    if clip is not None:
        gradients = clipped(gradients, clip)
    devices = _adding_devices()
    return value, rest, [gradient / devices for gradient in gradients]


def clipped(gradients: list[Any], most: float) -> list[Any]:
    """The gradients, scaled down so that their norm together is at most `most` (Pascanu et al. 2013)."""
    norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
    scale = most / ops.maximum(norm, most)
    return [gradient * scale for gradient in gradients]


if keras.backend.backend() == "tensorflow":

    def _differentiated(loss: Loss, variables: list[Any]) -> tuple[Any, Any, list[Any]]:
        """By a tape, on each device for its part of the batch; the mean over devices is that of the batch."""
        with tf.GradientTape() as tape:
            value, rest = loss()
        gradients = tape.gradient(value, [variable.value for variable in variables])
        if _adding_devices() > 1:
            gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        return value, rest, gradients

    def _adding_devices() -> int:
        return int(tf.distribute.get_strategy().num_replicas_in_sync)

else:

    def _differentiated(loss: Loss, variables: list[Any]) -> tuple[Any, Any, list[Any]]:
        """By a pure function of the variables' values, which they have while it is traced."""

        def pure(values: list[Any]) -> tuple[Any, Any]:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            return loss()

        before = [variable.value for variable in variables]
        try:
            (value, rest), gradients = jax.value_and_grad(pure, has_aux=True)(before)
        finally:
            for variable, kept in zip(variables, before, strict=True):
                variable.assign(kept)
        return value, rest, gradients

    def _adding_devices() -> int:
        return 1  # XLA sees the whole batch
