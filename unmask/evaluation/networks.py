"""The networks of a run as what is measured."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

from unmask.errors import UnmaskError
from unmask.evaluation.glossary import visible
from unmask.evaluation.results import Network
from unmask.evaluation.subject import Output
from unmask.evaluation.test_set import Sample
from unmask.networks.saved import fingerprint
from unmask.restorer import NotFinite, Restorer


class Networks:
    """Mask G and Face G of a run, or Mask G alone. The attributes are those of `Subject`.

    Args:
      run: its folder.
      raw: measure Face G's paint alone instead of the completed image; the run has a Face G then.
    """

    method = "unmask"

    def __init__(self, run: Path, raw: bool):
        self._restorer = restorer = Restorer.load(run)
        self.size = restorer.size
        self.output = "map" if restorer.face is None else "raw" if raw else "completed"
        self.title = f"unmask ({restorer.settings['preset']}{', raw' if raw else ''})"
        self.folder = visible(run.resolve().name)
        self.networks = _networks(restorer)
        self.versions = {name: version(name) for name in ("keras", keras.backend.backend())}

    def restore(self, samples: Sequence[Sample]) -> list[Output]:
        """One by one, as `unmask remove` does: in a batch the last bits depend on its size and on the place in it."""
        return [self._restored(sample) for sample in samples]

    def _restored(self, sample: Sample) -> Output:
        try:
            restored = self._restorer.restore_batch(sample.masked[np.newaxis])
        except NotFinite as error:
            raise UnmaskError(
                f"{error.network} gives NaN or infinity for {sample.key}, so it cannot be measured. Was the run's "
                "last loss finite? Its metrics.jsonl says. Train it anew, or name another --run."
            ) from error
        images = restored.painted if self.output == "raw" else restored.completed
        return Output(restored.probability[0] > 0.5, None if images is None else images[0])


def _networks(restorer: Restorer) -> dict[str, Network]:
    """A run says how its own network was trained; of the Mask G that a run of Face G took it knows the weights."""
    settings = restorer.settings
    named = {"mask": restorer.mask} if restorer.face is None else {"mask": restorer.mask, "face": restorer.face}
    return {
        name: Network(
            fingerprint(network), network.count_params(),
            *((settings["preset"], settings["steps"]) if name == settings["stage"] else (None, None)),
        )
        for name, network in named.items()
    }  # fmt: skip
