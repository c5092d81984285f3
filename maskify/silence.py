"""Silence for libraries in C that tell the user of every broken line of a file."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = threading.Lock()


@contextmanager
def silence() -> Iterator[None]:
    """What libraries in C write to stderr within the block goes nowhere; one thread at a time, as all share stderr."""
    with _STDERR:
        try:
            kept = os.dup(2)
        except OSError:  # there is no stderr
            yield
            return
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
