"""The losses of both stages, in keras.ops. Images are in [-1, 1] unless a docstring says otherwise."""

from typing import Any

import numpy as np
from keras import ops

_TINY = 1e-6


def binary_cross_entropy(truth: Any, logits: Any) -> Any:
    """Mean binary cross-entropy of logits (not probabilities) with targets in [0, 1]; a scalar."""
    logits = ops.cast(logits, "float32")
    return ops.mean(ops.relu(logits) - logits * truth + ops.softplus(-ops.abs(logits)))


def dice(truth: Any, logits: Any) -> Any:
    """1 - the soft Dice coefficient (Milletari et al. 2016), one for each image, averaged; both [B, H, W, 1]."""
    probability = ops.sigmoid(ops.cast(logits, "float32"))
    overlap = ops.sum(truth * probability, axis=(1, 2, 3))
    total = ops.sum(truth, axis=(1, 2, 3)) + ops.sum(probability, axis=(1, 2, 3))
    return 1 - ops.mean((2 * overlap + 1) / (total + 1))


def weighted_mean(values: Any, weights: Any) -> Any:
    """Each image's sum of weights * values over its sum of weights, averaged; 0 for an image without weight.

    An image counts by itself, so that the loss of a batch is the mean of the losses of its parts on several devices.

    Args:
      values: [B, H, W, C].
      weights: [B, H, W, 1].
    """
    places = (1, 2, 3)
    return ops.mean(ops.sum(values * weights, places) / (ops.sum(weights, places) * values.shape[-1] + _TINY))


def l1(image: Any, target: Any, weights: Any) -> Any:
    """Mean absolute difference, by weights [B, H, W, 1]; a scalar."""
    return weighted_mean(ops.abs(image - target), weights)


def ssim_map(image: Any, target: Any, data_range: float = 2.0) -> Any:
    """Structural similarity at every place of an 11 x 11 window (Wang et al. 2004: sigma 1.5, K1 .01, K2 .03).

    Args:
      image, target: float32 [B, H, W, C], H and W at least 11.
      data_range: largest minus smallest value that a pixel can have; 2 for images in [-1, 1].

    Returns:
      float32 [B, H - 10, W - 10, C]; its mean over an image is what tf.image.ssim gives.
    """
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_x, mean_y = _window_mean(image), _window_mean(target)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    luminance = (2 * product + c1) / (squares + c1)
    covariance = _window_mean(image * target) - product
    variances = _window_mean(image**2 + target**2) - squares
    return luminance * (2 * covariance + c2) / (variances + c2)


def ssim_loss(image: Any, target: Any, weights: Any, data_range: float = 2.0) -> Any:
    """1 - SSIM, by the weights [B, H, W, 1] at the windows' middles; a scalar."""
    return weighted_mean(1 - ssim_map(image, target, data_range), weights[:, 5:-5, 5:-5])


def _window_mean(images: Any) -> Any:
    """Means by a Gaussian window, rows and then columns: [B, H, W, C] -> [B, H - 10, W - 10, C]."""
    places = np.arange(-5, 6, dtype=np.float32)
    window = np.exp(-(places**2) / (2 * 1.5**2))
    window = np.repeat((window / window.sum())[:, None], images.shape[-1], axis=1)
    rows = ops.depthwise_conv(images, window.reshape(11, 1, -1, 1), padding="valid")
    return ops.depthwise_conv(rows, window.reshape(1, 11, -1, 1), padding="valid")


def relative_l1(features: list[Any], target: list[Any]) -> Any:
    """Mean over images and feature maps of |features - target| / |target|, each averaged over places; a scalar.

    Dividing by the target's own size makes layers and weight files with features of any size count alike.
    """
    parts = []
    for one, other in zip(features, target, strict=True):
        one, other = ops.cast(one, "float32"), ops.stop_gradient(ops.cast(other, "float32"))
        difference, size = (ops.mean(ops.abs(what), axis=(1, 2, 3)) for what in (one - other, other))
        parts.append(ops.mean(difference / (size + _TINY)))
    return sum(parts) / len(parts)


def discriminator_loss(kind: str, real: Any, fake: Any) -> Any:
    """What a discriminator minimises, from logits: "bce" (Goodfellow et al. 2014) or "hinge" (Lim and Ye 2017)."""
    if kind == "hinge":
        return (ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))) / 2
    return (ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))) / 2


def adversarial_loss(kind: str, fake: Any) -> Any:
    """What the generator minimises, from the discriminator's logits: non-saturating for "bce", linear for "hinge"."""
    return -ops.mean(fake) if kind == "hinge" else ops.mean(ops.softplus(-fake))
