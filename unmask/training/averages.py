"""The moving average of a network's weights: what is shown, measured and kept."""

from typing import Any

import keras
from keras import ops


class MovingAverage:
    """An exponential moving average of a network's weights (Polyak and Juditsky 1992).

    Its memory grows with the run up to `decay`, as in TensorFlow's ExponentialMovingAverage: a short run is not held
    back by the weights it began with.

    Args:
      network: whose weights are followed; all of them must be trainable.
      decay: of the average; 0 follows the network itself.
    """

    def __init__(self, network: keras.Model, decay: float):
        if network.non_trainable_weights:
            raise ValueError(f"{network.name} has weights that are not trainable, such as those of batch norm")
        self.network = network
        self.decay = decay
        shared: dict[str, Any] = {"trainable": False, "dtype": "float32", "aggregation": "only_first_replica"}
        self.variables = [  # of copies: on JAX two variables may not share a buffer
            keras.Variable(ops.copy(weight), name="average", **shared) for weight in network.trainable_weights
        ]

    def update(self, step: Any) -> None:
        """Moves the average towards the weights after global step `step`, an integer scalar."""
        step = ops.cast(step, "float32")
        keep = ops.minimum(self.decay, (1 + step) / (10 + step))
        for average, weight in zip(self.variables, self.network.trainable_weights, strict=True):
            average.assign(keep * average + (1 - keep) * weight)

    def __call__(self, *inputs: Any) -> Any:
        """The network's output with averaged weights."""
        outputs, _ = self.network.stateless_call(self.variables, [], *inputs, training=False)
        return outputs
