"""What is exported: one network that takes and gives bytes."""

from typing import Any

import keras
from keras import ops

from unmask.presets import PRESETS
from unmask.restorer import Restorer, both_stages

PHOTO, RESTORED, MAP = "photo", "restored", "map"
"""Names of the input and of the outputs, in every format."""


def bytes_network(restorer: Restorer) -> keras.Model:
    """Both stages and the blending, of a run's networks.

    It takes `photo`, uint8 [B, S, S, 3] RGB in the training frame, and gives `restored`, uint8 [B, S, S, 3] RGB, and
    `map`, uint8 [B, S, S, 1], by which the paint is blended in: 255 where it is paint alone, 0 where it is the photo.

    Raises:
      UnmaskError: the run has no Face G.
    """
    restorer.check_paints()
    size = restorer.size
    photo = keras.Input((size, size, 3), dtype="uint8", name=PHOTO)
    preset = PRESETS[restorer.settings["preset"]]
    _, soft_map, _, completed = both_stages(
        restorer.mask, restorer.face, ops.cast(photo, "float32") / 127.5 - 1, preset
    )
    outputs = {RESTORED: _to_bytes((completed + 1) * 127.5), MAP: _to_bytes(soft_map * 255)}
    return keras.Model(photo, outputs, name="unmask")


def _to_bytes(values: Any) -> Any:
    return ops.cast(ops.clip(ops.round(values), 0, 255), "uint8")
