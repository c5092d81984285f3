"""Ctrl-C and SIGTERM end a build in good order: no orphan process, no half file, a message on how to go on."""

import os
import signal
import sys
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
def stopped_before_building() -> Iterator[None]:
    """Ends the command in good order where a signal comes before `build` acts on it: while photos are listed."""
    try:
        with signals_raise():
            yield
    except StopSignal as stop:
        raise Stopped("Stopped before the first shard. The same command begins anew.", 128 + stop.number) from None


@contextmanager
def no_ctrl_c_for_children() -> Iterator[None]:
    """Processes and threads started within the block have SIGINT blocked: a terminal sends it to all of them.

    The main process acts on it alone, and later than the block at worst. (Ignoring it there would lose it.)
    """
    if sys.platform == "win32":
        yield
        return
    from joblib.externals.loky.backend import resource_tracker  # here, as every worker loads this file first

    with _warning_of_nothing():
        resource_tracker.ensure_running()  # starting it later would unblock SIGINT; it ignores it by itself
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _warning_of_nothing() -> Iterator[None]:
    """Within the block a process of Python is started that keeps loky's warnings to itself.

    The resource tracker would name what workers, ended by the same signal, had removed before it came to it.
    """
    kept = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [kept, "ignore:resource_tracker"]))
    try:
        yield
    finally:
        if kept is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = kept


def ignore_ctrl_c() -> None:
    """Lets SIGINT pass by this process, for the main one to act on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
