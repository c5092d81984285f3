"""Reads the weights of a network from dlib's own file format (dlib/serialize.h, dlib/dnn/tensor.h)."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LAYER = re.compile(rb"\x01(?:\x05con_4|\x07affine_|\x04fc_2)")
"""A name as it is stored: the bytes of its length, its length, itself."""

_VERSION = 2
"""Of a tensor's format: its floats stand as they are in memory."""


class Weights(NamedTuple):
    """A layer's numbers: its kind ("con_4", "affine_" or "fc_2") and float32 [N]."""

    kind: str
    values: NDArray[np.float32]


def read_weights(path: Path) -> list[Weights]:
    """The convolutions, affine and fully connected layers of a network, from its input to its output.

    A layer is found by its name, after which its tensor stands; everything between those is passed over.

    Raises:
      ValueError: the file ends within a tensor, or has none.
    """
    content = path.read_bytes()
    layers, place = [], 0
    while found := _LAYER.search(content, place):
        kind = found.group()[2:].decode()
        place = found.end()
        if kind == "fc_2":  # the numbers of outputs and inputs come first
            _, place = _integers(content, place, 2)
        values, place = _tensor(content, place)
        layers.append(Weights(kind, values))
    if not layers:
        raise ValueError("no layer in it")
    return layers


def _tensor(content: bytes, start: int) -> tuple[NDArray[np.float32], int]:
    """A tensor's values and where it ends."""
    (version, *shape), start = _integers(content, start, 5)
    count = int(np.prod(shape))
    if version != _VERSION or start + 4 * count > len(content):
        raise ValueError(f"a tensor of version {version} and shape {shape} at byte {start} of {len(content)}")
    return np.frombuffer(content, "<f4", count, start), start + 4 * count


def _integers(content: bytes, start: int, count: int) -> tuple[list[int], int]:
    """Whole numbers, each a byte that says how many bytes follow, and where they end."""
    numbers = []
    for _ in range(count):
        end = start + 1 + int.from_bytes(content[start : start + 1], "little")
        numbers.append(int.from_bytes(content[start + 1 : end], "little"))
        start = end
    return numbers, start
