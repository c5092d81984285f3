"""unmask.framing: a face is looked at in a wider frame where its mask would be cut off, and only there."""

import cv2
import numpy as np
import pytest

from maskify import align
from unmask.framing import EYES, SCALES, cut_off, framed

SIZE = 64


class Green:
    """Finds what is green, and paints it blue."""

    size, feather = SIZE, 1

    def __init__(self) -> None:
        self.looked = 0

    def paint(self, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.looked += 1
        return (crop[..., 1] > 128).astype(np.float32), np.full_like(crop, (0, 0, 255))


def face_with_mask(low: int, side: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """A photo with a green mask from the nose of a face down to this row of CelebA's photo; and the face's place."""
    place = np.array([[1, 0, -100], [0, 1, -80]], np.float64)  # CelebA's photo begins at 100, 80
    photo = np.zeros((side, side, 3), np.uint8)
    photo[80 + 130 : 80 + low, 100 + 60 : 100 + 118] = (0, 255, 0)
    return photo, place


@pytest.mark.parametrize(("low", "scale"), [(190, 1.0), (205, 0.85), (225, 0.72)])
def test_the_frame_is_as_wide_as_the_mask_needs(low: int, scale: float) -> None:
    photo, place = face_with_mask(low)
    painter = Green()
    seen = framed(photo, place, painter)
    assert seen.scale == scale and painter.looked == SCALES.index(scale) + 1
    rows = np.flatnonzero(seen.probability.any(axis=1))
    assert rows[-1] < SIZE - 1  # all of the mask is in the frame
    back = cv2.warpAffine(seen.probability, seen.to_frame, (400, 400), flags=cv2.WARP_INVERSE_MAP)
    np.testing.assert_allclose(np.flatnonzero((back > 0.5).any(axis=1))[[0, -1]], [210, 80 + low - 1], atol=3)


def test_the_eyes_stay_where_they_are() -> None:
    photo, place = face_with_mask(225)
    eyes = align.apply(cv2.invertAffineTransform(place), EYES[None])
    there = align.apply(align.aligned_transform(SIZE, place), eyes)
    np.testing.assert_allclose(align.apply(framed(photo, place, Green()).to_frame, eyes), there, atol=1e-9)


def test_where_every_frame_cuts_the_mask_the_one_that_cuts_least_is_taken() -> None:
    photo, place = face_with_mask(320)
    seen = framed(photo, place, Green())
    shares = []
    for scale in SCALES:
        to_celeba = np.column_stack([place[:, :2] * scale, place[:, 2] * scale + EYES * (1 - scale)])
        to_frame = align.aligned_transform(SIZE, to_celeba)
        shares.append(cut_off(Green().paint(align.crop(photo, to_frame, SIZE))[0], to_frame, photo.shape))
    assert min(shares) > 0.1 and seen.scale == SCALES[int(np.argmin(shares))] == 0.72


def test_no_wider_frame_where_the_photo_ends_or_the_frame_is_fixed() -> None:
    photo, place = face_with_mask(320)
    assert framed(photo, place, Green(), fixed=True).scale == 1
    ends_with_frame = photo[: 80 + 199]  # CelebA's frame reaches from row 20 to 198
    assert framed(ends_with_frame, place, Green()).scale == 1


def test_the_mask_of_a_neighbour_widens_no_frame() -> None:
    photo, place = face_with_mask(190)
    photo[80 + 130 : 80 + 190, :110] = (0, 255, 0)  # beyond the left edge of the frame
    across = np.arange(SIZE) > 8
    assert framed(photo, place, Green()).scale < 1
    seen = framed(photo, place, Green(), lambda _: np.tile(across, (SIZE, 1)).astype(np.float32))
    assert seen.scale == 1 and not seen.probability[:, :8].any() and seen.probability.any()


@pytest.mark.parametrize("edge", [np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]])
def test_every_edge_counts_and_loops_do_not(edge: tuple[slice | int, ...] | int) -> None:
    to_frame = np.array([[1, 0, -50], [0, 1, -50]], np.float64)
    probability = np.zeros((SIZE, SIZE), np.float32)
    probability[edge] = 1
    assert cut_off(probability, to_frame, (200, 200)) == 1
    probability[...] = 0
    probability[edge][:2] = 1  # a strap
    assert cut_off(probability, to_frame, (200, 200)) == 2 / SIZE <= 1 / 32
    assert cut_off(np.ones_like(probability), to_frame + [[0, 0, 50], [0, 0, 50]], (SIZE, SIZE)) == 0
