"""Loads Keras and its backend for a command: with a clear error where it is missing, and without TensorFlow's talk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from unmask.errors import UnmaskError


def load_backend(training: bool = True) -> None:
    """Imports Keras.

    Args:
      training: whether it is for training, which needs TensorFlow; finished networks run on every backend.

    Raises:
      UnmaskError: Keras or its backend is not installed, or it is set to another backend than is needed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # and no talk later on
    if not training:
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # a GPU is shared with PyTorch
    try:
        with _no_stderr():
            import keras
    except ImportError as error:
        raise UnmaskError(f"{error}. The networks need TensorFlow: pip install 'maskify[train]'") from error
    if training and keras.backend.backend() != "tensorflow":
        raise UnmaskError(
            f"Keras is set to {keras.backend.backend()}, but training needs TensorFlow. Set KERAS_BACKEND=tensorflow."
        )


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Sends what C++ code writes to stderr nowhere: TensorFlow's first lines heed no setting."""
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
