"""The parts that the networks are made of. Each takes and gives a tensor of Keras' functional API, [B, H, W, C]."""

from typing import Any

from keras import layers

SLOPE = 0.2  # of the leaky ReLU, as in DCGAN's discriminator (Radford et al. 2015)


def activate(x: Any) -> Any:
    return layers.LeakyReLU(negative_slope=SLOPE)(x)


def conv(x: Any, width: int, kernel: int = 3, stride: int = 1, dilation: int = 1, zero: bool = False) -> Any:
    """A convolution of the same size (over the stride). `zero` starts it at 0, as the end of a residual branch."""
    start = "zeros" if zero else "he_normal"
    return layers.Conv2D(
        width, kernel, strides=stride, dilation_rate=dilation, padding="same", kernel_initializer=start
    )(x)


def instance_norm(x: Any) -> Any:
    """Instance normalization (Ulyanov et al. 2016): each channel of each image by itself, with scale and offset."""
    return layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)


def normed_conv(x: Any, width: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> Any:
    """Convolution, instance norm, leaky ReLU, in this order and all on the main path."""
    return activate(instance_norm(conv(x, width, kernel, stride, dilation)))


def residual(x: Any, width: int) -> Any:
    """x + convolution(act(convolution(act(norm(x))))), whose last convolution starts at 0.

    A pre-activation block (He et al. 2016) with group norm (Wu and He 2018) of eight channels a group: nothing in it
    depends on the other images of a batch. Another width makes x go through a 1 x 1 convolution.
    """
    normed = layers.GroupNormalization(groups=max(1, x.shape[-1] // 8), epsilon=1e-5)(x)
    branch = conv(activate(normed), width)
    branch = conv(activate(branch), width, zero=True)
    if x.shape[-1] != width:
        x = conv(x, width, kernel=1)
    return layers.Add()([x, branch])


def squeeze_excite(x: Any, reduction: int = 8) -> Any:
    """Squeeze and excitation (Hu et al. 2018): channels are weighed by what the whole image holds."""
    width = x.shape[-1]
    weight = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = activate(conv(weight, max(4, width // reduction), kernel=1))
    weight = layers.Conv2D(width, 1, activation="sigmoid")(weight)
    return layers.Multiply()([x, weight])


def aspp(x: Any, width: int, rates: tuple[int, ...], norm: bool) -> Any:
    """Atrous spatial pyramid pooling (Chen et al. 2017): 1 x 1, dilated 3 x 3 at each rate, and the whole image."""

    def branch(x: Any, kernel: int, rate: int) -> Any:
        return normed_conv(x, width, kernel, dilation=rate) if norm else activate(conv(x, width, kernel, dilation=rate))

    branches = [branch(x, 1, 1), *(branch(x, 3, rate) for rate in rates)]
    joined = layers.Concatenate()(branches)
    whole = conv(layers.GlobalAveragePooling2D(keepdims=True)(x), width, kernel=1)
    return activate(layers.Add()([conv(joined, width, kernel=1), whole]))


def up(x: Any, width: int) -> Any:
    """Twice the size: every place becomes 2 x 2 (a sub-pixel convolution, Shi et al. 2016, without overlap)."""
    return layers.Conv2DTranspose(width, 2, strides=2, kernel_initializer="he_normal")(x)


def logits_of(x: Any, width: int, kernel: int = 3) -> Any:
    """A network's last convolution, in float32 also under mixed precision."""
    return layers.Conv2D(width, kernel, padding="same", dtype="float32")(x)
