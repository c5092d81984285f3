"""What the report calls the metrics and methods, how it prints their numbers, and how to read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from unmask.evaluation.estimates import LOWER_IS_BETTER, Estimate

_INSIDE, _WHOLE = "inside the map", "whole image"


class Mean(NamedTuple):
    """An estimate that has a value."""

    mean: float
    low: float
    high: float


def known(estimate: Estimate | None) -> Mean | None:
    """The estimate, if it is there and any image has the metric."""
    if estimate is None or estimate.mean is None or estimate.low is None or estimate.high is None:
        return None
    return Mean(estimate.mean, estimate.low, estimate.high)


def many(estimate: Estimate | None) -> bool:
    """Whether it is of two images at least. The interval of one says nothing."""
    return estimate is not None and estimate.count > 1


@dataclass(frozen=True)
class Metric:
    """A metric for people.

    Attributes:
      name: its name in metrics.json.
      title: what stands above its column.
      scope: the rest of its name: "inside the map", "whole image".
      meaning: a sentence or two on how to read it.
      digits: decimals to print.
      unit: "dB", "%" or "" where it has none.
      factor: what a number of metrics.json is multiplied by to have that unit.
    """

    name: str
    title: str
    scope: str
    meaning: str
    digits: int = 3
    unit: str = ""
    factor: float = 1.0

    @property
    def lower_is_better(self) -> bool:
        return self.name in LOWER_IS_BETTER

    @property
    def full_title(self) -> str:
        return " ".join(filter(None, (self.title, self.scope)))

    @property
    def family(self) -> str:
        """What it is called together with the same metric of another part of the image."""
        return self.title if self.scope in (_INSIDE, _WHOLE) else self.full_title

    @property
    def axis(self) -> str:
        """The name of an axis, with its unit."""
        return f"{self.full_title} ({self.unit or 'no unit'})"

    def number(self, value: float) -> str:
        """The value in the metric's unit and with its decimals, without the unit's name."""
        text = f"{value * self.factor:.{self.digits}f}"
        return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")

    def with_unit(self, value: float) -> str:
        return f"{self.number(value)} {self.unit}".strip()

    def interval(self, mean: Mean) -> str:
        """The interval of a mean."""
        return f"{self.number(mean.low)} \N{EN DASH} {self.number(mean.high)}"

    def words(self, mean: Mean) -> str:
        """A mean and its interval in a sentence."""
        return f"{self.with_unit(mean.mean)} ({self.number(mean.low)} to {self.number(mean.high)})"


_SSIM = """Likeness of structure, by Wang et al. (2004): 1 for the same picture, near 0 for unrelated ones. It falls
with blur, shifted edges and wrong texture."""
_PSNR = """Peak signal-to-noise ratio in dB, the squared error on a logarithmic scale: 3 dB more is half the squared
error. A picture that equals the clean one has no finite value and is left out of the mean."""
_L1 = "Mean difference of a channel's value, as a share of its range: 0.01 is 2.55 of 255 levels."
_IDENTITY = """Cosine of dlib's face embeddings of restored and clean photo: 1 where they are equal. Even two strangers
are well above 0, so read it against the pairs of clean photos."""
_IOU = "The area that the found map and the true map share, over the area that either covers. 1 is perfect."
_F1 = "Harmonic mean of precision and recall, also called Dice. 1 is perfect."
_BOUNDARY = "F1 of the outlines alone, where 2 pixels apart still counts as met. It sees what IoU forgives large masks."
_FID = """Frechet distance of Inception features, as in pytorch-fid: how far the restored pictures as a set are from the
clean ones. 0 is best. Small sets have larger values, so compare equal counts only."""
_KID = """Kernel distance of the same features. Its expectation does not depend on the count, so it suits small sets. By
chance it can fall below 0."""
_P_IDS = """Share of the pictures that a linear classifier finds more real than their own clean photo. 50 % is perfect.
It takes more pictures than features have dimensions (2,048): with fewer it is 0 for nearly everything."""
_U_IDS = "Error rate of that classifier over all pictures. 50 % says that it cannot tell restored from clean."
_EMBEDDING = """Frechet distance of dlib's face embeddings. It needs no download and looks at faces alone. It is no FID,
and the two do not compare."""

METRICS = {
    metric.name: metric
    for metric in (
        Metric("ssim_in_map", "SSIM", _INSIDE, _SSIM),
        Metric("psnr_in_map", "PSNR", _INSIDE, _PSNR, 2, "dB"),
        Metric("l1_in_map", "L1", _INSIDE, _L1, 4),
        Metric("ssim", "SSIM", _WHOLE, _SSIM),
        Metric("psnr", "PSNR", _WHOLE, _PSNR, 2, "dB"),
        Metric("l1", "L1", _WHOLE, _L1, 4),
        Metric("identity", "Identity", "similarity", _IDENTITY),
        Metric("iou", "IoU", "", _IOU),
        Metric("f1", "F1", "", _F1),
        Metric("precision", "Precision", "", "Share of the found pixels that are mask. If low, the map spills over."),
        Metric("recall", "Recall", "", "Share of the mask's pixels that are found. If low, rests of the mask stay."),
        Metric("boundary_f1", "Boundary F1", "", _BOUNDARY),
        Metric("fid", "FID", "", _FID, 2),
        Metric("kid", "KID", "", _KID, 4),
        Metric("p_ids", "P-IDS", "", _P_IDS, 1, "%", 100),
        Metric("u_ids", "U-IDS", "", _U_IDS, 1, "%", 100),
        Metric("embedding_frechet", "Embedding Frechet", "distance", _EMBEDDING, 4),
    )
}
"""By their names in metrics.json, in the order in which the report shows them."""


@dataclass(frozen=True)
class Role:
    """What a method is there for: its place from ceiling to floor, a word, a short title, and a sentence.

    The method that is measured has no title here: its own is used.
    """

    place: int
    label: str
    title: str
    meaning: str


FLOOR = "masked"
"""Name of the method that restores nothing."""

ROLES = {
    "jpeg95": Role(
        0, "ceiling", "clean, as JPEG 95", "The clean photo itself, as a JPEG of quality 95: as good as it gets."
    ),
    "telea": Role(2, "baseline", "Telea inpainting", "OpenCV fills the true map, which a network has to find first."),
    "mean_face": Role(3, "baseline", "mean face", "The mean of clean faces stands in the true map."),
    FLOOR: Role(4, "floor", "masked, as it is", "The masked photo. What scores no better has restored nothing."),
}
_MEASURED = Role(1, "measured", "", "What this report is about.")


def role_of(method: str) -> Role:
    """The role of a method by its name in metrics.json."""
    return ROLES.get(method, _MEASURED)


def title_of(method: str, title: str) -> str:
    """What the report calls a method: a baseline by a short title, what is measured by its own."""
    return role_of(method).title or visible(title)


def ladder(methods: Iterable[str]) -> list[str]:
    """Names of methods from the ceiling down to the floor, the one that is measured in between."""
    return sorted(methods, key=lambda name: role_of(name).place)


def visible(text: str) -> str:
    """The text with line breaks and other characters that cannot be seen, or that no file can hold, as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
