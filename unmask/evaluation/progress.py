"""Progress bars of an evaluation."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], total: int, what: str, unit: str, quiet: bool) -> "tqdm[Item]":
    """The items, with a bar that counts them, where stderr is a terminal.

    Args:
      items: what is gone through.
      total: how many there are.
      what: is done with them.
      unit: what one of them is.
      quiet: no bar.
    """
    hidden = True if quiet else None  # None: where stderr is no terminal
    return tqdm(items, total=total, unit=unit, desc=what, disable=hidden, smoothing=0.05, dynamic_ncols=True)
