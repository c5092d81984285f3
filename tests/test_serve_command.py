"""`unmask serve` as users start and end it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import ROOT
from painters import write_blue_run

from unmask.cli import main
from unmask.finished_run import CONFIG, FACE_FILE, MASK_FILE
from unmask.serving import command

pytest.importorskip("gradio", reason="the page needs Gradio: pip install 'maskify[web]'")

WITHOUT_NETWORKS = """
import signal
from painters import BluePainter
from unmask.cli import main
from unmask.restoration import aligned_place, restore_places
from unmask.serving import command

command._restore = lambda run: lambda photo: restore_places(photo, [aligned_place(photo)], 1, BluePainter())
signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run in the background
main()
"""
IGNORING = WITHOUT_NETWORKS.replace("signal.default_int_handler", "signal.SIG_IGN")
"""As a shell without job control starts a command with & behind it."""


def start(tmp_path: Path, *program: str) -> tuple[subprocess.Popen[str], str]:
    """Starts the command on any free port; gives the process and its first line."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        [sys.executable, *program, "serve", "--port", "0", "--run", str(tmp_path / "run")], cwd=tmp_path, text=True,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    return process, process.stdout.readline()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize(
    ("program", "number"),
    [
        (("-c", WITHOUT_NETWORKS), signal.SIGINT),
        (("-c", IGNORING), signal.SIGINT),
        (("-m", "unmask"), signal.SIGTERM),
    ],
    ids=["interrupt", "interrupt that is ignored", "terminate"],
)
def test_a_signal_ends_it_within_seconds_and_nothing_stays_behind(
    tmp_path: Path, program: tuple[str, ...], number: signal.Signals
) -> None:
    write_blue_run(tmp_path / "run")
    process, line = start(tmp_path, *program)
    try:
        told = r"The page is on (http://127\.0\.0\.1:\d+), with the networks of .*/run\. Ctrl-C ends it\.\n"
        found = re.fullmatch(told, line)
        assert found, line
        with urllib.request.urlopen(found[1]) as page:
            assert b'"title":"unmask"' in page.read()
        with urllib.request.urlopen(f"{found[1]}/gradio_api/heartbeat/visitor") as open_page:
            open_page.read(1)
            assert len(list((tmp_path / "tmp").glob("unmask-serve-*"))) == 1
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 128 + number and stdout == ""
    assert stderr.splitlines()[-1] == "Stopped. No photo stays behind."  # TensorFlow may complain above
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a finished run looks like; that nothing is loaded of it is part of each test."""
    monkeypatch.setattr(command, "load_backend", lambda **_: pytest.fail("networks are loaded"))
    return finished(tmp_path / "run", "face")


def finished(path: Path, stage: str) -> Path:
    path.mkdir()
    (path / CONFIG).write_text(json.dumps({"settings": {"stage": stage, "preset": "tiny", "image_size": 64}}))
    (path / MASK_FILE).touch()
    if stage == "face":
        (path / FACE_FILE).touch()
    return path


def serve(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["serve", *map(str, arguments)])
    return done.exit_code, " ".join(done.stderr.split())


def test_a_port_in_use_is_an_error_with_the_next_command(run: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = serve("--run", run, "--port", port)
    assert code == 1 and f"Cannot listen on 127.0.0.1, port {port}: Address already in use" in message
    assert "unmask serve --port " in message


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--host", "no.such.host.invalid"], 1, "is no address of this machine"),
        (["--host", "192.0.2.1"], 1, "Cannot listen on 192.0.2.1"),
        (["--run", "nowhere"], 1, "There is no run in nowhere. Name another"),
        (["--port", "70000"], 2, "--port"),
        (["--max-upload", "0"], 2, "--max-upload"),
    ],
)
def test_what_is_wrong_is_said(run: Path, arguments: list[str], code: int, message: str) -> None:
    found = serve("--run", run, *arguments)
    assert found[0] == code and message in found[1], found


def test_a_run_that_paints_no_faces_is_refused(run: Path, tmp_path: Path) -> None:
    code, message = serve("--run", finished(tmp_path / "mask", "mask"), "--port", 0)
    assert code == 1 and "paints no faces" in message


def test_without_gradio_it_says_what_to_install(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    code, message = serve("--run", run, "--port", 0)
    assert code == 1 and "pip install 'maskify[web]'" in message


def test_it_listens_to_this_machine_alone_unless_told() -> None:
    shown = CliRunner().invoke(main, ["serve", "--help"], terminal_width=200).output
    assert re.search(r"--host TEXT .*\[default: 127\.0\.0\.1\]", shown)
