"""What is measured: networks, or pictures that another program restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from unmask.evaluation.results import Network
from unmask.evaluation.test_set import Sample


@dataclass(frozen=True)
class Output:
    """What a subject makes of one record.

    Attributes:
      found: bool [S, S], the map that Mask G finds; None for pictures of another program.
      image: uint8 [S, S, 3], the restored picture; None where a run has Mask G alone.
    """

    found: np.ndarray | None
    image: np.ndarray | None


class Subject(Protocol):
    """Something that restores records.

    Attributes:
      method: its name in the results: "unmask" or "restored".
      title: its name for people.
      output: what of it is measured: "completed", "raw", "map" or "restored".
      folder: name of the run, or of the folder of pictures, as `visible` text.
      networks: by "mask" and "face"; empty where there are none.
      versions: of the packages that its pictures come from, by name.
    """

    method: str
    title: str
    output: str
    folder: str
    networks: dict[str, Network]
    versions: dict[str, str]

    def restore(self, samples: Sequence[Sample]) -> list[Output]:
        """Restores a batch.

        Raises:
          UnmaskError: an output is not what can be measured; names the key.
        """
