"""Where a run computes: one device or all GPUs of a machine, by TensorFlow's own distribution."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from unmask.errors import UnmaskError


@dataclass(frozen=True)
class Devices:
    """What a run computes on.

    Attributes:
      strategy: of tf.distribute; networks and optimizers are made in its scope.
      count: devices that share each batch.
    """

    strategy: Any
    count: int


def choose_devices(wanted: int | None, batch_size: int) -> Devices:
    """All GPUs, or as many devices as wanted.

    On a machine without a GPU every operation is made deterministic, so that a resumed run ends with the same bits.

    Raises:
      UnmaskError: there are fewer devices, the batch cannot be shared evenly, or TF_CONFIG names several hosts.
    """
    if "TF_CONFIG" in os.environ:
        raise UnmaskError(
            "TF_CONFIG names several hosts, over which Keras' fit cannot train. Unset it, and share the batch "
            "by the GPUs of one host with --devices."
        )
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        tf.config.experimental.enable_op_determinism()
        # These two rewrite sums in an order that can differ from one start to the next, by a last bit.
        tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False, "remapping": False})
    devices = _one_host(wanted, bool(gpus))
    if batch_size % devices.count:
        raise UnmaskError(f"--batch-size {batch_size} cannot be shared evenly by {devices.count} devices.")
    return devices


def _one_host(wanted: int | None, gpu: bool) -> Devices:
    kind = "GPU" if gpu else "CPU"
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    count = wanted or (len(names) if gpu else 1)
    if count > len(names):
        raise UnmaskError(f"--devices {count}, but there are {len(names)} devices of kind {kind} on this machine.")
    if count == 1:
        return Devices(tf.distribute.get_strategy(), 1)
    across = None if gpu else tf.distribute.ReductionToOneDevice()
    return Devices(tf.distribute.MirroredStrategy(names[:count], cross_device_ops=across), count)


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
