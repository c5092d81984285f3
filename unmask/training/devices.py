"""Where a run computes: one device or all of a machine, by TensorFlow's own distribution or that of Keras."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras

from unmask.errors import UnmaskError

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

Scope = Callable[[list[str]], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Devices:
    """What a run computes on.

    Attributes:
      scope: all of a run is made and done within it.
      count: devices that share each batch.
    """

    scope: Callable[[], AbstractContextManager[Any]]
    count: int


def choose_devices(wanted: int | None, batch_size: int) -> Devices:
    """All GPUs, or as many devices as wanted.

    On a machine without a GPU runs are deterministic, so that a resumed one ends with the same bits.

    Raises:
      UnmaskError: there are fewer devices, the batch cannot be shared evenly, or TF_CONFIG names several hosts.
    """
    kind, names, scope = _of_tensorflow() if keras.backend.backend() == "tensorflow" else _of_keras()
    count = wanted or (1 if kind == "CPU" else len(names))
    if count > len(names):
        raise UnmaskError(f"--devices {count}, but there are {len(names)} devices of kind {kind} on this machine.")
    if batch_size % count:
        raise UnmaskError(f"--batch-size {batch_size} cannot be shared evenly by {count} devices.")
    return Devices(nullcontext if count == 1 else lambda: scope(names[:count]), count)


def _of_tensorflow() -> tuple[str, list[str], Scope]:
    """Kind and names of the devices there are, and what shares a batch among some of them."""
    if "TF_CONFIG" in os.environ:
        raise UnmaskError(
            "TF_CONFIG names several hosts, over which Keras' fit cannot train. Unset it, and share the batch "
            "by the GPUs of one host with --devices."
        )
    if tf.config.list_physical_devices("GPU"):
        kind, across = "GPU", None
    else:
        kind, across = "CPU", tf.distribute.ReductionToOneDevice()
        tf.config.experimental.enable_op_determinism()
        # These two rewrite sums in an order that can differ from one start to the next, by a last bit.
        tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False, "remapping": False})
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    return kind, names, lambda chosen: tf.distribute.MirroredStrategy(chosen, cross_device_ops=across).scope()


def _of_keras() -> tuple[str, list[str], Scope]:
    """The same for JAX."""
    names = keras.distribution.list_devices()
    kind = names[0].partition(":")[0].upper()
    return kind, names, lambda chosen: keras.distribution.DataParallel(devices=chosen).scope()


@contextmanager
def precision(mixed: bool) -> Iterator[None]:
    """Networks made within the block compute in bfloat16, with weights in float32, if `mixed`.

    bfloat16 has float32's range, so that no loss has to be scaled.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
