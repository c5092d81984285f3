"""What both stages share: a Keras model whose training step is written once, for every backend."""

from collections.abc import Sequence
from typing import Any

import keras

from unmask.augmentation import Batch
from unmask.presets import Preset
from unmask.training.averages import MovingAverage
from unmask.training.schedule import WarmCosine
from unmask.training.steps import Steps


class Stage(Steps):
    """A stage of training. Subclasses say what one step does (`update`) and what is measured (`measure`).

    Attributes:
      generator: the network that the stage is for.
      averaged: the moving average of its weights.
      phase: which part of the run this is; a plain number, so that each phase is compiled on its own.
      better: 1 if a larger score is better, -1 if a smaller one is.
      score: the validation's value that decides which checkpoint is best.
    """

    better: int
    score: str
    losses_shown: tuple[str, ...]
    measures_shown: tuple[str, ...]

    def __init__(self, generator: keras.Model, preset: Preset, rate: float, steps: int, starts: tuple[int, ...] = ()):
        super().__init__()
        self.generator = generator
        self.averaged = MovingAverage(generator, preset.average)
        self.follow(self.averaged.variables)
        self.phase = 0
        self.measuring = False
        self.starts = starts
        self.preset = preset
        self.generator_optimizer = adam(rate, steps, preset.decay)
        self.generator_optimizer.build(generator.trainable_weights)
        self.means = {name: keras.metrics.Mean(name=name) for name in (*self.losses_shown, *self.measures_shown)}
        self.built = True

    def follow(self, variables: Sequence[Any]) -> None:
        """Makes variables the model's own that Keras would not find: it knows those of layers and of one optimizer."""
        self.followed = [*getattr(self, "followed", ()), *variables]

    def prepare(self, jit: bool) -> None:
        """Makes `fit` possible; `jit` compiles the steps by XLA, as JAX always does."""
        self.compile(optimizer=self.generator_optimizer, jit_compile=jit or self.always_compiled)

    @property
    def metrics(self) -> list[Any]:
        """What Keras resets and reports: the measures in validation, the losses in training."""
        return [self.means[name] for name in (self.measures_shown if self.measuring else self.losses_shown)]

    def evaluate(self, *args: Any, **options: Any) -> Any:
        """Keras' own, which reports the means over all devices where they are all of `metrics`."""
        self.measuring = True
        try:
            return super().evaluate(*args, **options)
        finally:
            self.measuring = False

    def saved(self) -> dict[str, Sequence[Any]]:
        """Every variable that a checkpoint holds, in groups."""
        return {
            "generator": self.generator.weights,
            "average": self.averaged.variables,
            "generator_optimizer": self.generator_optimizer.variables,
            "means": [variable for mean in self.means.values() for variable in mean.variables],
        }

    def networks(self) -> dict[str, keras.Model]:
        """The networks in training, by name."""
        return {"generator": self.generator}

    def update(self, batch: Batch) -> dict[str, Any]:
        """One training step on a batch: assigns to variables, and returns the losses by name."""
        raise NotImplementedError

    def measure(self, batch: Batch) -> dict[str, Any]:
        """Measures of a validation batch by name, float32 [B] each."""
        raise NotImplementedError

    def show(self, batch: Batch) -> list[Any]:
        """Images for people, [B, S, S, 3] in [-1, 1], in the order of `columns`."""
        raise NotImplementedError

    def learn(self, batch: Batch) -> dict[str, Any]:
        """A whole step of training; returns the means of the losses so far."""
        losses = self.update(batch)
        self.averaged.update(self.generator_optimizer.iterations)
        for name, value in losses.items():
            self.means[name].update_state(value)
        return {name: self.means[name].result() for name in losses}

    def examine(self, batch: Batch) -> dict[str, Any]:
        """A whole step of validation; returns the means of the measures so far."""
        measures = self.measure(batch)
        for name, values in measures.items():
            self.means[name].update_state(values, sample_weight=batch["weight"])
        return {name: self.means[name].result() for name in measures}

    def enter(self, phase: int) -> None:
        """Goes on with a phase; what was compiled for another is dropped."""
        if phase != self.phase:
            self.phase = phase
            self.train_function = None


def adam(rate: float, steps: int, decay: bool, begin: int = 0) -> keras.optimizers.Optimizer:
    """Adam with the betas of DCGAN; the rate follows WarmCosine or stays as it is."""
    return keras.optimizers.Adam(WarmCosine(rate, steps, begin) if decay else rate, beta_1=0.5, beta_2=0.999)
