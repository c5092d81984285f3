"""Ctrl-C and SIGTERM end a build in good order: no orphan process, no half file, a message on how to go on."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any

import click

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 2.0  # seconds in which a repeated signal counts as the same (wrappers pass Ctrl-C on a second time)


class Stopped(click.ClickException):
    """The build was stopped by a signal. The exit code is 128 + its number, as shells have it."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click declares a class variable, and reads it from self

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)  # no "Error:": the user wanted it


class StopSignal(BaseException):
    """Raised in the main thread when a signal comes. No Exception, so that no photo's error handling swallows it."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


@contextmanager
def signals_raise() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM raise StopSignal; a second one after two seconds ends the process at once.

    Outside the main thread, where Python cannot handle signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first: list[float] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise StopSignal(number)
        if time.monotonic() - first[0] > _GRACE:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number in _SIGNALS if before[number] not in (signal.SIG_IGN, None)]  # nohup ignores some
    try:
        for number in heeded:
            signal.signal(number, handle)
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


@contextmanager
def children_ignore_ctrl_c() -> Iterator[None]:
    """Processes started within the block ignore SIGINT: a terminal sends it to all of them, the main one acts on it.

    They inherit it; a signal mask would not do, as Python's resource tracker unblocks SIGINT when it starts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
