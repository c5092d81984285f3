"""unmask.pasting: a face restored in the frame goes back into its photo, and nobody sees where."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from frames import S, fitted, flat, placed, smooth

from maskify import align
from maskify.landmarks import FaceFinder
from maskify.sample import load_astronaut
from unmask.pasting import fitting, patch
from unmask.pasting.fitting import fit
from unmask.pasting.patch import box_of, paste


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
    np.testing.assert_allclose(elsewhere.astype(int), after, atol=1)  # places are rounded from another corner on


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
