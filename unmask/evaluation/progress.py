"""Progress bars of an evaluation."""

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def progress(items: Iterable[Item], total: int, what: str, unit: str, quiet: bool) -> "tqdm[Item]":
    """The items, with a bar on stderr that counts them.

    Args:
      items: what is gone through.
      total: how many there are.
      what: is done with them.
      unit: what one of them is.
      quiet: no bar.
    """
    calm = 0.1 if sys.stderr.isatty() else 30.0  # seconds; in a log file a line now and then is enough
    return tqdm(
        items, total=total, unit=unit, desc=what, mininterval=calm, disable=quiet, smoothing=0.05, dynamic_ncols=True
    )
