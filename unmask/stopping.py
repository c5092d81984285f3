"""SIGINT and SIGTERM: they end a command at once; training ends after the step, with a checkpoint."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from unmask.errors import Stopped

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 2.0  # seconds in which a repeated signal counts as the same (wrappers pass Ctrl-C on a second time)


class StopSignal(BaseException):
    """Raised in the main thread when a signal comes. No Exception, which Keras would make one of its own of."""


class StopRequest:
    """Whether a signal has come.

    Attributes:
      number: of the signal, or None.
      in_steps: whether somebody looks at `number` after each step; otherwise a signal ends the command at once.
      raised: whether a signal was raised as a StopSignal.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.in_steps = False
        self.raised = False
        self._since = 0.0

    def handle(self, number: int, frame: FrameType | None) -> None:
        if self.number is None:
            self.number, self._since = number, time.monotonic()
            if not self.in_steps:
                self.raised = True
                raise StopSignal
        elif time.monotonic() - self._since > _GRACE:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


@contextmanager
def stop_requests(message: str) -> Iterator[StopRequest]:
    """Within the block SIGINT and SIGTERM are noted; a second one after two seconds ends the process at once.

    Outside the main thread, where Python cannot handle signals, nothing changes.

    Raises:
      Stopped: with this message, as a signal came while nobody was looking at the request after each step.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number in _SIGNALS if before[number] not in (signal.SIG_IGN, None)]  # nohup ignores some
    try:
        for number in heeded:
            signal.signal(number, request.handle)
        yield request
    except (StopSignal, Exception):
        if not request.raised:
            raise
        raise Stopped(message, 128 + (request.number or 0)) from None  # C++ code makes other errors of a StopSignal
    finally:
        for number in heeded:
            signal.signal(number, before[number])
