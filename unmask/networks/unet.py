"""The U-Net that both generators are."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from unmask.networks import blocks


@dataclass(frozen=True)
class UNet:
    """The shape of a U-Net (Ronneberger et al. 2015).

    Attributes:
      widths: channels of each level, from the finest; each level has half the size of the one before.
      depth: blocks at each level on the way down; on the way up there is one.
      stem: 2 halves the image before the finest level, and doubles it after; 1 does not.
      residual: residual blocks; otherwise convolutions with instance norm, one after the other.
      excite: squeeze and excitation on the way down.
      rates: of the atrous pyramid at the waist; () for none.
    """

    widths: tuple[int, ...]
    depth: tuple[int, ...]
    stem: int = 2
    residual: bool = True
    excite: bool = False
    rates: tuple[int, ...] = ()

    @property
    def stride(self) -> int:
        """The side of an image must be a multiple of this."""
        return self.stem * 2 ** (len(self.widths) - 1)

    def build(self, channels: int, out: int, name: str) -> keras.Model:
        """A network [B, S, S, channels] -> float32 [B, S, S, out], for any S that is a multiple of `stride`."""
        image = keras.Input((None, None, channels), name="image")
        x = blocks.conv(image, self.widths[0], 4, stride=2) if self.stem == 2 else image
        x, skips = self._down(x)
        if self.rates:
            x = blocks.aspp(x, self.widths[-1], self.rates, norm=not self.residual)
        x = self._up(x, skips)
        if self.stem == 2:
            detail = blocks.conv(image, 8)  # the finest grain, at the image's own size
            x = layers.Concatenate()([blocks.up(blocks.activate(x), 16), detail])
            x = blocks.activate(blocks.conv(blocks.activate(x), 16))
        return keras.Model(image, blocks.logits_of(x, out), name=name)

    def _down(self, x: Any) -> tuple[Any, list[Any]]:
        skips = []
        for level, (width, depth) in enumerate(zip(self.widths, self.depth, strict=True)):
            if level:
                x = self._halve(x, width)
            for _ in range(depth):
                x = self._block(x, width)
            if self.excite:
                x = blocks.squeeze_excite(x)
            skips.append(x)
        return x, skips[:-1]

    def _up(self, x: Any, skips: list[Any]) -> Any:
        for width, skip in zip(self.widths[-2::-1], skips[::-1], strict=True):
            x = layers.Concatenate()([blocks.up(x, width), skip])
            if self.residual:
                x = blocks.residual(blocks.conv(x, width, kernel=1), width)
            else:
                x = blocks.normed_conv(x, width)
        return blocks.activate(x) if self.residual and self.stem == 1 else x

    def _halve(self, x: Any, width: int) -> Any:
        if self.residual:
            return blocks.conv(blocks.activate(x), width, 2, stride=2)
        return blocks.normed_conv(x, width, 4, stride=2)

    def _block(self, x: Any, width: int) -> Any:
        return blocks.residual(x, width) if self.residual else blocks.normed_conv(x, width)
