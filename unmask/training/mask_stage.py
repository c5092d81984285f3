"""Stage 1: Mask G learns to find the mask."""

from typing import Any

from keras import ops

from unmask.augmentation import Batch
from unmask.losses import binary_cross_entropy, dice
from unmask.networks.mask_generator import mask_generator
from unmask.presets import Preset
from unmask.training.gradients import value_and_gradients
from unmask.training.measures import overlap
from unmask.training.stage import Stage


class MaskStage(Stage):
    """Trains Mask G on masked photos and their binary maps, by cross-entropy and Dice."""

    better, score = 1, "val_iou"
    losses_shown = ("loss", "bce", "dice")
    measures_shown = ("iou", "f1")
    columns = ("masked", "found map", "true map")

    def __init__(self, preset: Preset, rate: float, steps: int):
        super().__init__(mask_generator(preset.mask), preset, rate, steps)

    def update(self, batch: Batch) -> dict[str, Any]:
        def loss() -> tuple[Any, dict[str, Any]]:
            logits = self.generator(batch["masked"], training=True)
            parts = {
                "bce": binary_cross_entropy(batch["binary_map"], logits),
                "dice": dice(batch["binary_map"], logits),
            }
            return parts["bce"] + parts["dice"], parts

        variables = self.generator.trainable_weights
        total, parts, gradients = value_and_gradients(loss, variables, self.preset.clip)
        self.generator_optimizer.apply(gradients, variables)
        return {"loss": total, **parts}

    def measure(self, batch: Batch) -> dict[str, Any]:
        found = ops.cast(self.averaged(batch["masked"]) > 0, "float32")
        return overlap(batch["binary_map"], found)

    def show(self, batch: Batch) -> list[Any]:
        found = ops.sigmoid(self.averaged(batch["masked"]))
        return [batch["masked"], _grey(found), _grey(batch["binary_map"])]


def _grey(binary_map: Any) -> Any:
    return ops.repeat(ops.cast(binary_map, "float32") * 2 - 1, 3, axis=-1)
