"""The photo's grain: what its skin has and smooth paint has not, measured around the map and made anew within.

Noise of the camera, traces of JPEG, and pores all look alike: as noise whose power depends on its frequency alone, not
on its direction. What has a direction (wrinkles, hair) is left out by taking medians over directions.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Array = NDArray[np.float64]

TILE = 256
"""Side of a tile of grain in pixels of the photo. It repeats without seams, and nobody sees that it does."""

RINGS = np.linspace(0, 0.5, 17)
"""Frequencies in cycles a pixel at which power is known."""

OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
"""Luminance and two colour differences of RGB, orthonormal: noise is independent in them."""

ALIKE = 12
"""So many places of the photo, those of the most similar colours, say how grainy a colour is."""

SMOOTHEST = 0.12
"""Of them this quantile counts: hair, wrinkles and outlines add to the others."""


def power(windows: Float) -> Array:
    """Power of grain by frequency: float64 [N, R, 3], at `RINGS` and by `OPPONENT`, in squared grey levels.

    Args:
      windows: float32 [N, side, side, 3] RGB.
    """
    size = windows.shape[1]
    hann = np.outer(*[np.hanning(size + 2)[1:-1].astype(np.float32)] * 2)[..., None]
    values = windows @ OPPONENT.T.astype(np.float32)
    values = (values - values.mean(axis=(1, 2), keepdims=True)) * (hann / np.sqrt((hann**2).sum()))
    periodograms = np.abs(np.fft.rfft2(values, axes=(1, 2))) ** 2
    ring = np.rint(_radius(size) * 2 * (len(RINGS) - 1)).astype(int)
    known = [number for number in range(len(RINGS)) if (ring == number).any()]
    medians = np.stack([np.median(periodograms[:, ring == number], axis=1) for number in known], axis=1)
    near = np.searchsorted(known, np.arange(len(RINGS))).clip(0, len(known) - 1)
    return medians[:, near].astype(np.float64) / np.log(2)  # noise has periodograms whose median is ln 2 of the mean


def of_colours(colours: Array, windows: Float, powers: Array) -> Array:
    """How strong the photo's grain is where it has these colours: float64 [M], standard deviation in grey levels.

    Args:
      colours: float64 [M, 3] RGB.
      windows, powers: places of the photo, [N, side, side, 3], at least `ALIKE`, and their power.
    """
    return np.sqrt(np.quantile(_roughness(powers)[_alike(colours, windows)], SMOOTHEST, axis=1))


def typical(colour: Array, windows: Float, powers: Array) -> Array:
    """Power of the grain where the photo has about this colour, [3]: float64 [R, 3]. Arguments as of `of_colours`."""
    alike = powers[_alike(colour[None], windows)[0]]
    smoothest = np.argsort(_roughness(alike))[: round(2 * SMOOTHEST * ALIKE)]
    return alike[smoothest].mean(axis=0)


def _roughness(powers: Array) -> Array:
    """Mean power of the higher frequencies, which outlines have little of: float64 [N]."""
    return powers[:, len(RINGS) // 2 :].mean(axis=(1, 2))


def _alike(colours: Array, windows: Float) -> NDArray[np.intp]:
    """The windows whose mean colours are nearest to each of the colours: [M, ALIKE]."""
    distances = np.linalg.norm(colours[:, None] - windows.mean(axis=(1, 2)), axis=2)
    return np.argpartition(distances, ALIKE - 1, axis=1)[:, :ALIKE]


def tile(lacking: Array, seed: int = 0) -> Float:
    """Grain with a given power.

    Args:
      lacking: float64 [R, 3], as `power` measures it, not negative.
      seed: decides what the noise looks like.

    Returns:
      float32 [TILE, TILE, 3] RGB, repeats without seams.
    """
    radius = _radius(TILE)
    amplitude = np.stack([np.sqrt(np.interp(radius, RINGS, values)) for values in lacking.T], axis=2)
    noise = np.fft.irfft2(_spectrum(seed) * amplitude.astype(np.float32), (TILE, TILE), axes=(0, 1))
    return (noise @ OPPONENT).astype(np.float32)


@lru_cache(maxsize=4)
def _spectrum(seed: int) -> NDArray[np.complex64]:
    """Of white noise: [TILE, TILE / 2 + 1, 3]."""
    noise = np.random.default_rng(seed).standard_normal((TILE, TILE, 3), np.float32)
    return np.fft.rfft2(noise, axes=(0, 1)).astype(np.complex64)


def _radius(size: int) -> Array:
    """Frequency in cycles a pixel of each place of a real two-dimensional Fourier transform."""
    return np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size))
