"""Loads Keras and its backend for a command: with a clear error where it is missing, and without TensorFlow's talk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from unmask.errors import UnmaskError

BACKENDS = ("tensorflow", "jax")


def load_backend(training: bool = True) -> None:
    """Imports Keras.

    Args:
      training: whether it is for training, for which a backend must be one of BACKENDS; finished networks run on each.

    Raises:
      UnmaskError: Keras or its backend is not installed, or it is set to another backend than is needed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # and no talk later on
    if not training:
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # a GPU is shared with PyTorch
    try:
        with quiet():
            import keras
    except ImportError as error:
        raise UnmaskError(
            f"{error}. The networks need TensorFlow, pip install 'maskify[train]', "
            "or JAX, pip install 'maskify[jax]' and KERAS_BACKEND=jax in the environment."
        ) from error
    if training and keras.backend.backend() not in BACKENDS:
        raise UnmaskError(
            f"Keras is set to {keras.backend.backend()}, but training needs TensorFlow or JAX. "
            f"Set KERAS_BACKEND={' or KERAS_BACKEND='.join(BACKENDS)}."
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Sends what C++ code writes to stderr nowhere: TensorFlow's first lines heed no setting."""
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
