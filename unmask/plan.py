"""What a training step sees: a pure function of the seed and the global step, so that a killed run goes on the same."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class BatchPlan:
    """Deals records to steps. Every epoch is a permutation of all records; what is left over at its end is not used.

    Attributes:
      count: records.
      batch_size: records a step, over all devices together.
      seed: of the run.
      steps: global steps of the whole run.
    """

    count: int
    batch_size: int
    seed: int
    steps: int

    @property
    def steps_per_epoch(self) -> int:
        return self.count // self.batch_size

    def round_of(self, least: int) -> int:
        """Steps between two validations: an epoch, or as many short ones as make at least so many steps."""
        return self.steps_per_epoch * -(-least // self.steps_per_epoch)

    def epoch_of(self, step: int) -> int:
        return step // self.steps_per_epoch

    def records_of(self, step: int) -> np.ndarray:
        """int64 [batch_size]: which records global step `step` (from 0) sees."""
        epoch, position = divmod(step, self.steps_per_epoch)
        order = _permutation(self.seed, epoch, self.count)
        return order[position * self.batch_size : (position + 1) * self.batch_size]

    def generator_of(self, step: int) -> np.random.Generator:
        """The random numbers of global step `step`, for augmentation."""
        return np.random.default_rng([self.seed, 1, step])


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng([seed, 0, epoch]).permutation(count)
