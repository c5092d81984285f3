"""P-IDS and U-IDS: how often a linear classifier takes restored pictures for real ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC


@dataclass(frozen=True)
class Discriminability:
    """The inception discriminative scores of Zhao et al. 2021 ("Large scale image completion via co-modulated GANs").

    The larger, the harder the restored pictures are to tell from clean ones.

    Attributes:
      p_ids: share of pairs whose restored picture looks more real than the clean one, in [0, 1]; 0.5 is chance.
      u_ids: share of pictures taken for the wrong kind, in [0, 0.5]; 0.5 is chance.
    """

    p_ids: float
    u_ids: float


def discriminability(restored: NDArray[np.floating], clean: NDArray[np.floating]) -> Discriminability:
    """P-IDS and U-IDS by a linear support vector machine, fitted to the very features it then judges, as in the paper.

    With no more pairs than dimensions a plane can nearly always tell the two sets apart. How far the scores are from 0
    then is the doing of the machine's soft margin and of the features' scale, not of the pictures. The more pairs, the
    larger they come out: numbers of sets of different sizes do not compare.

    Args:
      restored, clean: [N, D]; row i of both comes from one record.
    """
    features = np.concatenate([clean, restored]).astype(np.float64)
    is_real = np.repeat([True, False], [len(clean), len(restored)])
    margins = LinearSVC(dual=False).fit(features, is_real).decision_function(features)
    real, fake = margins[is_real], margins[~is_real]
    wrong = (np.mean(real < 0) + np.mean(fake > 0)) / 2
    return Discriminability(float(np.mean(fake > real)), float(wrong))
