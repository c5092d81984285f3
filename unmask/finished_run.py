"""A finished run as it lies on the disk: all that can be said of it before Keras is loaded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError

CONFIG = "config.json"
PRESET_NAMES = ("base", "seed", "tiny")
"""Of `unmask.presets`, which needs Keras."""
MASK_FILE, FACE_FILE = "mask_generator.keras", "face_generator.keras"


@dataclass(frozen=True)
class FinishedRun:
    """A run whose networks are there.

    Attributes:
      path: its folder.
      settings: its own, as its config.json has them.
      networks: files of Mask G and, unless the run trained Mask G alone, Face G.
    """

    path: Path
    settings: dict[str, Any]
    networks: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Side S of the training frame in pixels."""
        return int(self.settings["image_size"])

    @property
    def paints(self) -> bool:
        """Whether there is a Face G."""
        return len(self.networks) == 2

    def check_paints(self) -> None:
        """Raises UnmaskError where there is no Face G."""
        check_paints(self.paints)


def check_paints(paints: bool) -> None:
    """Raises UnmaskError where a run paints no faces."""
    if not paints:
        raise UnmaskError("The run is one of train-mask, which paints no faces. Name one of train-face: --run DIR")


def finished_run(path: Path) -> FinishedRun:
    """Looks at a run's folder.

    Raises:
      UnmaskError: there is no run, it is not finished, or its config.json is damaged.
    """
    config = path / CONFIG
    if not config.exists():
        raise UnmaskError(
            f"There is no run in {path}. Name another --run, or train one: unmask train-mask, then unmask train-face."
        )
    try:
        settings = json.loads(config.read_text(encoding="utf-8")).get("settings")
    except (OSError, ValueError, AttributeError) as error:
        raise UnmaskError(f"{config} cannot be read: {error}. Name another --run.") from error
    if not _is_of_training(settings):
        raise UnmaskError(f"{config} is of no run of unmask train-mask or train-face. Name another --run.")
    stage = settings["stage"]
    networks = tuple(path / name for name in ((MASK_FILE, FACE_FILE) if stage == "face" else (MASK_FILE,)))
    for network in networks:
        if not network.exists():
            raise UnmaskError(
                f"The run in {path} is not finished: it has no {network.name}. The same unmask train-{stage} goes on."
            )
    return FinishedRun(path, settings, networks)


def _is_of_training(settings: Any) -> bool:
    return (
        isinstance(settings, dict)
        and settings.get("stage") in ("mask", "face")
        and settings.get("preset") in PRESET_NAMES
        and type(settings.get("image_size")) is int
    )
