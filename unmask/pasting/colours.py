"""Paint takes the colours of its photo: one tone where the photo has one, and the shade of what is around it."""

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

ANOTHER_THING = 30.0
"""Grey levels. A larger difference is no other shade of the same skin, but hair, cloth, or a rest of the mask."""


ONE_TONE, COLOURED = 1.0, 2.5
"""Up to the first, what its luminance does not tell of a photo's Cr and Cb (standard deviation) is noise and JPEG, from
the second on it is colour. Of 215 faces in colour the dullest has 2.8."""


def toned(painted: NDArray[np.uint8], crop: NDArray[np.uint8], soft: Float) -> Float:
    """The paint in the one tone of its photo, where that is grey or sepia; as it is, where the photo has colours.

    Args:
      painted: uint8 [S, S, 3] RGB, what Face G paints.
      crop: uint8 [S, S, 3] RGB, the photo in the frame.
      soft: float32 [S, S]; the photo is seen where it is 0.

    Returns:
      float32 [S, S, 3].
    """
    paint, seen = painted.astype(np.float32), soft[::2, ::2] == 0
    if seen.mean() < 0.1:
        return paint
    sample = cv2.cvtColor(np.ascontiguousarray(crop[::2, ::2]), cv2.COLOR_RGB2YCrCb)[seen].astype(np.float32)
    luma, *chroma = sample.T
    degree = min(2, len(np.unique(luma)) - 1)
    fits = [np.polynomial.Polynomial.fit(luma, plane, degree, domain=(0, 255)) for plane in chroma]
    unexplained = max(float((plane - fit(luma)).std()) for plane, fit in zip(chroma, fits, strict=True))
    share = np.clip((COLOURED - unexplained) / (COLOURED - ONE_TONE), 0, 1)
    if share == 0:
        return paint
    planes = cv2.cvtColor(painted, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    for number, fit in enumerate(fits, start=1):
        planes[..., number] += share * (fit(planes[..., 0]) - planes[..., number])
    planes[..., 1:] += 0.5 - 128  # the middle of floating-point chroma
    return cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)


def matched(painted: Float, crop: NDArray[np.uint8], probability: Float, soft: Float) -> Float:
    """The paint with the difference of shade at the map's edge taken out, smoothly all over the map.

    The difference is measured in the soft edge outside of the mask, where both the photo and the paint show the same
    skin, and goes on inwards as a membrane that is held at its edge (Perez et al. 2003).

    Args:
      painted: float32 [S, S, 3] RGB.
      crop: uint8 [S, S, 3] RGB, the photo in the frame.
      probability: float32 [S, S] of the mask.
      soft: float32 [S, S], the map by which the paint is blended.

    Returns:
      float32 [S, S, 3], may leave [0, 255] a little.
    """
    difference = crop.astype(np.float32) - painted
    alike = np.exp(-((np.abs(difference).max(axis=2) / ANOTHER_THING) ** 2))
    weights = 4 * soft * (1 - soft) * np.clip(1 - probability / 0.2, 0, 1) * alike
    return painted + membrane(difference, weights.astype(np.float32))


def membrane(values: Float, weights: Float) -> Float:
    """Smooth values everywhere from values that are known in some places (pull-push, Gortler et al. 1996).

    Args:
      values: float32 [H, W, C].
      weights: float32 [H, W] in [0, 1]: how well each is known. Where nothing is known at all the result is 0.

    Returns:
      float32 [H, W, C].
    """
    if min(weights.shape) <= 2:
        total = weights.sum()
        return np.broadcast_to((values * weights[..., None]).sum(axis=(0, 1)) / max(total, 1e-6), values.shape)
    size = weights.shape[1::-1]
    sums, weight = cv2.pyrDown(values * weights[..., None]), cv2.pyrDown(weights)
    coarse = membrane(sums / np.maximum(weight, 1e-6)[..., None], np.minimum(4 * weight, 1))
    smooth = cv2.pyrUp(np.ascontiguousarray(coarse, np.float32), dstsize=size)
    share = weights[..., None]
    return share * values + (1 - share) * smooth
