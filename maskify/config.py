"""The settings of a build: what decides the pixels, and how they are laid out on disk."""

from dataclasses import dataclass

WEARS = ("correct", "nose-out", "chin")
"""How a mask may be worn: over the nose, under it, under the chin."""


@dataclass(frozen=True)
class SynthesisConfig:
    """What decides the pixels. Saved with the records; a resumed build refuses a different one.

    Attributes:
      image_size: side of the square crop in pixels.
      seed: with a photo's key it decides everything that is drawn at random.
      image_format: "jpeg" (quality 95, 4:4:4) or "png" (lossless).
      templates: names or folders of mask templates to draw from; empty means the whole library.
      faces: "largest" or "all".
      detector: "auto" (aligned photos by their frame, others by HOG), "hog" or "aligned".
      shadow: strength of the contact shadow at the mask's edge, 0 to 1.
      wear: how masks are worn, with weights: "correct", "nose-out", "chin".
      colours: "#rrggbb" of fabrics to draw from; empty means the templates' own palettes.
      patterns: kinds of pattern with weights, for templates that take any; empty means the templates' own weights.
      pictures: folder of a user's own pictures, printed on fabrics; None means none.
      landmark_model: path of dlib's 68-point model; None means the packaged one.
    """

    image_size: int = 256
    seed: int = 0
    image_format: str = "jpeg"
    templates: tuple[str, ...] = ()
    faces: str = "largest"
    detector: str = "auto"
    shadow: float = 0.6
    wear: tuple[tuple[str, float], ...] = (("correct", 1.0),)
    colours: tuple[str, ...] = ()
    patterns: tuple[tuple[str, float], ...] = ()
    pictures: str | None = None
    landmark_model: str | None = None


@dataclass(frozen=True)
class BuildConfig:
    """One build: the pixels' settings and how records are split into files.

    Attributes:
      synthesis: what decides the pixels.
      shard_size: input photos per shard.
      split_shares: shares of train, validation and test for photos without an official partition.
      splits: which splits to write.
      limit: build only this many photos (an even sample of all, by hash of the key); None means all.
    """

    synthesis: SynthesisConfig = SynthesisConfig()
    shard_size: int = 512
    split_shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    splits: tuple[str, ...] = ("train", "validation", "test")
    limit: int | None = None
