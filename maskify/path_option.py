"""Paths on the command line."""

from pathlib import Path
from typing import Any

import click


class PathOption(click.Path):
    """A path. Empty text, as of a variable that is not set, is refused: Python takes it for "."."""

    def __init__(self, path_type: type = Path, **checks: bool):
        super().__init__(path_type=path_type, **checks)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("is empty. Name a path; the folder that you work in is `.`.", param, ctx)
        return super().convert(value, param, ctx)
