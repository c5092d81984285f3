"""unmask.losses and unmask.training.measures: closed forms, and agreement with TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from unmask import losses
from unmask.training.measures import inside, overlap

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (3, 24, 20, 3)).astype(np.float32)
OTHERS = np.clip(IMAGES + RNG.normal(0, 0.3, IMAGES.shape), -1, 1).astype(np.float32)
MAP = (RNG.random((3, 24, 20, 1)) < 0.4).astype(np.float32)
EVERYWHERE = np.ones_like(MAP)


def value(tensor: tf.Tensor) -> float:
    return float(tensor)


def test_identical_images_cost_nothing() -> None:
    assert value(losses.l1(IMAGES, IMAGES, MAP)) == 0
    assert value(losses.ssim_loss(IMAGES, IMAGES, MAP)) == pytest.approx(0, abs=1e-6)
    assert value(losses.relative_l1([IMAGES], [IMAGES])) == 0


def test_l1_counts_what_the_map_covers_whatever_its_size() -> None:
    shifted = IMAGES + 0.25 * MAP + 8 * (1 - MAP)
    assert value(losses.l1(shifted, IMAGES, MAP)) == pytest.approx(0.25, rel=1e-5)
    assert value(losses.l1(IMAGES, OTHERS, EVERYWHERE)) == pytest.approx(np.abs(IMAGES - OTHERS).mean(), rel=1e-5)
    assert value(losses.l1(shifted, IMAGES, 0 * MAP)) == 0


@pytest.mark.parametrize("data_range", [1.0, 2.0, 255.0])
def test_ssim_is_that_of_tensorflow(data_range: float) -> None:
    one, other = IMAGES * data_range / 2, OTHERS * data_range / 2
    ours = np.mean(losses.ssim_map(one, other, data_range), axis=(1, 2, 3))
    theirs = tf.image.ssim(tf.constant(one), tf.constant(other), max_val=data_range).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert np.ptp(theirs) > 1e-3  # they are not all the same


def test_ssim_of_images_in_minus_one_to_one_has_a_range_of_two() -> None:
    ours = value(losses.ssim_loss(IMAGES, OTHERS, EVERYWHERE))
    theirs = 1 - tf.reduce_mean(tf.image.ssim(tf.constant(IMAGES), tf.constant(OTHERS), max_val=2.0)).numpy()
    assert ours == pytest.approx(theirs, abs=1e-4)


def test_cross_entropy_takes_logits_and_knows_its_closed_forms() -> None:
    truth, logits = MAP, RNG.normal(0, 3, MAP.shape).astype(np.float32)
    probability = 1 / (1 + np.exp(-logits.astype(np.float64)))
    expected = -np.mean(truth * np.log(probability) + (1 - truth) * np.log(1 - probability))
    assert value(losses.binary_cross_entropy(truth, logits)) == pytest.approx(expected, rel=1e-5)
    assert value(losses.binary_cross_entropy(truth, 0 * logits)) == pytest.approx(np.log(2), rel=1e-6)
    assert value(losses.binary_cross_entropy(EVERYWHERE, 0 * logits + 1)) == pytest.approx(np.log1p(np.exp(-1)))
    assert value(losses.binary_cross_entropy(EVERYWHERE, 0 * logits - 200)) == pytest.approx(200)  # no overflow


def test_dice_is_zero_for_the_truth_and_near_one_for_its_opposite() -> None:
    sure = 100 * (2 * MAP - 1)
    assert value(losses.dice(MAP, sure)) == pytest.approx(0, abs=1e-6)
    assert value(losses.dice(MAP, -sure)) == pytest.approx(1, abs=0.01)
    half = MAP.sum(axis=(1, 2, 3))
    expected = 1 - np.mean((half + 1) / (half + 240 + 1))  # probability one half everywhere: 480 pixels
    assert value(losses.dice(MAP, 0 * MAP)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "real", "fake", "expected"),
    [
        ("hinge", 2.0, -3.0, 0.0), ("hinge", 0.0, 0.0, 1.0), ("hinge", 0.5, 0.25, 0.875),
        ("bce", 0.0, 0.0, np.log(2)), ("bce", 1.0, -1.0, np.log1p(np.exp(-1))),
        ("bce", 1.0, 2.0, (np.log1p(np.exp(-1)) + np.log1p(np.exp(2))) / 2),
    ],
)  # fmt: skip
def test_discriminator_losses_have_known_values(kind: str, real: float, fake: float, expected: float) -> None:
    logits = np.ones((2, 4, 4, 1), np.float32)
    assert value(losses.discriminator_loss(kind, real * logits, fake * logits)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "fake", "expected"), [("hinge", 0.5, -0.5), ("bce", 0.0, np.log(2)), ("bce", 2.0, np.log1p(np.exp(-2)))]
)
def test_adversarial_losses_have_known_values(kind: str, fake: float, expected: float) -> None:
    logits = np.full((2, 4, 4, 1), fake, np.float32)
    assert value(losses.adversarial_loss(kind, logits)) == pytest.approx(expected, abs=1e-6)


def test_feature_differences_do_not_depend_on_the_features_size() -> None:
    small = value(losses.relative_l1([IMAGES, OTHERS], [OTHERS, IMAGES]))
    large = value(losses.relative_l1([1000 * IMAGES, OTHERS], [1000 * OTHERS, IMAGES]))
    assert small == pytest.approx(large, rel=1e-4) and small > 0
    assert value(losses.relative_l1([2 * IMAGES], [IMAGES])) == pytest.approx(1, rel=1e-4)


def test_measures_in_the_map_are_those_of_scikit_image_where_the_map_is_everywhere() -> None:
    values = {name: np.asarray(one) for name, one in inside(IMAGES, OTHERS, EVERYWHERE).items()}
    one, other = (IMAGES + 1) / 2, (OTHERS + 1) / 2
    for number in range(len(one)):
        assert values["l1"][number] == pytest.approx(np.abs(one[number] - other[number]).mean(), rel=1e-4)
        psnr = peak_signal_noise_ratio(other[number], one[number], data_range=1)
        assert values["psnr"][number] == pytest.approx(psnr, rel=1e-4)
        ssim = structural_similarity(
            one[number], other[number], data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False,
        )  # fmt: skip
        assert values["ssim"][number] == pytest.approx(ssim, abs=1e-4)


def test_measures_in_the_map_do_not_see_the_rest() -> None:
    inner = inside(IMAGES, OTHERS, MAP)
    changed = inside(np.where(MAP, IMAGES, 1).astype(np.float32), OTHERS, MAP)
    for name in ("l1", "psnr"):  # SSIM's windows reach over the edge
        np.testing.assert_allclose(inner[name], changed[name], rtol=1e-5)


def test_overlap_of_maps_has_known_values() -> None:
    truth = np.zeros((3, 4, 4, 1), np.float32)
    found = truth.copy()
    truth[0, :2], found[0, :1] = 1, 1  # half of it found: IoU 1/2, F1 2/3
    truth[1, :2], found[1, 2:] = 1, 1  # none of it
    values = overlap(truth, found)  # the last pair is empty on both sides
    np.testing.assert_allclose(values["iou"], [1 / 2, 0, 1], atol=1e-5)
    np.testing.assert_allclose(values["f1"], [2 / 3, 0, 1], atol=1e-5)
