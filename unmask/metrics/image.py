"""How close a picture is to the clean one: L1, PSNR and SSIM, over the whole image and inside the map."""

from dataclasses import dataclass
from math import log10

import cv2
import numpy as np
from numpy.typing import NDArray

RANGE = 255.0
SIGMA, WINDOW, K1, K2 = 1.5, 11, 0.01, 0.03
"""Of SSIM (Wang et al. 2004): the Gaussian window and the two constants."""

_MIDDLE = np.float32(128)


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
    region = inside.astype(np.uint8)
    similarity = ssim_map(image, clean)
    margin = WINDOW // 2
    inner = np.s_[margin:-margin, margin:-margin]  # where the window lies in the image, as in scikit-image
    some = bool(region.any())
    return ImageScores(
        l1=_l1(image, clean),
        psnr=_psnr(image, clean),
        ssim=_mean(similarity[inner]),
        l1_in_map=_l1(image, clean, region) if some else None,
        psnr_in_map=_psnr(image, clean, region) if some else None,
        ssim_in_map=_mean(similarity, region) if some else None,
    )


def ssim_map(image: NDArray[np.uint8], clean: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Structural similarity at every pixel and channel (Wang et al. 2004), with mirrored borders: float32 [H, W, 3].

    It is scikit-image's, several times as fast: in float32, which has digits enough after two rearrangements. As
    2 x y = x^2 + y^2 - (x - y)^2, both factors of SSIM are 1 less the square of a difference, that of the means and the
    variance of the images' difference, over the sum. And variances are taken of grey levels less 128, which changes
    none of them.
    """
    x, y = image.astype(np.float32) - _MIDDLE, clean.astype(np.float32) - _MIDDLE
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variances = _window_mean(x * x + y * y) - (mean_x * mean_x + mean_y * mean_y)
    apart = np.square(mean_x - mean_y)
    variance_apart = _window_mean(np.square(x - y)) - apart
    squares = np.square(mean_x + _MIDDLE) + np.square(mean_y + _MIDDLE)
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    return (1 - apart / (squares + c1)) * (1 - variance_apart / (variances + c2))


def _window_mean(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return cv2.GaussianBlur(image, (WINDOW, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT)


def _l1(image: NDArray[np.uint8], clean: NDArray[np.uint8], region: NDArray[np.uint8] | None = None) -> float:
    return _per_value(cv2.norm(image, clean, cv2.NORM_L1, region), image, region) / RANGE


def _psnr(image: NDArray[np.uint8], clean: NDArray[np.uint8], region: NDArray[np.uint8] | None = None) -> float | None:
    error = _per_value(cv2.norm(image, clean, cv2.NORM_L2SQR, region), image, region)
    return 10 * log10(RANGE**2 / error) if error else None


def _per_value(total: float, image: NDArray[np.uint8], region: NDArray[np.uint8] | None) -> float:
    """The total divided by the number of pixels, all or those of the region, times channels."""
    pixels = image[..., 0].size if region is None else cv2.countNonZero(region)
    return total / (pixels * image.shape[2])


def _mean(values: NDArray[np.float32], region: NDArray[np.uint8] | None = None) -> float:
    """Over pixels, all or those of the region, and channels."""
    return sum(cv2.mean(values, region)[: values.shape[2]]) / values.shape[2]
