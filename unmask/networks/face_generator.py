"""Face G: paints the face behind the mask."""

import keras
from keras import layers

from unmask.networks.unet import UNet


def face_generator(shape: UNet) -> keras.Model:
    """Masked photo and predicted map [B, S, S, 4] -> painted face, float32 [B, S, S, 3] in [-1, 1]."""
    network = shape.build(channels=4, out=3, name="face_generator")
    painted = layers.Activation("tanh", dtype="float32")(network.output)
    return keras.Model(network.input, painted, name="face_generator")
