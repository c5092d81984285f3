"""The trained networks at work: on photos in the frame of the records, and on photos of any size.

It runs on every backend of Keras.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from unmask.compositing import blending_map, complete, face_input, to_pixels
from unmask.default_run import DEFAULT_RUN
from unmask.errors import UnmaskError
from unmask.finished_run import check_paints, finished_run
from unmask.networks.saved import load_network
from unmask.presets import PRESETS, Preset
from unmask.restoration import Place, Restoration, aligned_place, head_square, place_of, restore_places

if TYPE_CHECKING:
    from unmask.finding.finder import MaskedFaceFinder

FACES = ("all", "largest")
"""Which faces of a photo are restored."""


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
    """What the networks make of B photos: the mean of what they make of a photo and of its mirror image.

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

        restorer = Restorer.load()  # or Restorer.load("runs/face")
        clean = restorer.restore(photo).image

    Attributes:
      mask, face: the networks; face is None where the run trained Mask G alone.
      size: side S of the training frame in pixels.
      feather: pixels of the frame by which a map is grown and softened before a face is pasted.
      settings: the run's, as its config.json has them.
    """

    def __init__(self, mask: keras.Model, face: keras.Model | None, size: int, settings: dict[str, Any]):
        self.mask, self.face, self.size, self.settings = mask, face, size, settings
        preset = PRESETS[settings["preset"]]
        self.feather = max(preset.feather_at(size), 1)
        self._networks = _joined(mask, face, size, preset)

    @classmethod
    def load(cls, run: str | Path = DEFAULT_RUN) -> "Restorer":
        """The networks of a run.

        Args:
          run: its folder; by default the one that comes along with the package.

        Raises:
          UnmaskError: there is no such run, it is not finished, or a file is damaged.
        """
        found = finished_run(Path(run))
        mask, face = [*(load_network(path) for path in found.networks), None][:2]
        return cls(mask, face, found.size, found.settings)

    def check_paints(self) -> None:
        """Raises UnmaskError where there is no Face G."""
        check_paints(self.face is not None)

    @cached_property
    def finder(self) -> "MaskedFaceFinder":
        """Finds masked faces; loaded when it is first needed."""
        from unmask.finding.finder import MaskedFaceFinder

        return MaskedFaceFinder()

    def restore(
        self, photo: np.ndarray, faces: str = "all", box: Sequence[float] | None = None, aligned: bool = False
    ) -> Restoration:
        """Takes the masks off the faces of a photo.

        Args:
          photo: uint8 [H, W, 3] RGB, upright, of any size.
          faces: "all" or "largest".
          box: x, y, width and height of a head in pixels, hair and chin in it. Nothing is searched for then.
          aligned: the photo is in the training frame already: square, or CelebA's aligned 178 x 218.

        Returns:
          The faces that were looked at, the restored photo, and a map of what was replaced.

        Raises:
          UnmaskError: the photo is no such array, or an argument does not fit it; or the run has no Face G.
          NotFinite: a network's output is not finite.
        """
        photo = _checked(photo)
        if faces not in FACES:
            raise UnmaskError(f"faces is {faces!r}. It is one of {', '.join(map(repr, FACES))}.")
        self.check_paints()
        places = self._places(photo, box, aligned)
        return restore_places(photo, places, len(places) if faces == "all" else min(1, len(places)), self)

    def _places(self, photo: np.ndarray, box: Sequence[float] | None, aligned: bool) -> Sequence[Place]:
        if aligned:
            return [aligned_place(photo)]
        found = self.finder.find(photo) if box is None else [self.finder.inside(photo, head_square(photo, box))]
        return [place_of(face.points, face.box, face.score) for face in found]

    def paint(self, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the networks find and paint in one photo in the frame.

        Args:
          crop: uint8 [S, S, 3] RGB.

        Returns:
          Probability of the mask, float32 [S, S], and the painted face, uint8 [S, S, 3].
        """
        restored = self.restore_batch(crop[np.newaxis])
        assert restored.painted is not None
        return restored.probability[0], restored.painted[0]

    def restore_batch(self, masked: np.ndarray) -> Restored:
        """Restores masked photos that are in the training frame, without pasting.

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


def _checked(photo: np.ndarray) -> np.ndarray:
    if isinstance(photo, np.ndarray) and photo.dtype == np.uint8 and photo.shape[2:] == (3,) and photo.size:
        return photo
    seen = f"{photo.dtype} {list(photo.shape)}" if isinstance(photo, np.ndarray) else type(photo).__name__
    raise UnmaskError(
        f"restore takes a photo as uint8 [H, W, 3] in RGB, of one pixel or more, not {seen}. "
        "A file is read with unmask.photos.read_photo_file(data).rgb."
    )


def _joined(mask: keras.Model, face: keras.Model | None, size: int, preset: Preset) -> keras.Model:
    """One network: photo [B, S, S, 3] in [-1, 1] -> probability [B, S, S, 1], or that, painted and completed image."""
    photo = keras.Input((size, size, 3), name="photo")
    if face is None:
        outputs = ops.sigmoid(_both_ways(mask, photo))
    else:
        probability, _, painted, completed = both_stages(mask, face, photo, preset)
        outputs = [probability, painted, completed]
    joined = keras.Model(photo, outputs, name="restorer")
    joined.trainable = False
    joined.compile(jit_compile=keras.backend.backend() == "jax")  # JAX is slow without XLA, which takes long to start
    return joined


def both_stages(mask: keras.Model, face: keras.Model, photo: Any, preset: Preset) -> tuple[Any, Any, Any, Any]:
    """Mask G, Face G and the blending, for a network that goes on from there.

    Args:
      mask, face: the networks.
      photo: [B, S, S, 3] in [-1, 1].
      preset: of the run.

    Returns:
      Probability of the mask and blending map, [B, S, S, 1]; painted and completed image, [B, S, S, 3].
    """
    probability = ops.sigmoid(_both_ways(mask, photo))
    soft_map = blending_map(probability, preset.feather_at(photo.shape[1]))
    painted = _both_ways(face, face_input(photo, soft_map, preset.hide))
    return probability, soft_map, painted, complete(painted, photo, soft_map)


def _both_ways(network: keras.Model, images: Any) -> Any:
    """Mean of what a network makes of images and of what it makes of their mirror images, turned back.

    Its errors differ between the two, and partly cancel out: on CelebA's validation photos that is worth .002 of Mask
    G's IoU, and .24 dB of the whole image that Face G completes.
    """
    straight, mirrored = ops.split(network(ops.concatenate([images, ops.flip(images, axis=2)], axis=0)), 2, axis=0)
    return (straight + ops.flip(mirrored, axis=2)) / 2
