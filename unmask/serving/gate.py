"""What a request must be like before Gradio sees it: no larger than allowed, about this server's own files alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import anyio
import click
from python_multipart.multipart import parse_options_header
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unmask.serving.limits import MEGABYTE, Limits
from unmask.serving.storage import Storage
from unmask.serving.words import BUSY, NO_FILE, ONE_FILE

UPLOAD, FILE = "/gradio_api/upload", "/gradio_api/file="
CALL = "/gradio_api/call/"
POSTED = re.compile(r"/gradio_api/(upload|queue/join|call/\w+|run/\w+|cancel|reset)/?")
"""All that the page and its API send to. The rest of what Gradio offers stays shut."""

ABROAD = re.compile(r"/gradio_api/(proxy=|file[=/]\s*\w+:)|/monitoring|/gradio_api/(stream|run-history)/")
"""Addresses at which Gradio would fetch from other hosts, or do what this page has no use for."""

MOST_FORM = 4096
"""Bytes around an upload in the form that brings it."""

MOST_JSON = 1 << 16
"""Bytes of any other request."""

DRAINED = 10
"""A body that is too large is read and thrown away, as clients hear no answer before: up to so many uploads' length."""


class Refused(Exception):
    """A request that is answered with a status and a text, and goes no further."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status, self.text = status, text


class Gate:
    """An ASGI application around Gradio's."""

    def __init__(self, app: ASGIApp, storage: Storage, limits: Limits):
        self.app, self.storage, self.limits = app, storage, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            with self.storage.coming(self._length(scope)):
                await self.app(scope, await self._checked(scope, receive), send)
        except Refused as refused:
            await PlainTextResponse(refused.text, refused.status)(scope, receive, send)
        except ClientDisconnect:
            pass
        except Exception as error:  # it has been answered with status 500; the server goes on
            if not scope["path"].startswith(FILE):  # such a file was deleted just as it was to be sent
                click.echo(f"{scope['method']} {scope['path']!r} failed: {type(error).__name__}: {error}", err=True)

    def _length(self, scope: Scope) -> int:
        """Bytes of an upload that may be taken, as far as its first lines tell; 0 for any other request."""
        length = _headers(scope).get(b"content-length", b"")
        most = self.limits.upload + MOST_FORM
        return int(length) if _is_upload(scope) and length.isdigit() and int(length) <= most else 0

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        """Raises Refused for a request that goes no further; gives what brings its body."""
        try:
            self._check_head(scope)
            if _is_upload(scope) and not await anyio.to_thread.run_sync(self.storage.has_room):
                raise Refused(503, BUSY)
        except Refused:
            await _drain(receive, DRAINED * self.limits.upload)
            raise
        if _is_upload(scope):
            return _of_one_file(scope, receive)
        return await self._checked_json(scope, receive) if scope["method"] == "POST" else receive

    def _check_head(self, scope: Scope) -> None:
        """Raises Refused for what the first lines of a request tell."""
        path, method = scope["path"], scope["method"]
        if ABROAD.match(path) or method not in ("GET", "HEAD", "OPTIONS", "POST"):
            raise Refused(404, "There is nothing here.")
        if method != "POST":
            return
        if not POSTED.fullmatch(path):
            raise Refused(404, "There is nothing here.")
        headers = _headers(scope)
        length = headers.get(b"content-length", b"")
        if not length.isdigit() or b"transfer-encoding" in headers:  # with both, the length says nothing
            raise Refused(411, "Say how long the request is (Content-Length).")
        if path != UPLOAD:
            if int(length) > MOST_JSON:
                raise Refused(413, f"A request may have {MOST_JSON:,} bytes. Photos go to {UPLOAD} first.")
        elif int(length) > self.limits.upload + MOST_FORM:
            raise Refused(413, f"The file is too large: {self.limits.upload / MEGABYTE:g} MB are the most.")

    async def _checked_json(self, scope: Scope, receive: Receive) -> Receive:
        """Reads a body and raises Refused for one that is no JSON or names other files; gives it to be read again."""
        body = await Request(scope, receive).body()
        try:
            content = json.loads(body or b"null")
            paths = list(_paths(content))
        except (ValueError, RecursionError):
            raise Refused(400, "The request is no JSON.") from None
        if scope["path"].startswith(CALL) and not _is_call(content):
            raise Refused(400, NO_FILE)
        for path in paths:
            if not (isinstance(path, str) and self.storage.holds(path)):
                raise Refused(404, f"There is no such file. Send it to {UPLOAD} first; it is kept for some minutes.")
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return messages.pop() if messages else await receive()

        return again


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "POST" and scope["path"] == UPLOAD)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _of_one_file(scope: Scope, receive: Receive) -> Receive:
    """What brings the body of an upload, and ends it where a second file begins: Gradio would take a thousand."""
    _, options = parse_options_header(_headers(scope).get(b"content-type"))
    boundary = b"--" + options.get(b"boundary", b"")
    seen, tail = 0, b""

    async def receive_one() -> Message:
        nonlocal seen, tail
        message = await receive()
        body = tail + message.get("body", b"")
        seen, tail = seen + body.count(boundary), body[len(body) - len(boundary) + 1 :]
        if seen > 2:  # before the file and after it
            raise MultiPartException(ONE_FILE)  # Gradio deletes what has come, and answers with status 400
        return message

    return receive_one


def _is_call(content: Any) -> bool:
    """Whether JSON is a call of the API: with files, or nothing, for its arguments."""
    data = content.get("data") if isinstance(content, dict) else None
    return isinstance(data, list) and all(item is None or isinstance(item, dict) for item in data)


def _paths(content: Any) -> Iterator[Any]:
    """The values of all keys "path" in JSON, at any depth."""
    rest = [content]
    while rest:
        item = rest.pop()
        if isinstance(item, dict):
            if item.get("path") is not None:
                yield item["path"]
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)


async def _drain(receive: Receive, most: int) -> None:
    while most > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        most -= len(message["body"])
