"""Finished networks as files, for every backend of Keras."""

import hashlib
from pathlib import Path

import keras
import numpy as np

from unmask.errors import UnmaskError
from unmask.finished_run import FACE_FILE, MASK_FILE

__all__ = ["FACE_FILE", "MASK_FILE", "fingerprint", "load_network"]


def load_network(path: Path) -> keras.Model:
    """A network that a finished run has kept.

    Raises:
      UnmaskError: the file is damaged.
    """
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras has no error of its own for a bad file
        raise UnmaskError(f"{path} is no network of Keras, or damaged: {error}") from error


def fingerprint(network: keras.Model) -> str:
    """SHA-256 of a network's weights."""
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()
