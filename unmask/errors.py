"""How a command of unmask can end other than well."""

from typing import IO, Any

import click


class UnmaskError(click.ClickException):
    """The run failed (exit code 1): says what happened, the value seen and the next step."""


class Stopped(click.ClickException):
    """The run was stopped by a signal. The exit code is 128 + its number, as shells have it."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc] # click declares a class variable, and reads it from self

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)  # no "Error:": the user wanted it
