"""`unmask remove` in this process, on photos whose masks are blue and networks that paint skin over what is blue."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result
from painters import BLUE, masked_face
from PIL import Image

from unmask.cli import main


def unmask(*arguments: object) -> Result:
    """Runs a command. An exception that is none of click's is a failure of the test."""
    result = CliRunner().invoke(main, [*map(str, arguments)], prog_name="unmask")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def remove(run: Path, *arguments: object) -> Result:
    """The command on photos that are aligned, which needs no detector."""
    return unmask("remove", *arguments, "--run", run, "--aligned")


def write(path: Path, pixels: np.ndarray | None = None) -> Path:
    """Writes a photo, of a masked face unless told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(masked_face(100) if pixels is None else pixels).save(path)
    return path


def is_blue(path: Path) -> bool:
    """Whether a photo shows a mask."""
    return bool((np.asarray(Image.open(path).convert("RGB")) == BLUE).all(axis=2).any())
