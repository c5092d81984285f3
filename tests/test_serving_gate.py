"""unmask.serving.gate: requests that go no further."""

import socket

import pytest

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'maskify[web]'")

from served import Served, file_data, serving


@pytest.fixture(scope="module")
def served() -> Served:
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "/proc/self/environ", __file__, "http://127.0.0.1:9/x.png", "https://example.com/x.png", "",
        "\0", "../../../etc/passwd", "file:///etc/passwd", 7, ["x"], {"path": "/etc/passwd"},
    ],
)  # fmt: skip
def test_only_what_was_uploaded_here_is_read(served: Served, path: object) -> None:
    before = served.files()
    reply = served.call(file_data(path))
    assert reply.status == 404 and "There is no such file" in reply.error
    assert served.files() == before


def test_a_photo_within_the_request_is_not_decoded(served: Served) -> None:
    reply = served.call({"url": "data:image/png;base64,AAAA", "meta": {"_type": "gradio.FileData"}})
    assert reply.results is None or reply.results[0] is None


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://127.0.0.1:9/x", "/gradio_api/file=http://127.0.0.1:9/x", "/monitoring",
        "/gradio_api/file/https://127.0.0.1:9/x", "/gradio_api/file=%68ttp://127.0.0.1:9/x", "/monitoring/summary",
    ],
)  # fmt: skip
def test_nothing_is_fetched_from_elsewhere(served: Served, path: str) -> None:
    assert served.client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/etc/passwd", __file__, "../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd"])
def test_no_other_file_is_given_out(served: Served, path: str) -> None:
    for prefix in ("/gradio_api/file=", "/gradio_api/file/", "/static/", "/assets/", "/svelte/"):
        found = served.client.get(prefix + path)
        assert 400 <= found.status_code < 500, (prefix, found)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/gradio_api/component_server", b"{}", 404),
        ("/gradio_api/process_recording", b"{}", 404),
        ("/gradio_api/vibe-edit", b"{}", 404),
        ("/login", b"{}", 404),
        ("/gradio_api/run/restore", b'{"data": [null]}', 404),
        ("/gradio_api/queue/join", b"no json", 400),
        ("/gradio_api/queue/join", b"[" * 60_000, 400),
        ("/gradio_api/queue/join", b'{"data": [null], "fn_index": 99, "session_hash": "a"}', None),
        ("/gradio_api/queue/join", b" " * 70_000, 413),
        ("/gradio_api/call/nothing", b'{"data": []}', None),
        ("/gradio_api/upload", b"no form", 400),
    ],
)
def test_odd_requests_are_refused_and_the_server_goes_on(
    served: Served, path: str, body: bytes, status: int | None
) -> None:
    found = served.client.post(path, content=body, headers={"content-type": "application/json"})
    assert found.status_code == status or (status is None and found.status_code >= 400)
    assert served.client.get("/").status_code == 200


def test_a_request_must_say_how_long_it_is(served: Served) -> None:
    found = served.client.post("/gradio_api/upload", content=(part for part in [b"a", b"b"]))
    assert found.status_code == 411


def test_a_length_beside_chunks_is_not_believed(served: Served) -> None:
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
        )
        status = connection.recv(100).split(b" ", 2)[1]
    assert status in (b"400", b"411")


@pytest.mark.parametrize("photo", ["x", 7, ["x"]])
def test_what_is_no_file_is_told_how_to_send_one(served: Served, photo: object) -> None:
    reply = served.call(photo)
    assert reply.status == 400 and "A photo is sent as a file" in reply.error
