"""What identity similarity means: how alike the clean photos of one person, and of two, are."""

import numpy as np

from unmask.evaluation.results import IdentityScale, Spread
from unmask.metrics.identity import cosine
from unmask.records import even_sample

MOST_PHOTOS, MOST_PAIRS = 2000, 2000
"""Photos that pairs are made of, an even sample, and pairs of each kind; of more, so many are drawn at random."""


def identity_scale(embeddings: np.ndarray, identities: np.ndarray, seed: int) -> IdentityScale:
    """The cosine similarities of pairs of clean photos.

    Args:
      embeddings: [N, 128], of the clean photos.
      identities: int [N]; photos of unknown identity, -1, are in no pair.
      seed: of the draw.
    """
    chosen = even_sample(len(identities), MOST_PHOTOS)
    embeddings, identities = embeddings[chosen], identities[chosen]
    first, second = np.triu_indices(len(identities), 1)
    known = (identities[first] >= 0) & (identities[second] >= 0)
    same = identities[first] == identities[second]
    rng = np.random.default_rng(seed)

    def spread(wanted: np.ndarray) -> Spread | None:
        pairs = np.flatnonzero(wanted & known)
        if not len(pairs):
            return None
        if len(pairs) > MOST_PAIRS:
            pairs = rng.choice(pairs, MOST_PAIRS, replace=False)
        values = cosine(embeddings[first[pairs]], embeddings[second[pairs]])
        low, high = np.percentile(values, [5, 95])
        return Spread(float(np.mean(values)), float(low), float(high), len(pairs))

    return IdentityScale(same=spread(same), other=spread(~same))
