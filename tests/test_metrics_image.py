"""unmask.metrics.image: against scikit-image, on random pictures and on those that are hard on float32."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from unmask.metrics.image import ImageScores, scores, ssim_map

Image = NDArray[np.uint8]
SETTINGS = {
    "channel_axis": 2, "data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False,
}  # fmt: skip


def noisy(picture: Image, spread: float, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).normal(0, spread, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def flat(dark: int, bright: int) -> Image:
    """Half dark, half bright: the smallest variances beside the largest means."""
    picture = np.full((64, 80, 3), dark, np.uint8)
    picture[:, 37:] = bright
    return picture


def pairs() -> dict[str, tuple[Image, Image]]:
    rng = np.random.default_rng(7)
    random = rng.integers(0, 256, (2, 40, 52, 3), np.uint8)
    smooth = np.stack([np.add.outer(np.arange(96), np.arange(64)) * k % 256 for k in (1, 2, 3)], axis=2).astype(
        np.uint8
    )
    return {
        "random": (random[0], random[1]),
        "photo": (noisy(smooth, 8), smooth),
        "black and white": (noisy(flat(0, 255), 6), flat(0, 255)),
        "nearly black": (noisy(flat(3, 9), 1), flat(3, 9)),
        "nearly white": (noisy(flat(250, 255), 1), flat(250, 255)),
        "inverse": (255 - smooth, smooth),
    }


@pytest.mark.parametrize("name", pairs())
def test_scores_are_those_of_scikit_image(name: str) -> None:
    image, clean = pairs()[name]
    inside = np.random.default_rng(1).random(clean.shape[:2]) < 0.3
    found = scores(image, clean, inside)
    ssim, ssim_everywhere = structural_similarity(clean, image, full=True, **SETTINGS)
    difference = np.abs(image.astype(float) - clean) / 255
    expected = ImageScores(
        l1=difference.mean(),
        psnr=peak_signal_noise_ratio(clean, image),
        ssim=ssim,
        l1_in_map=difference[inside].mean(),
        psnr_in_map=peak_signal_noise_ratio(clean[inside], image[inside]),
        ssim_in_map=ssim_everywhere[inside].mean(),
    )
    assert vars(found) == pytest.approx(vars(expected), abs=1e-5)
    np.testing.assert_allclose(ssim_map(image, clean), ssim_everywhere, atol=1e-4)


def test_the_same_picture_is_perfect_and_has_no_psnr() -> None:
    image, _ = pairs()["photo"]
    found = scores(image, image, np.ones(image.shape[:2], bool))
    assert found == ImageScores(0, None, pytest.approx(1, abs=1e-12), 0, None, pytest.approx(1, abs=1e-12))


def test_outside_the_map_nothing_counts_inside() -> None:
    clean = flat(40, 200)
    image, inside = clean.copy(), np.zeros(clean.shape[:2], bool)
    inside[:, :20] = True
    image[:, 60:] = 0
    found = scores(image, clean, inside)
    assert (found.l1_in_map, found.psnr_in_map, found.ssim_in_map) == (0, None, pytest.approx(1))
    assert found.l1 > 0 and found.psnr is not None and found.ssim < 1


def test_without_a_map_there_is_nothing_inside() -> None:
    image, clean = pairs()["photo"]
    found = scores(image, clean, np.zeros(clean.shape[:2], bool))
    assert (found.l1_in_map, found.psnr_in_map, found.ssim_in_map) == (None, None, None)
    assert found.psnr == pytest.approx(peak_signal_noise_ratio(clean, image))


def test_known_differences_have_known_scores() -> None:
    clean = np.full((32, 32, 3), 100, np.uint8)
    found = scores(clean + np.uint8(51), clean, np.eye(32, dtype=bool))
    luminance = (2 * 100 * 151 + 2.55**2) / (100**2 + 151**2 + 2.55**2)
    assert found.l1 == found.l1_in_map == pytest.approx(0.2)
    assert found.psnr == found.psnr_in_map == pytest.approx(20 * np.log10(5))
    assert found.ssim == pytest.approx(luminance, abs=1e-5)
