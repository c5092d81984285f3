"""Which trained networks are used where none are named."""

from pathlib import Path

from unmask.errors import UnmaskError

TRAINED = Path("runs/face")
"""Where `unmask train-face` puts its run unless told."""


def default_run() -> Path:
    """The run of `unmask train-face` in the folder that one works in.

    Raises:
      UnmaskError: there is none.
    """
    if (TRAINED / "config.json").exists():
        return TRAINED
    raise UnmaskError(
        f"There are no trained networks: this version brings none along, and there is no run in {TRAINED}. "
        "Name one with --run DIR, or train one: unmask train-mask, then unmask train-face."
    )
