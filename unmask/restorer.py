"""The trained networks at work: masked photos in the frame of the records -> what they find, paint and complete.

Keras and NumPy alone, so that it runs on every backend of Keras.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from unmask.compositing import blending_map, complete, to_pixels
from unmask.errors import UnmaskError
from unmask.networks.saved import FACE_FILE, MASK_FILE, load_network
from unmask.presets import PRESETS
from unmask.training.run_folder import CONFIG, RunFolder


class NotFinite(UnmaskError):
    """A network gave NaN or infinity.

    Attributes:
      network: its name for people.
      number: of the photo in the batch.
    """

    def __init__(self, network: str, number: int):
        super().__init__(f"{network} gives NaN or infinity for photo {number} of a batch. Train it anew.")
        self.network, self.number = network, number


@dataclass(frozen=True)
class Restored:
    """What the networks make of B photos.

    Attributes:
      probability: float32 [B, S, S] in [0, 1], of the mask.
      painted: uint8 [B, S, S, 3], what Face G paints, also outside of the map; None without a Face G.
      completed: uint8 [B, S, S, 3], the photo with that paint blended in where the mask is; None without a Face G.
    """

    probability: np.ndarray
    painted: np.ndarray | None
    completed: np.ndarray | None


class Restorer:
    """Mask G and Face G of a finished run.

    Attributes:
      mask, face: the networks; face is None where the run trained Mask G alone.
      size: side S of the photos in pixels, that of training.
      settings: the run's, as its config.json has them.
    """

    def __init__(self, mask: keras.Model, face: keras.Model | None, size: int, settings: dict[str, Any]):
        self.mask, self.face, self.size, self.settings = mask, face, size, settings
        self._networks = _joined(mask, face, size, PRESETS[settings["preset"]].feather_at(size))

    @classmethod
    def load(cls, run: Path) -> "Restorer":
        """The networks of a run.

        Raises:
          UnmaskError: there is no such run, it is not finished, or a file is damaged.
        """
        folder = RunFolder(run)
        if not folder.has_run():
            raise UnmaskError(f"There is no run in {run}. Train one: unmask train-face --records RECORDS --run {run}")
        settings = folder.config().get("settings", {})
        stage = settings.get("stage")
        if stage not in ("mask", "face"):
            raise UnmaskError(f"{run / CONFIG} is of no run of unmask train-mask or train-face. Name another --run.")
        paths = [run / name for name in ((MASK_FILE, FACE_FILE) if stage == "face" else (MASK_FILE,))]
        for path in paths:
            if not path.exists():
                raise UnmaskError(
                    f"The run in {run} is not finished: it has no {path.name}. The same unmask train-{stage} goes on."
                )
        mask, face = [*(load_network(path) for path in paths), None][:2]
        return cls(mask, face, settings["image_size"], settings)

    def restore_batch(self, masked: np.ndarray) -> Restored:
        """Restores masked photos.

        Args:
          masked: uint8 [B, S, S, 3] RGB.

        Raises:
          NotFinite: a network's output is not finite.
        """
        outputs = self._networks.predict_on_batch(masked.astype(np.float32) / 127.5 - 1)
        probability, *images = outputs if self.face is not None else [outputs]
        for network, output in zip(("Mask G", "Face G"), (probability, *images), strict=False):
            finite = np.isfinite(output).all(axis=(1, 2, 3))
            if not finite.all():
                raise NotFinite(network, int(np.argmin(finite)))
        painted, completed = map(to_pixels, images) if images else (None, None)
        return Restored(probability[..., 0], painted, completed)


def _joined(mask: keras.Model, face: keras.Model | None, size: int, feather: int) -> keras.Model:
    """One network: photo [B, S, S, 3] in [-1, 1] -> probability [B, S, S, 1], or that, painted and completed image."""
    photo = keras.Input((size, size, 3), name="photo")
    if face is None:
        outputs = ops.sigmoid(mask(photo))
    else:
        probability, _, painted, completed = both_stages(mask, face, photo, feather)
        outputs = [probability, painted, completed]
    joined = keras.Model(photo, outputs, name="restorer")
    joined.trainable = False
    joined.compile(jit_compile=keras.backend.backend() == "jax")  # XLA is slow on a CPU, and JAX is without it
    return joined


def both_stages(mask: keras.Model, face: keras.Model, photo: Any, feather: int) -> tuple[Any, Any, Any, Any]:
    """Mask G, Face G and the blending, for a network that goes on from there.

    Args:
      mask, face: the networks.
      photo: [B, S, S, 3] in [-1, 1].
      feather: pixels; see `blending_map`.

    Returns:
      Probability of the mask and blending map, [B, S, S, 1]; painted and completed image, [B, S, S, 3].
    """
    probability = ops.sigmoid(mask(photo))
    soft_map = blending_map(probability, feather)
    painted = face(ops.concatenate([photo, soft_map], axis=-1))
    return probability, soft_map, painted, complete(painted, photo, soft_map)
