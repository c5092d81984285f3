"""How far a set of restored pictures is from the set of clean ones: FID, KID, P-IDS, U-IDS, and by face embeddings."""

import numpy as np

from unmask.evaluation.estimates import Distance
from unmask.metrics.gaussian import Gaussian, frechet_distance
from unmask.metrics.ids import discriminability
from unmask.metrics.kid import LEAST, kernel_distance
from unmask.records import even_sample

INCEPTION_METRICS = ("fid", "kid", "p_ids", "u_ids")

MOST = 5000
"""Pictures that KID, P-IDS and U-IDS look at, an even sample: their time or memory grows faster than the set."""

_BLOCK = 1024  # features held in memory at a time
_TOO_FEW = Distance(not_computed=f"It takes at least {LEAST} pictures.")


def inception_distances(restored: np.ndarray, clean: np.ndarray) -> dict[str, Distance]:
    """INCEPTION_METRICS of features [N, 2048] of two sets of pictures, row i of both from one record."""
    if len(clean) < LEAST:
        return dict.fromkeys(INCEPTION_METRICS, _TOO_FEW)
    chosen = even_sample(len(clean), MOST)
    some, others = restored[chosen], clean[chosen]
    kid, ids = kernel_distance(some, others), discriminability(some, others)
    return {
        "fid": Distance(_frechet(restored, clean)),
        "kid": Distance(kid.value, kid.low, kid.high),
        "p_ids": Distance(ids.p_ids),
        "u_ids": Distance(ids.u_ids),
    }


def embedding_distance(restored: np.ndarray, clean: np.ndarray) -> Distance:
    """The Frechet distance of face embeddings [N, 128]. It is no FID, and its values do not compare with FID's."""
    return Distance(_frechet(restored, clean)) if len(clean) >= LEAST else _TOO_FEW


def not_computed(reason: str) -> dict[str, Distance]:
    """INCEPTION_METRICS without values."""
    return dict.fromkeys(INCEPTION_METRICS, Distance(not_computed=reason))


def _frechet(restored: np.ndarray, clean: np.ndarray) -> float:
    return float(frechet_distance(_gaussian(restored), _gaussian(clean)))


def _gaussian(features: np.ndarray) -> Gaussian:
    found = Gaussian(features.shape[1])
    for start in range(0, len(features), _BLOCK):
        found.add(features[start : start + _BLOCK])
    return found
