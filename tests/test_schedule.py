"""unmask.training.schedule: spans cover a run without gaps, and rates follow the run."""

import numpy as np
import pytest

from unmask.training.schedule import WarmCosine, spans


@pytest.mark.parametrize("start", [0, 1, 3, 4, 6, 9])
@pytest.mark.parametrize("borders", [(), (1, 4), (3, 6), (0, 0, 2)])
def test_spans_cover_what_is_left_and_hold_whole_epochs_or_a_part_of_one(start: int, borders: tuple[int, ...]) -> None:
    pieces = list(spans(start, 10, 3, borders))
    covered = [step for piece in pieces for step in range(piece.start, piece.stop)]
    assert covered == list(range(start, 10))
    for piece in pieces:
        assert piece.epoch == piece.start // 3
        assert (piece.stop - piece.start) % piece.epochs == 0
        assert piece.epochs == 1 or (piece.start % 3 == 0 and (piece.stop - piece.start) == 3 * piece.epochs)
        assert piece.closes == (piece.stop % 3 == 0 or piece.stop == 10)
        assert not [border for border in borders if piece.start < border < piece.stop]


def test_the_rate_rises_falls_and_ends_near_zero_for_an_optimizer_that_joins_late_too() -> None:
    rates = np.array([float(WarmCosine(2.0, 100)(step)) for step in range(100)])
    assert rates[0] == pytest.approx(1.0) and rates[1] == pytest.approx(2.0) and rates[-1] == 0
    assert (np.diff(rates[1:]) < 0).all() and rates[50] == pytest.approx(1.0, abs=0.05)
    late = [float(WarmCosine(2.0, 100, begin=40)(step)) for step in range(60)]
    np.testing.assert_allclose(late, rates[40:])
