"""unmask.pasting: a face restored in the frame goes back into its photo, and nobody sees where."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from faces import FaceCrop

from maskify import align
from maskify.landmarks import FaceFinder
from maskify.sample import load_astronaut
from unmask.compositing import blending_map
from unmask.pasting import colours, fitting, grain, patch
from unmask.pasting.fitting import fit
from unmask.pasting.maps import share_of, soft_map, tidied
from unmask.pasting.patch import Patch, box_of, paste

S = 64
RNG = np.random.default_rng(0)


def disc(x: float = 32, y: float = 40, radius: float = 14) -> np.ndarray:
    """Probability 1 in a disc of the frame: float32 [S, S]."""
    rows, columns = np.mgrid[0:S, 0:S]
    return ((columns - x) ** 2 + (rows - y) ** 2 < radius**2).astype(np.float32)


def placed(scale: float, degrees: float = 0.0, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """The similarity that takes a photo, in which the frame is magnified, turned and moved, to the frame."""
    turn = cv2.getRotationMatrix2D((0, 0), degrees, scale)
    turn[:, 2] = at
    return cv2.invertAffineTransform(turn)


def flat(value: float = 128.0, noise: float = 0.0, shape: tuple[int, int] = (256, 256)) -> np.ndarray:
    return np.clip(np.rint(value + noise * RNG.standard_normal((*shape, 3))), 0, 255).astype(np.uint8)


def smooth(image: np.ndarray) -> np.ndarray:
    """Without grain."""
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 3)


def fitted(photo: np.ndarray, to_frame: np.ndarray, painted: np.ndarray, found: np.ndarray | None = None) -> Patch:
    found = disc() if found is None else found
    return fit(photo, to_frame, align.crop(photo, to_frame, S), found, painted, 2)


def test_the_map_keeps_the_mask_and_drops_specks_and_what_is_only_likely() -> None:
    mask, speck = disc(), disc(8, 8, 1.2)
    likely = 0.6 * disc(54, 12, 6)
    np.testing.assert_array_equal(tidied(mask + speck + likely), mask)


def test_likely_places_count_where_they_touch_sure_ones() -> None:
    found = np.maximum(disc(), 0.5 * disc(44, 40, 12))
    np.testing.assert_array_equal(tidied(found), found)


def test_small_holes_of_the_map_are_filled_and_large_ones_stay() -> None:
    mask = disc(radius=20)
    pierced = mask * (1 - disc(28, 40, 1.2))
    np.testing.assert_array_equal(tidied(pierced), mask)
    ring = mask * (1 - disc(radius=8))  # what an ear loop goes round is skin
    np.testing.assert_array_equal(tidied(ring), ring)


def test_nothing_found_is_an_empty_map() -> None:
    assert tidied(np.zeros((S, S), np.float32)).max() == 0 and share_of(disc()) == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("feather", [1, 2, 4])
def test_the_soft_map_is_that_of_the_training(feather: int) -> None:
    found = cv2.GaussianBlur(disc(y=32), (0, 0), 1.5)
    expected = np.asarray(blending_map(found[None, ..., None], feather))[0, ..., 0]
    np.testing.assert_allclose(soft_map(found, feather), expected, atol=1e-5)


def test_a_membrane_is_zero_where_nothing_is_known_and_never_leaves_the_range_of_what_is() -> None:
    values = RNG.uniform(-20, 30, (S, S, 3)).astype(np.float32)
    assert not colours.membrane(values, np.zeros((S, S), np.float32)).any()
    smooth = colours.membrane(values, disc())
    known = values[disc() > 0]
    assert smooth.min() >= known.min() - 1e-3 and smooth.max() <= known.max() + 1e-3
    np.testing.assert_allclose(colours.membrane(np.full_like(values, 7), disc()), 7, atol=1e-3)


def test_paint_of_another_shade_takes_the_shade_around_it() -> None:
    photo = flat(150, shape=(S, S))
    painted = np.full((S, S, 3), (140, 158, 150), np.uint8)
    matched = colours.matched(painted.astype(np.float32), photo, disc(), soft_map(disc(), 2))
    np.testing.assert_allclose(matched[disc() > 0], 150, atol=0.5)


def test_hair_and_a_rest_of_the_mask_at_the_edge_do_not_bleed_into_the_paint() -> None:
    photo = flat(150, shape=(S, S))
    photo[:, 40:] = 20  # hair beside the map
    painted = np.full((S, S, 3), 145, np.uint8)
    matched = colours.matched(painted.astype(np.float32), photo, disc(), soft_map(disc(), 2))
    assert np.abs(matched[disc() > 0] - 150).max() < 2


@pytest.mark.parametrize("tint", [(0, 0, 0), (24, 4, -20)])
def test_paint_takes_the_one_tone_of_a_grey_or_sepia_photo(tint: tuple[int, int, int]) -> None:
    grey = cv2.GaussianBlur(RNG.integers(40, 216, (S, S), dtype=np.uint8), (0, 0), 3)[..., None]
    photo = np.clip(grey.astype(int) + tint, 0, 255).astype(np.uint8)
    painted = np.clip(np.array([190, 130, 100]) + 3 * RNG.standard_normal((S, S, 3)), 0, 255).astype(np.uint8)
    found = colours.toned(painted, photo, soft_map(disc(), 2))
    luma = painted @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(
        found - found.mean(axis=2, keepdims=True), np.broadcast_to(tint - np.mean(tint), found.shape), atol=2
    )
    np.testing.assert_allclose(found @ np.array([0.299, 0.587, 0.114]), luma, atol=2)


def test_paint_keeps_its_colours_in_a_colour_photo(face: FaceCrop) -> None:
    painted = np.ascontiguousarray(face.clean[:, ::-1])
    np.testing.assert_array_equal(colours.toned(painted, face.clean, np.zeros((256, 256), np.float32)), painted)


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_the_power_of_white_noise_is_its_variance_at_every_frequency(sigma: float) -> None:
    windows = (128 + sigma * RNG.standard_normal((40, 32, 32, 3))).astype(np.float32)
    found = grain.power(windows).mean(axis=0)[2:]
    np.testing.assert_allclose(found, sigma**2, rtol=0.3)
    assert found.mean() == pytest.approx(sigma**2, rel=0.1)


def test_outlines_are_no_grain() -> None:
    stripes = np.where(np.arange(32) % 16 < 8, 90.0, 160.0)
    windows = np.broadcast_to(stripes[:, None, None], (4, 32, 32, 3)).astype(np.float32)
    assert np.sqrt(grain.power(windows)[:, 8:].mean()) < 0.1 * windows.std()


def test_a_tile_has_the_power_it_was_asked_for_and_no_seam() -> None:
    lacking = np.linspace(60, 5, len(grain.RINGS))[:, None] * [1.0, 0.3, 0.1]
    tile = grain.tile(lacking, seed=1)
    across = np.roll(tile, grain.TILE // 2, axis=(0, 1))  # the seam in the middle
    corners = [across[y : y + 32, x : x + 32] for y in range(0, 224, 16) for x in range(0, 224, 16)]
    found = grain.power(np.stack(corners)).mean(axis=0)
    np.testing.assert_allclose(found[2:-1], lacking[2:-1], rtol=0.35)
    seam = np.abs(np.diff(across[:, 127:129], axis=1)).mean()
    assert seam == pytest.approx(np.abs(np.diff(across, axis=1)).mean(), rel=0.2)


@pytest.mark.parametrize(("scale", "degrees"), [(0.5, 0), (1, 0), (1, 30), (3.3, -20), (3.9, 180)])
def test_outside_of_its_map_a_pasted_photo_is_the_photo_bit_for_bit(scale: float, degrees: float) -> None:
    photo = flat(noise=20)
    to_frame = placed(scale, degrees, (128 - 32 * scale, 128 - 32 * scale) if not degrees else (128.0, 128.0))
    found = fitted(photo, to_frame, np.full((S, S, 3), 250, np.uint8))
    alpha = np.zeros(photo.shape[:2], np.float32)
    for strip in found.strips():
        alpha[strip.rows, strip.columns] = strip.alpha
    after = photo.copy()
    paste(after, found)
    np.testing.assert_array_equal(after[alpha == 0], photo[alpha == 0])
    assert (after[alpha > 0.5] != photo[alpha > 0.5]).any(axis=1).mean() > 0.9
    whole = replace(found, box=(0, 0, 256, 256))  # the box leaves nothing of the map out
    elsewhere = photo.copy()
    paste(elsewhere, whole)
    np.testing.assert_array_equal(elsewhere, after)


def test_strips_show_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, results = flat(noise=6), []
    for height in (256, 7):
        monkeypatch.setattr(patch, "STRIP", height)
        results.append(photo.copy())
        paste(results[-1], fitted(photo, placed(3), np.full((S, S, 3), 140, np.uint8)))
    # OpenCV takes places to 1/32 of a pixel of the frame, from the corner of a strip on.
    assert np.abs(results[0].astype(int) - results[1]).max() <= 2


def test_an_empty_map_changes_nothing() -> None:
    photo = flat(noise=5)
    found = fitted(photo, placed(3), flat(200, shape=(S, S)), np.zeros((S, S), np.float32))
    assert found.box == (0, 0, 0, 0) == box_of(np.zeros((S, S), np.float32), placed(3), photo.shape)
    assert list(found.strips()) == []


def test_smooth_paint_gets_the_grain_of_the_photo_all_the_way_across_its_edge() -> None:
    photo = flat(noise=6)
    after = photo.copy()
    found = fitted(photo, placed(4), np.full((S, S, 3), 128, np.uint8))
    paste(after, found)
    alpha = np.concatenate([strip.alpha for strip in found.strips()])
    left, top, right, bottom = found.box
    inside = after[top:bottom, left:right].astype(float)
    for least, most in ((0.02, 0.3), (0.3, 0.7), (0.7, 0.98), (0.98, 1.0)):
        assert inside[(alpha >= least) & (alpha <= most)].std() == pytest.approx(6, rel=0.15)
    bare = photo.copy()
    paste(bare, replace(found, grain=None))
    assert bare[top:bottom, left:right][alpha > 0.98].std() < 1


def test_paint_that_has_the_photos_grain_gets_no_more_of_it() -> None:
    photo = cv2.resize(flat(noise=12, shape=(S, S)), (256, 256), interpolation=cv2.INTER_CUBIC)
    grainy, bare = (fitted(photo, placed(4), flat(noise=noise, shape=(S, S))).grain for noise in (12, 0))
    assert grainy is not None and bare is not None and grainy.tile.std() < 0.7 * bare.tile.std() > 2


def test_in_a_photo_too_small_to_tell_no_grain_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "to_photo", lambda *_: pytest.fail("windows are made"))
    assert fitted(flat(noise=6, shape=(S, S)), placed(1), flat(noise=6, shape=(S, S))).grain is None


def test_each_colour_gets_the_grain_that_it_has_in_the_photo() -> None:
    photo = flat(150, noise=8)
    photo[:, 144:] = 60  # a smooth backdrop behind one half of the face
    painted = np.full((S, S, 3), 150, np.uint8)
    painted[:, 36:] = 60
    after = photo.copy()
    found = fitted(photo, placed(4), painted)
    paste(after, found)
    (strip, *_) = [strip for strip in found.strips() if strip.rows.start > 100] or list(found.strips())
    sure = strip.alpha > 0.99
    rough, even = sure.copy(), sure.copy()
    rough[:, 134 - strip.columns.start :] = False
    even[:, : 160 - strip.columns.start] = False
    assert strip.grain[rough].std() > 5 and strip.grain[even].std() < 1.5


@pytest.mark.parametrize("at", [(0.0, 0.0), (64.0, 64.0)])
def test_a_map_ends_softly_at_the_frames_side_within_the_photo_and_not_at_the_photos_own(
    at: tuple[float, float],
) -> None:
    photo = flat(shape=(128, 128))
    found = fitted(photo, placed(1, at=at), np.full((S, S, 3), 250, np.uint8), np.ones((S, S), np.float32))
    alpha = np.zeros((128, 128), np.float32)
    for strip in found.strips():
        alpha[strip.rows, strip.columns] = strip.alpha
    frame = alpha[int(at[1]) : int(at[1]) + S, int(at[0]) : int(at[0]) + S]
    inner, outer = (frame[-1], frame[0]) if at == (0.0, 0.0) else (frame[0], frame[-1])
    assert inner.max() < 0.05 and outer[8:-8].min() == 1 and np.abs(np.diff(frame, axis=0)).max() < 0.4
    assert alpha.sum() == frame.sum()


@pytest.mark.parametrize(("size", "most"), [(256, 1.5), (128, 1.5), (64, 4.0)])
def test_a_true_face_pasted_over_a_mask_is_the_photo_again(finder: FaceFinder, size: int, most: float) -> None:
    clean = load_astronaut()
    to_frame = align.frame_transform(finder.find(clean)[0].landmarks, size)
    found = np.zeros((size, size), np.float32)
    found[size // 2 : size * 7 // 8, size // 4 : size * 3 // 4] = 1
    over = cv2.warpAffine(found, to_frame, clean.shape[1::-1], flags=cv2.WARP_INVERSE_MAP) > 0
    masked = np.where(over[..., None], np.array([60, 120, 200], np.uint8), clean)
    after = masked.copy()
    paste(after, fit(masked, to_frame, align.crop(masked, to_frame, size), found, align.crop(clean, to_frame, size), 4))
    error, masks = (np.abs(smooth(image) - smooth(clean))[over].mean() for image in (after, masked))
    assert error < most < 0.1 * masks


def test_pasting_twice_gives_the_same_bytes() -> None:
    photo, painted = flat(noise=7), flat(130, 4, (S, S))
    results = [photo.copy(), photo.copy()]
    for result in results:
        paste(result, fitted(photo, placed(3.5, 12, (20.0, 10.0)), painted))
    np.testing.assert_array_equal(*results)
    assert fitting.PLACES.shape == (169, 2)
