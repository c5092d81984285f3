"""Face D whole and Face D region, a PatchGAN each (Isola et al. 2017): on the whole image, on the masked region."""

from dataclasses import dataclass

import keras

from unmask.networks import blocks


@dataclass(frozen=True)
class PatchGAN:
    """The shape of a discriminator.

    Attributes:
      widths: channels of each convolution of stride 2; the first has no norm, as in pix2pix.
    """

    widths: tuple[int, ...]

    def build(self, name: str) -> keras.Model:
        """An image [B, S, S, 3], real or completed -> its features after each level, and float32 logits, as a list."""
        image = keras.Input((None, None, 3), name="image")
        x = blocks.activate(blocks.conv(image, self.widths[0], 4, stride=2))
        features = [x]
        for width in self.widths[1:]:
            x = blocks.normed_conv(x, width, 4, stride=2)
            features.append(x)
        return keras.Model(image, [*features, blocks.logits_of(x, 1)], name=name)


def face_discriminators(shape: PatchGAN) -> dict[str, keras.Model]:
    """Face D whole and Face D region, by name."""
    return {name: shape.build(f"discriminator_{name}") for name in ("whole", "region")}
