"""Mask G: finds the mask in a photo."""

import keras

from unmask.networks.unet import UNet


def mask_generator(shape: UNet) -> keras.Model:
    """Masked photo [B, S, S, 3] in [-1, 1] -> logits of the binary map, float32 [B, S, S, 1]."""
    return shape.build(channels=3, out=1, name="mask_generator")
