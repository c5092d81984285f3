"""The address at which the server is reached."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from unmask.errors import UnmaskError


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on an address; port 0 is any that is free.

    Raises:
      UnmaskError: the port is taken, or the host is none of this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except socket.gaierror as error:
        raise UnmaskError(f"--host {host} is no address of this machine ({error.strerror}). Try 127.0.0.1.") from error
    except OSError as error:
        another = port + 1 if 0 < port < 65535 else 7860
        raise UnmaskError(
            f"Cannot listen on {host}, port {port}: {error.strerror}. Name another: unmask serve --port {another}"
        ) from error
    with listener:
        yield listener


def address_of(listener: socket.socket) -> str:
    """The address to type on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
