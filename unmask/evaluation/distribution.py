"""How far a set of restored pictures is from the set of clean ones: FID, KID, P-IDS, U-IDS, and by face embeddings."""

from dataclasses import dataclass

import numpy as np

from unmask.evaluation.estimates import INCEPTION_METRICS, Distance
from unmask.metrics.gaussian import Gaussian, frechet_distance
from unmask.metrics.ids import discriminability
from unmask.metrics.kid import LEAST, kernel_distance
from unmask.records import even_sample

MOST = 5000
"""Pictures that KID, P-IDS and U-IDS look at, an even sample: their time or memory grows faster than the set."""

_BLOCK = 1024  # features held in memory at a time


@dataclass(frozen=True)
class FeatureSet:
    """The features of a set of pictures, and the Gaussian fitted to them.

    Attributes:
      features: float [N, D], in the order of the records.
      gaussian: theirs.
    """

    features: np.ndarray
    gaussian: Gaussian

    @classmethod
    def of(cls, features: np.ndarray) -> "FeatureSet":
        """Fits the Gaussian to features, which may be memory-mapped."""
        gaussian = Gaussian(features.shape[1])
        for start in range(0, len(features), _BLOCK):
            gaussian.add(features[start : start + _BLOCK])
        return cls(features, gaussian)

    def __len__(self) -> int:
        return len(self.features)


def inception_distances(restored: FeatureSet, clean: FeatureSet) -> dict[str, Distance]:
    """INCEPTION_METRICS of two sets of pictures, row i of both from one record."""
    if len(clean) < LEAST:
        return dict.fromkeys(INCEPTION_METRICS, _too_few(LEAST))
    chosen = even_sample(len(clean), MOST)
    some, others = restored.features[chosen], clean.features[chosen]
    kid = kernel_distance(some, others)
    by_kernel = Distance(kid.value, kid.low, kid.high, len(some))
    return {"fid": _frechet(restored, clean), "kid": by_kernel, **_ids(some, others)}


def embedding_distance(restored: FeatureSet, clean: FeatureSet) -> Distance:
    """The Frechet distance of face embeddings. It is no FID, and its values do not compare with FID's."""
    return _frechet(restored, clean) if len(clean) >= LEAST else _too_few(LEAST)


def not_computed(reason: str) -> dict[str, Distance]:
    """INCEPTION_METRICS without values."""
    return dict.fromkeys(INCEPTION_METRICS, Distance(not_computed=reason))


def _ids(restored: np.ndarray, clean: np.ndarray) -> dict[str, Distance]:
    count, dimensions = restored.shape
    if count < dimensions:  # they would say nothing about the pictures
        return dict.fromkeys(("p_ids", "u_ids"), _too_few(dimensions))
    found = discriminability(restored, clean)
    return {"p_ids": Distance(found.p_ids, count=count), "u_ids": Distance(found.u_ids, count=count)}


def _frechet(restored: FeatureSet, clean: FeatureSet) -> Distance:
    return Distance(frechet_distance(restored.gaussian, clean.gaussian), count=len(clean))


def _too_few(least: int) -> Distance:
    return Distance(not_computed=f"It takes at least {least:,} pictures.")
