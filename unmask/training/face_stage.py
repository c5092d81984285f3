"""Stage 2: Face G learns to paint the face, against Face D whole and Face D region."""

from typing import Any

import keras
from keras import ops

from unmask import losses
from unmask.augmentation import Batch
from unmask.compositing import blending_map, complete, face_input
from unmask.networks.discriminators import face_discriminators
from unmask.networks.face_generator import face_generator
from unmask.networks.vgg import features_of
from unmask.presets import Preset
from unmask.training.gradients import value_and_gradients
from unmask.training.measures import inside
from unmask.training.schedule import phase_starts
from unmask.training.stage import Stage, adam

WHOLE, REGION = "whole", "region"


class FaceStage(Stage):
    """Trains Face G on masked and clean photos, with the maps that a frozen Mask G finds.

    All losses look at the completed image, so what Face G paints outside the map counts for nothing. The clean image
    that it is compared with is completed by the same map: the two differ in what was painted and in nothing else.

    Args:
      preset: sizes and losses.
      rate: learning rate.
      steps: of the run.
      mask_generator: the trained Mask G.
      size: side of the images in pixels.
      features: VGG19's features for the perceptual loss, or None for none.
    """

    better, score = -1, "val_l1_in_map"
    losses_shown = (
        "loss", "l1", "ssim_loss", "perceptual",
        "whole", "region", "matching", "discriminator_whole", "discriminator_region",
    )  # fmt: skip
    measures_shown = ("l1_in_map", "psnr", "ssim")
    columns = ("masked", "map", "restored", "clean")

    def __init__(
        self, preset: Preset, rate: float, steps: int, mask_generator: keras.Model, size: int,
        features: keras.Model | None,
    ):  # fmt: skip
        starts = phase_starts(steps)
        super().__init__(face_generator(preset.face), preset, rate, steps, starts)
        self.mask_generator = mask_generator
        self.mask_generator.trainable = False
        self.features = features
        self.feather = preset.feather_at(size)
        self.discriminators = face_discriminators(preset.discriminator)
        self.discriminator_optimizers = {}
        for name, begin in zip((WHOLE, REGION), starts[1:], strict=True):
            optimizer = adam(rate, steps, preset.decay, begin)
            optimizer.build(self.discriminators[name].trainable_weights)
            self.discriminator_optimizers[name] = optimizer
            self.follow(optimizer.variables)

    def networks(self) -> dict[str, keras.Model]:
        return {**super().networks(), **{f"discriminator_{name}": it for name, it in self.discriminators.items()}}

    def saved(self) -> dict[str, Any]:
        groups = super().saved()
        for name, network in self.discriminators.items():
            groups[f"discriminator_{name}"] = network.weights
            groups[f"discriminator_{name}_optimizer"] = self.discriminator_optimizers[name].variables
        return groups

    @property
    def playing(self) -> tuple[str, ...]:
        """The discriminators that take part in this phase."""
        return (WHOLE, REGION)[: self.phase]

    def update(self, batch: Batch) -> dict[str, Any]:
        soft_map = self.map_of(batch["masked"])
        target = complete(batch["clean"], batch["masked"], soft_map)

        def loss() -> tuple[Any, tuple[Any, dict[str, Any]]]:
            completed = self._completed(self.generator, batch["masked"], soft_map)
            parts = self._generator_losses(completed, target, soft_map)
            weights = self._weights()
            return sum(weights[name] * value for name, value in parts.items()), (completed, parts)

        variables = self.generator.trainable_weights
        total, (completed, parts), gradients = value_and_gradients(loss, variables, self.preset.clip)
        self.generator_optimizer.apply(gradients, variables)
        for name in self.playing:
            parts[f"discriminator_{name}"] = self._update_discriminator(name, completed, target, soft_map)
        return {"loss": total, **parts}

    def map_of(self, masked: Any) -> Any:
        """The blending map of masked photos, by Mask G: float32 [B, S, S, 1] in [0, 1]."""
        probability = ops.sigmoid(self.mask_generator(masked, training=False))
        return ops.stop_gradient(blending_map(probability, self.feather))

    def _completed(self, network: Any, masked: Any, soft_map: Any) -> Any:
        painted = network(face_input(masked, soft_map, self.preset.hide))
        return complete(painted, masked, soft_map)

    def _weights(self) -> dict[str, float]:
        given = self.preset.losses
        return {
            "l1": given.l1, "ssim_loss": given.ssim, "perceptual": given.perceptual, "matching": given.features,
            WHOLE: given.whole, REGION: given.region,
        }  # fmt: skip

    def _generator_losses(self, completed: Any, target: Any, soft_map: Any) -> dict[str, Any]:
        where = soft_map if self.preset.losses.in_map else ops.ones_like(soft_map)
        parts = {
            "l1": losses.l1(completed, target, where),
            "ssim_loss": losses.ssim_loss(completed, target, where),
        }
        if self.features is not None:
            seen = [features_of(self.features, image) for image in (completed, target)]
            parts["perceptual"] = losses.relative_l1(*seen)
        matching = []
        for name in self.playing:
            *features, fake = self._judge(name, completed, soft_map)
            parts[name] = losses.adversarial_loss(self.preset.losses.gan, fake)
            if self.preset.losses.features:
                matching.append(losses.relative_l1(features, self._judge(name, target, soft_map)[:-1]))
        return {**parts, "matching": sum(matching)} if matching else parts

    def _judge(self, name: str, image: Any, soft_map: Any) -> list[Any]:
        """What a discriminator says to an image, real or completed: the one input that it has."""
        seen = image * soft_map if name == REGION else image
        return self.discriminators[name](seen, training=True)

    def _update_discriminator(self, name: str, completed: Any, target: Any, soft_map: Any) -> Any:
        completed = ops.stop_gradient(completed)

        def loss() -> tuple[Any, None]:
            real = self._judge(name, target, soft_map)[-1]
            fake = self._judge(name, completed, soft_map)[-1]
            return losses.discriminator_loss(self.preset.losses.gan, real, fake), None

        variables = self.discriminators[name].trainable_weights
        value, _, gradients = value_and_gradients(loss, variables, self.preset.clip)
        self.discriminator_optimizers[name].apply(gradients, variables)
        return value

    def restore(self, masked: Any) -> tuple[Any, Any]:
        """Completed images and their maps, by the averaged weights."""
        soft_map = self.map_of(masked)
        return self._completed(self.averaged, masked, soft_map), soft_map

    def measure(self, batch: Batch) -> dict[str, Any]:
        completed, _ = self.restore(batch["masked"])
        values = inside(completed, batch["clean"], batch["binary_map"])
        return {"l1_in_map": values["l1"], "psnr": values["psnr"], "ssim": values["ssim"]}

    def show(self, batch: Batch) -> list[Any]:
        completed, soft_map = self.restore(batch["masked"])
        return [batch["masked"], ops.repeat(soft_map * 2 - 1, 3, axis=-1), completed, batch["clean"]]
