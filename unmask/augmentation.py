"""Augmentation: what is drawn at random for a batch, and how its images follow from that."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from keras import ops

Batch = dict[str, Any]


@dataclass(frozen=True)
class Augmentation:
    """How far training photos are changed. Each value is the largest deviation; probabilities where it says so.

    Geometry changes masked photo, clean photo and map alike, light both photos. Blur and JPEG change the masked photo
    alone, so they are for Mask G only: what Face G paints must be as sharp as the photo around it.

    Attributes:
      flip: probability.
      zoom: of the scale, as a share: 0.1 is 0.9 to 1.1.
      shift: of the position, as a share of the side.
      turn: degrees.
      brightness: of the gain of all channels.
      contrast: of the contrast about the photo's mean.
      colour: of each channel's own gain.
      gamma: of the logarithm of the exponent: 0.25 is 0.78 to 1.28. Beyond 1 skin and shadows darken, lights stay.
      slope: of the light's slopes to the right and down, as a share of the light in the photo's middle: 0.3 is up to
        0.7 and 1.3 in the middle of opposite edges, 0.4 and 1.6 in opposite corners.
      grey: probability that the photo is black and white.
      blur: probability of a blur of up to 1.4 pixels (standard deviation).
      jpeg: probability of another JPEG compression, quality 30 to 95.
      bare: probability that the photo is shown without its mask, with an empty map. For Mask G, which would otherwise
        find a mask on every face.
    """

    flip: float = 0.5
    zoom: float = 0.1
    shift: float = 0.05
    turn: float = 5.0
    brightness: float = 0.15
    contrast: float = 0.15
    colour: float = 0.05
    gamma: float = 0.0
    slope: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0
    bare: float = 0.0


FACE = Augmentation()
MASK = replace(
    FACE, zoom=0.25, shift=0.1, turn=12.0, brightness=0.25, contrast=0.25, colour=0.1, gamma=0.25, slope=0.3, grey=0.1,
    blur=0.2, jpeg=0.2, bare=0.05,
)  # fmt: skip
STILL = Augmentation(flip=0, zoom=0, shift=0, turn=0, brightness=0, contrast=0, colour=0)
"""Photos as they are."""

NO_JPEG = 100
BLUR = np.array([1, 8, 28, 56, 70, 56, 28, 8, 1], np.float32) / 256
"""By rows and by columns: the binomial kernel of eight steps, a standard deviation of 1.4 pixels."""


@dataclass(frozen=True)
class Draws:
    """What was drawn for a batch of B samples.

    Attributes:
      affine: float32 [B, 8], output to input pixels, as `keras.ops.image.affine_transform` takes it.
      gain: float32 [B, 1, 1, 3].
      contrast, gamma: float32 [B, 1, 1, 1].
      slope: float32 [B, 1, 1, 2], to the right and down, from the photo's middle to its edge.
      grey: float32 [B, 1, 1, 1] in {0, 1}.
      blur: float32 [B, 1, 1, 1] in [0, 1], the blurred photo's share.
      jpeg: int32 [B], quality; NO_JPEG leaves the photo as it is.
    """

    affine: np.ndarray
    gain: np.ndarray
    contrast: np.ndarray
    gamma: np.ndarray
    slope: np.ndarray
    grey: np.ndarray
    blur: np.ndarray
    jpeg: np.ndarray


def draw(rng: np.random.Generator, count: int, size: int, how: Augmentation) -> Draws:
    """Draws for `count` samples of `size` pixels."""

    def spread(most: float, *shape: int) -> np.ndarray:
        return rng.uniform(-most, most, (count, *shape)).astype(np.float32)

    def some(probability: float) -> np.ndarray:
        return rng.random(count) < probability

    affine = _affine(some(how.flip), 1 + spread(how.zoom), np.radians(spread(how.turn)), spread(how.shift, 2), size)
    gain = (1 + spread(how.brightness, 1, 1, 1)) * (1 + spread(how.colour, 1, 1, 3))
    blur = np.where(some(how.blur), rng.random(count), 0).astype(np.float32)
    jpeg = np.where(some(how.jpeg), rng.integers(30, 96, count), NO_JPEG).astype(np.int32)
    contrast, gamma = 1 + spread(how.contrast, 1, 1, 1), np.exp(spread(how.gamma, 1, 1, 1))
    slope, grey = spread(how.slope, 1, 1, 2), some(how.grey).astype(np.float32).reshape(-1, 1, 1, 1)
    return Draws(affine, gain, contrast, gamma, slope, grey, blur.reshape(-1, 1, 1, 1), jpeg)


def draw_bare(rng: np.random.Generator, count: int, how: Augmentation) -> np.ndarray:
    """Which of `count` samples are shown without their masks: bool [count]."""
    return rng.random(count) < how.bare


def _affine(flip: np.ndarray, zoom: np.ndarray, angle: np.ndarray, shift: np.ndarray, size: int) -> np.ndarray:
    """float32 [B, 8]: scale, turn, flip and shift about the middle of the image."""
    mirror = np.where(flip, -1.0, 1.0)
    a, b = np.cos(angle) / zoom * mirror, -np.sin(angle) / zoom
    d, e = np.sin(angle) / zoom * mirror, np.cos(angle) / zoom
    middle = (size - 1) / 2
    c = middle - a * middle - b * middle + shift[:, 0] * size
    f = middle - d * middle - e * middle + shift[:, 1] * size
    nothing = np.zeros_like(a)
    return np.stack([a, b, c, d, e, f, nothing, nothing], axis=1).astype(np.float32)


def apply(
    batch: Batch, affine: Any, gain: Any, contrast: Any, gamma: Any, slope: Any, grey: Any, blur: Any
) -> Batch:  # fmt: skip
    """Changes a batch as drawn; pure, in keras.ops.

    Args:
      batch: float32 images [B, S, S, 3] in [-1, 1] and maps [B, S, S, 1] in {0, 1}, by name; `clean` may be missing.
      affine, gain, contrast, gamma, slope, grey, blur: as in `Draws`.
    """
    out = relight(_moved(batch, affine), gain, contrast, gamma, slope, grey)
    out["masked"] = out["masked"] + blur * (_blurred(out["masked"]) - out["masked"])
    out["binary_map"] = ops.cast(out["binary_map"] >= 0.5, "float32")
    return out


def relight(batch: Batch, gain: Any, contrast: Any, gamma: Any, slope: Any, grey: Any) -> Batch:
    """Changes the light of a batch's photos as drawn; its map stays. Pure, in keras.ops."""
    out = dict(batch)
    mean = ops.mean((out["masked"] + 1) / 2, axis=(1, 2, 3), keepdims=True)
    gain = gain * _light(slope, out["masked"].shape[1])
    for name in ("masked", "clean"):
        if name in out:
            out[name] = _greyed(_relit(out[name], mean, gain, contrast, gamma), grey)
    return out


