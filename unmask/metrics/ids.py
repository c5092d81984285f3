"""P-IDS and U-IDS: how often a linear classifier takes restored pictures for real ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Discriminability:
    """Scores of Zhao et al. 2021 ("co-modulated GAN"), both larger the better.

    Attributes:
      p_ids: share of pairs whose restored picture the classifier finds more real than the clean one, in [0, 1].
      u_ids: share of pictures that the classifier takes for the wrong kind, in [0, 1]; 0.5 is chance.
    """

    p_ids: float
    u_ids: float


def discriminability(restored: NDArray[np.floating], clean: NDArray[np.floating]) -> Discriminability:
    """P-IDS and U-IDS by a linear support vector machine that is fitted to the features themselves, as in the paper.

    Args:
      restored, clean: [N, D]; row i of both comes from one record. With fewer pairs than dimensions a plane nearly
        always separates the two, and both scores are 0.
    """
    from sklearn.svm import LinearSVC

    features = np.concatenate([clean, restored])
    is_real = np.arange(len(features)) < len(clean)
    machine = LinearSVC(dual=False).fit(features, is_real)
    margins = machine.decision_function(features)
    real, fake = margins[: len(clean)], margins[len(clean) :]
    return Discriminability(float((fake > real).mean()), float(((margins > 0) != is_real).mean()))
