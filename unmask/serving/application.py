"""The server's application: Gradio's page behind the gate, and the sweeping of its files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from unmask.serving.examples import make_examples
from unmask.serving.gate import Gate
from unmask.serving.limits import Limits
from unmask.serving.page import COMPLETE, STYLE, make_page, theme
from unmask.serving.storage import Storage
from unmask.serving.work import Work

SWEEPS = 20
"""Times that files are looked through within the time that they are kept."""

PATIENCE = 2
"""Seconds that open connections have left when the server is told to end."""


def make_application(work: Work, storage: Storage, limits: Limits, address: str) -> ASGIApp:
    """The application, with the examples in `storage`.

    Args:
      work: restores what is uploaded.
      storage: the one that is Gradio's at the time.
      limits: how much is taken on.
      address: where it will be reached.
    """

    @asynccontextmanager
    async def sweeping(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_sweep_on, storage, limits.kept)
            yield
            tasks.cancel_scope.cancel()

    page = make_page(work, limits, make_examples(storage.examples), address)
    app = gr.mount_gradio_app(
        FastAPI(lifespan=sweeping, openapi_url=None), page, path="/", theme=theme(), css=STYLE, i18n=COMPLETE,
        footer_links=[], max_file_size=limits.upload, show_error=False, run_history=False, enable_monitoring=False,
        ssr_mode=False, pwa=False, mcp_server=False,
    )  # fmt: skip
    return Gate(app, storage, limits)


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Runs an application until SIGINT or SIGTERM comes, which it passes on."""
    config = uvicorn.Config(
        app, log_level="critical", timeout_graceful_shutdown=PATIENCE, server_header=False, proxy_headers=False
    )
    return uvicorn.Server(config)


async def _sweep_on(storage: Storage, kept: float) -> None:
    while True:
        await anyio.sleep(kept / SWEEPS)
        await anyio.to_thread.run_sync(storage.sweep, kept)
