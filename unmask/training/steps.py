"""How Keras' trainers call the steps of a stage: TensorFlow's as they are, JAX's as pure functions.

A step is `learn`, `examine` or `show` of `unmask.training.stage.Stage`; it takes a batch and assigns to variables.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from unmask.augmentation import Batch


class DirectSteps(keras.Model):
    """For TensorFlow.

    Attributes:
      always_compiled: whether XLA compiles the steps in any case.
    """

    always_compiled = False

    def train_step(self, data: Batch) -> dict[str, Any]:
        return self.learn(data)

    def test_step(self, data: Batch) -> dict[str, Any]:
        return self.examine(data)

    def predict_step(self, data: tuple[Batch]) -> list[Any]:
        return self.show(*data)

    def sync(self) -> None:
        """Gives the variables their values. Callbacks call it before they read or assign any between two steps."""


class PureSteps(keras.Model):
    """For JAX: a step gets the values of all variables, and returns the new ones. In between the variables are empty.

    Attributes:
      always_compiled: as in `DirectSteps`; without XLA, JAX would start every single operation by itself.
    """

    always_compiled = True

    def train_step(self, state: Any, data: Batch) -> tuple[dict[str, Any], Any]:
        groups = [self.trainable_variables, self.non_trainable_variables, self.optimizer.variables]
        return _pure(lambda: self.learn(data), [*groups, self.metrics_variables], state)

    def test_step(self, state: Any, data: Batch) -> tuple[dict[str, Any], Any]:
        groups = [self.trainable_variables, self.non_trainable_variables, self.metrics_variables]
        return _pure(lambda: self.examine(data), groups, state)

    def predict_step(self, state: Any, data: tuple[Batch]) -> tuple[list[Any], Any]:
        groups = [self.trainable_variables, self.non_trainable_variables]
        images, (_, others) = _pure(lambda: self.show(*data), groups, state)
        return images, others

    def sync(self) -> None:
        """As `DirectSteps.sync`."""
        self.jax_state_sync()


def _pure(step: Callable[[], Any], groups: Sequence[list[Any]], state: Sequence[list[Any]]) -> tuple[Any, Any]:
    """What a step returns, and the values that it leaves the variables of each group with."""
    pairs = [pair for group, values in zip(groups, state, strict=True) for pair in zip(group, values, strict=True)]
    with keras.StatelessScope(pairs) as scope:
        result = step()
    return result, tuple([scope.get_current_value(variable) for variable in group] for group in groups)


Steps: Any = PureSteps if keras.backend.backend() == "jax" else DirectSteps
