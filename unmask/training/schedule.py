"""When things happen in a run: phases, learning rates, and the spans between which nothing changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

PHASES = (0.0, 0.1, 0.4)
"""Shares of stage 2 at which its phases begin: reconstruction alone, with Face D whole, with both discriminators."""

WARM_UP = 0.02  # share of the run


def phase_starts(steps: int) -> tuple[int, ...]:
    """The first global step of each phase of a run of so many steps."""
    return tuple(round(share * steps) for share in PHASES)


def phase_of(step: int, starts: tuple[int, ...]) -> int:
    """The phase that global step `step` (from 0) belongs to; with no starts there is only phase 0."""
    return max((phase for phase, start in enumerate(starts) if step >= start), default=0)


@dataclass(frozen=True)
class Span:
    """Steps `start` to `stop` of a run: whole rounds, or a part of one.

    Attributes:
      epoch: the round in which it begins; Keras calls it an epoch.
      epochs: how many rounds it covers; 1 also for a part of one.
      start, stop: global steps.
      closes: whether it ends with a round or with the run, after which there is a validation.
    """

    epoch: int
    epochs: int
    start: int
    stop: int
    closes: bool


def spans(start: int, steps: int, per_round: int, borders: tuple[int, ...] = ()) -> Iterator[Span]:
    """Cuts what is left of a run so that Keras' `fit` can do each piece: at `borders`, and at parts of rounds."""
    marks = sorted({border for border in borders if start < border < steps} | {steps})
    for mark in marks:
        while start < mark:
            epoch, inside = divmod(start, per_round)
            epochs = max(1, (mark - start) // per_round) if not inside else 1
            stop = min(start - inside + epochs * per_round, mark)
            yield Span(epoch, epochs, start, stop, stop % per_round == 0 or stop == steps)
            start = stop


@keras.saving.register_keras_serializable("unmask")
class WarmCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from 0 over the first steps of a run and falls to 0 by a half cosine (Loshchilov and Hutter 2017).

    Args:
      peak: the highest rate.
      steps: of the run.
      begin: the run's step at which this optimizer takes its first.
    """

    def __init__(self, peak: float, steps: int, begin: int = 0):
        super().__init__()
        self.peak, self.steps, self.begin = peak, steps, begin

    def __call__(self, step: int) -> float:
        position = ops.cast(step, "float32") + self.begin + 1
        warm = max(1.0, WARM_UP * self.steps)
        share = ops.clip((position - warm) / max(1.0, self.steps - warm), 0.0, 1.0)
        return self.peak * ops.minimum(position / warm, 0.5 * (1 + ops.cos(np.pi * share)))

    def get_config(self) -> dict[str, float]:
        return {"peak": self.peak, "steps": self.steps, "begin": self.begin}
