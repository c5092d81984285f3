"""Face embeddings as features, and where the features of each set of pictures are kept."""

from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

from unmask import __version__
from unmask.evaluation.features import Extractor, Features, content_name, feature_folder
from unmask.evaluation.methods import MEAN_FACE
from unmask.evaluation.protocol import pixel_versions
from unmask.evaluation.test_set import TestSet
from unmask.metrics import identity

FEATURES_VERSION = 1
"""Raise it with what makes the pictures or cuts the faces: resize, JPEG quality, radius of inpainting, padding."""


def embedding_extractor() -> Extractor:
    """dlib's face embeddings."""
    embed = identity.FaceEmbedder()
    backend = keras.backend.backend()
    packages = f"keras {version('keras')} {backend} {version(backend)} dlib {identity.DLIB}"
    return Extractor(embed.sha256, f"embedding {packages} on {keras.ops.zeros(1).device}", identity.DIM, embed)


def features_of(
    extractor: Extractor, test_set: TestSet, own: str, others: Iterable[str], mean: np.ndarray, temporary: Path
) -> Features:
    """The features of sets of pictures of a test set.

    Args:
      extractor: what makes them.
      test_set: the records.
      own: name of the set that is measured; its features go to `temporary`.
      others: names of those that follow from the records, and are kept for the next evaluation of these records.
      mean: the mean face, from which one of them follows.
      temporary: a folder.
    """
    kept = feature_folder(instead=temporary)
    made_by = (FEATURES_VERSION, __version__, *pixel_versions().items(), extractor.sha256, extractor.name)
    about = (*made_by, test_set.sha256, test_set.size)
    paths = {name: kept / content_name(*about, name, _hash(mean) if name == MEAN_FACE else "") for name in others}
    return Features(extractor, {**paths, own: temporary / content_name(extractor.name, own)})


def _hash(image: np.ndarray) -> str:
    return sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
