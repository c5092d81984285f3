"""How close a picture is to the clean one: L1, PSNR and SSIM, over the whole image and inside the map."""

from dataclasses import dataclass
from math import log10

import cv2
import numpy as np
from numpy.typing import NDArray

RANGE = 255.0
SIGMA, WINDOW, K1, K2 = 1.5, 11, 0.01, 0.03
"""Of SSIM (Wang et al. 2004): the Gaussian window and the two constants."""


@dataclass(frozen=True)
class ImageScores:
    """What one picture scores. `in_map` is where the true map is; those are None where the map is empty.

    Attributes:
      l1, l1_in_map: mean absolute difference as a share of the range, in [0, 1].
      psnr, psnr_in_map: peak signal-to-noise ratio in dB; None where it is infinite, as the pixels are the same.
      ssim, ssim_in_map: mean structural similarity, at most 1.
    """

    l1: float
    psnr: float | None
    ssim: float
    l1_in_map: float | None
    psnr_in_map: float | None
    ssim_in_map: float | None


def scores(image: NDArray[np.uint8], clean: NDArray[np.uint8], inside: NDArray[np.bool_]) -> ImageScores:
    """Scores of a picture against the clean one.

    Args:
      image, clean: uint8 [H, W, 3] RGB, H and W at least 11.
      inside: bool [H, W], the true map.
    """
    difference = image.astype(np.float64) - clean
    similarity = ssim_map(image, clean)
    margin = WINDOW // 2
    whole = np.ones_like(inside)
    some = inside.any()
    return ImageScores(
        l1=_l1(difference, whole),
        psnr=_psnr(difference, whole),
        ssim=float(similarity[margin:-margin, margin:-margin].mean()),
        l1_in_map=_l1(difference, inside) if some else None,
        psnr_in_map=_psnr(difference, inside) if some else None,
        ssim_in_map=float(similarity[inside].mean()) if some else None,
    )


def ssim_map(image: NDArray[np.uint8], clean: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Structural similarity at every pixel and channel (Wang et al. 2004), with mirrored borders: float64 [H, W, 3]."""
    x, y = image.astype(np.float64), clean.astype(np.float64)
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    covariance = _window_mean(x * y) - product
    variances = _window_mean(x**2 + y**2) - squares
    return (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))


def _window_mean(image: NDArray[np.float64]) -> NDArray[np.float64]:
    return cv2.GaussianBlur(image, (WINDOW, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT)


def _l1(difference: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    return float(np.abs(difference[inside]).mean() / RANGE)


def _psnr(difference: NDArray[np.float64], inside: NDArray[np.bool_]) -> float | None:
    mse = float(np.square(difference[inside]).mean())
    return 10 * log10(RANGE**2 / mse) if mse else None
