"""unmask.stopping: a signal ends a command as such, whatever the code makes of it in which it comes."""

import signal

import pytest

from unmask.errors import Stopped
from unmask.stopping import stop_requests


def as_cpp_code_does() -> None:
    """Makes another error of the one that a signal raises."""
    try:
        signal.raise_signal(signal.SIGTERM)
    except BaseException:
        raise AttributeError("'list' object has no attribute '_type_spec'") from None


def test_an_error_that_a_signal_became_is_that_signal() -> None:
    with pytest.raises(Stopped, match="Stopped here") as stopped, stop_requests("Stopped here."):
        as_cpp_code_does()
    assert stopped.value.exit_code == 128 + signal.SIGTERM


def test_other_errors_stay_what_they_are_also_after_a_signal_that_somebody_waits_for() -> None:
    with pytest.raises(ValueError, match="mine"), stop_requests("Stopped here."):
        raise ValueError("mine")
    with pytest.raises(ValueError, match="mine"), stop_requests("Stopped here.") as request:
        request.in_steps = True
        signal.raise_signal(signal.SIGTERM)
        raise ValueError("mine")
