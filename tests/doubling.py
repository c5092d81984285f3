"""A task for processes, in a module that loads at once."""

import os

from unmask.errors import UnmaskError


def doubled(number: int) -> int:
    """Twice the number; negative ones are an error, and 99 ends the process."""
    if number < 0:
        raise UnmaskError(f"{number} is negative")
    if number == 99:
        os._exit(3)
    return 2 * number
