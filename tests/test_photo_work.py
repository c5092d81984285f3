"""maskify.photo_work: how photos are taken in hand; test_pipeline and test_deaths tell what becomes of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fakes import FakeFound

from maskify.errors import Skipped
from maskify.photo_work import AHEAD, ahead
from maskify.photos import Photo


def photos_of(side: int) -> Iterator[Any]:
    """Photos without end; every third shows no face."""
    number = 0
    while True:
        found = FakeFound(Photo(key=str(number), path=""), np.zeros((side, side, 3), np.uint8))
        yield Skipped("no_face", str(number)) if number % 3 == 2 else found
        number += 1


def taken_for_the_first(side: int) -> int:
    photos = photos_of(side)
    next(ahead(photos))
    following = next(photos)
    return int(following.detail if isinstance(following, Skipped) else following.photo.key)


def test_photos_come_in_their_order_and_none_is_lost() -> None:
    for count in (0, 1, AHEAD, 3 * AHEAD + 5):
        photos = [photo for photo, _ in zip(photos_of(4), range(count), strict=False)]
        assert list(ahead(iter(photos))) == photos


@pytest.mark.parametrize(("side", "count"), [(178, AHEAD), (1100, 5), (3000, 1)])
def test_few_photos_are_looked_at_ahead_and_fewer_if_they_are_large(side: int, count: int) -> None:
    assert taken_for_the_first(side) == count