def _light(slope: Any, size: int) -> Any:
    """float32 [B, S, S, 1]: a plane of light, 1 in the photo's middle."""
    across = np.linspace(-1, 1, size, dtype=np.float32)
    return 1 + slope[..., :1] * across[:, None] + slope[..., 1:] * across[:, None, None]


def _greyed(image: Any, grey: Any) -> Any:
    """Rec. 601's luma where `grey` is 1."""
    return image + grey * (ops.sum(image * np.array([0.299, 0.587, 0.114], np.float32), axis=-1, keepdims=True) - image)


def _moved(batch: Batch, affine: Any) -> Batch:
    names = list(batch)
    widths = [batch[name].shape[-1] for name in names]
    stacked = ops.concatenate([batch[name] for name in names], axis=-1)
    moved = ops.image.affine_transform(stacked, affine, interpolation="bilinear", fill_mode="nearest")
    out, start = {}, 0
    for name, width in zip(names, widths, strict=True):
        out[name] = moved[..., start : start + width]
        start += width
    return out


def _relit(image: Any, mean: Any, gain: Any, contrast: Any, gamma: Any) -> Any:
    """Contrast about the masked photo's mean, then gain, then gamma, in [0, 1]; back in [-1, 1]."""
    light = ((image + 1) / 2 - mean) * contrast + mean
    return 2 * ops.clip(light * gain, 0.0, 1.0) ** gamma - 1


def _blurred(images: Any) -> Any:
    kernel = np.repeat(BLUR[:, None], 3, axis=1)
    padded = ops.pad(images, [[0, 0], [4, 4], [4, 4], [0, 0]], mode="reflect")
    down = ops.depthwise_conv(padded, kernel.reshape(9, 1, 3, 1), padding="valid")
    return ops.depthwise_conv(down, kernel.reshape(1, 9, 3, 1), padding="valid")
