"""`unmask serve`: from the networks to a running server, and to its end."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from unmask.backend import load_backend
from unmask.errors import Stopped, UnmaskError
from unmask.finished_run import finished_run
from unmask.restoration import Restore
from unmask.serving.limits import MEGABYTE, Limits
from unmask.serving.listening import address_of, listening
from unmask.serving.storage import Storage, own_storage
from unmask.stopping import stop_requests

STOPPED = "Stopped. No photo stays behind."

LOOPBACK = ("127.0.0.1", "::1", "localhost")

QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",  # a table of all calls, made anew after each of them
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
"""Environment in which Gradio reports to nobody and asks nobody for newer versions."""


def run_server(options: dict[str, Any]) -> None:
    """Serves the page until a signal comes.

    Raises:
      UnmaskError: the run, the address or an installed package is not as it must be.
      Stopped: a signal came.
    """
    limits = Limits(upload=round(options["max_upload"] * MEGABYTE))
    run = options["run"]
    with (
        stop_requests(STOPPED),
        listening(options["host"], options["port"]) as listener,
        own_storage(limits.stored) as storage,
    ):
        load_gradio()  # within the storage: it makes folders as soon as it is imported
        restore = _restore(run)
        _serve(listener, restore, storage, limits, lambda: _tell(options["host"], address_of(listener), run))


def load_gradio() -> None:
    """Imports Gradio, told to report to nobody.

    Raises:
      UnmaskError: it is not installed.
    """
    os.environ |= QUIET
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise UnmaskError(f"{error}. The page needs Gradio: pip install 'maskify[web]'") from error


def _restore(run: Path) -> Restore:
    """What restores a photo. All of it is loaded and has run once, so that the first visitor need not wait."""
    finished_run(run).check_paints()  # before TensorFlow, which takes seconds
    load_backend(training=False)
    from unmask.restorer import Restorer

    restorer = Restorer.load(run)
    noise = np.random.default_rng(0).integers(0, 256, (restorer.size, restorer.size, 3), np.uint8)
    restorer.restore(noise, aligned=True)
    restorer.restore(noise)
    return restorer.restore


def _serve(
    listener: socket.socket, restore: Restore, storage: Storage, limits: Limits, ready: Callable[[], None]
) -> None:
    from unmask.serving.application import make_application, server_of
    from unmask.serving.work import Work

    work = Work(restore, storage, limits.pixels)
    server = server_of(make_application(work, storage, limits, address_of(listener)))
    ready()
    try:
        server.run(sockets=[listener])
    finally:
        work.finish()
    raise Stopped(STOPPED, 128 + signal.SIGINT)  # which the process was told to ignore: others end it above


def _tell(host: str, address: str, run: Path) -> None:
    click.echo(f"The page is on {address}, with the networks of {run}. Ctrl-C ends it.")
    if host not in LOOPBACK:
        click.echo(f"Everyone who reaches this machine on {host} can use it; there is no password.")
