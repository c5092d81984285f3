"""What is measured in validation, one value for each image, in keras.ops."""

from typing import Any

from keras import ops

from unmask.losses import ssim_map

_TINY = 1e-6


def overlap(truth: Any, found: Any) -> dict[str, Any]:
    """IoU and F1 of binary maps [B, H, W, 1] in {0, 1}: float32 [B] each; 1 where both maps are empty."""
    both = ops.sum(truth * found, axis=(1, 2, 3))
    total = ops.sum(truth, axis=(1, 2, 3)) + ops.sum(found, axis=(1, 2, 3))
    return {"iou": (both + _TINY) / (total - both + _TINY), "f1": (2 * both + _TINY) / (total + _TINY)}


def inside(image: Any, target: Any, binary_map: Any) -> dict[str, Any]:
    """L1, PSNR (dB) and SSIM within the map, for a data range of 1: float32 [B] each.

    Args:
      image, target: float32 [B, H, W, 3] in [-1, 1].
      binary_map: [B, H, W, 1] in {0, 1}. SSIM counts the windows whose middle lies in it.
    """
    image, target = (image + 1) / 2, (target + 1) / 2
    error = ops.mean(ops.square(image - target), axis=-1, keepdims=True)
    psnr = -10 * ops.log10(_mean_in(error, binary_map) + 1e-10)
    similarity = ops.mean(ssim_map(image, target, data_range=1.0), axis=-1, keepdims=True)
    return {
        "l1": _mean_in(ops.mean(ops.abs(image - target), axis=-1, keepdims=True), binary_map),
        "psnr": psnr,
        "ssim": _mean_in(similarity, binary_map[:, 5:-5, 5:-5]),
    }


def _mean_in(values: Any, binary_map: Any) -> Any:
    return ops.sum(values * binary_map, axis=(1, 2, 3)) / (ops.sum(binary_map, axis=(1, 2, 3)) + _TINY)
