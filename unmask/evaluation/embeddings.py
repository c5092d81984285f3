"""embeddings.npz: the face embeddings behind the Frechet distance, so that two evaluations can be compared by it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unmask.errors import UnmaskError
from unmask.evaluation.estimates import Estimate
from unmask.evaluation.progress import progress
from unmask.evaluation.results import Bootstrap
from unmask.files import sha256_of, whole_file
from unmask.metrics.frechet import centred_interval, distance_difference, resampled_differences


@dataclass(frozen=True)
class Embeddings:
    """Face embeddings of restored and of clean photos, float32 [N, D] each, in the order of the records."""

    restored: np.ndarray
    clean: np.ndarray


def write_embeddings(path: Path, embeddings: Embeddings) -> None:
    """Writes them whole or not at all; the same embeddings always give the same bytes."""
    with whole_file(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, restored=embeddings.restored, clean=embeddings.clean)


def read_embeddings(path: Path, sha256: str) -> Embeddings:
    """Reads what `write_embeddings` wrote.

    Raises:
      UnmaskError: the file is missing, or is another than that of this hash.
    """
    try:
        found = sha256_of(path)
    except OSError as error:
        raise UnmaskError(f"{path} cannot be read: {error.strerror}. Run unmask evaluate again.") from error
    if found != sha256:
        raise UnmaskError(f"{path} is not the file that its metrics.json was written with. Run unmask evaluate again.")
    with np.load(path, allow_pickle=False) as content:
        return Embeddings(content["restored"], content["clean"])


def frechet_difference(a: Embeddings, b: Embeddings, seed: int, interval: Bootstrap) -> Estimate:
    """By how much b's restored photos are farther from the clean ones than a's, with its interval."""
    features = a.restored, b.restored, a.clean
    drawn = resampled_differences(*features, seed, interval.resamples)
    shown = progress(drawn, interval.resamples, "compare face embeddings", "resample", quiet=False)
    value = distance_difference(*features)
    return Estimate(value, *centred_interval(value, list(shown), interval.level), len(a.clean))
