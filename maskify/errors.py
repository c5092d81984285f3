"""The two ways in which work can fail: an error ends the run, a skipped photo is data."""

import click


class MaskifyError(click.ClickException):
    """The run failed (exit code 1): says what happened, the value seen and the next step."""


class Skipped(Exception):
    """A photo that cannot be used. Counted and listed in the manifest, never fatal.

    Attributes:
      reason: a short code that statistics are made of, such as `no_face`.
      detail: one sentence for the person who looks into it; may be empty.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
