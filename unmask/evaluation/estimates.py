"""The metrics of an evaluation: estimates of them, tables of estimates, and distances of sets of pictures."""

from dataclasses import asdict, dataclass
from typing import Any

MASK_METRICS = ("iou", "f1", "precision", "recall", "boundary_f1")
IMAGE_METRICS = ("l1", "psnr", "ssim", "l1_in_map", "psnr_in_map", "ssim_in_map", "identity")
INCEPTION_METRICS = ("fid", "kid", "p_ids", "u_ids")
DISTRIBUTION_METRICS = (*INCEPTION_METRICS, "embedding_frechet")
EMBEDDING_METRICS = ("identity", "embedding_frechet")
LOWER_IS_BETTER = frozenset({"l1", "l1_in_map", "fid", "kid", "embedding_frechet"})


@dataclass(frozen=True)
class Estimate:
    """The mean of a metric over images, with its confidence interval.

    Attributes:
      mean, low, high: None where no image has the metric. `psnr` is in dB, `l1` in [0, 1]; the others have no unit.
      count: images in the mean. Fewer than in the group where some are left out: those without a map inside of it,
        and of PSNR those that equal the clean photo, as theirs is infinite.
    """

    mean: float | None
    low: float | None
    high: float | None
    count: int


Estimates = dict[str, Estimate]
"""Estimates by metric."""


@dataclass(frozen=True)
class Table:
    """Estimates over all images, and over groups of them.

    Attributes:
      metrics: over all images.
      groups: by what the images are grouped ("template", "yaw" in degrees, "area" of the map as a share of the image),
        then by the group's name, in the order in which to show them; groups without an image are left out.
    """

    metrics: Estimates
    groups: dict[str, dict[str, Estimates]]

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Table":
        groups = {
            by: {name: _estimates(metrics) for name, metrics in named.items()}
            for by, named in content["groups"].items()
        }
        return cls(_estimates(content["metrics"]), groups)


@dataclass(frozen=True)
class Distance:
    """A measure of two sets of pictures, restored and clean; either `value` or `not_computed` is None.

    Attributes:
      value: the measure.
      low, high: its confidence interval, where it has one.
      count: pictures of each set that it looks at; None where there is no value.
      not_computed: why there is no value, and how to get one.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    not_computed: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class MethodResult:
    """What one method scores.

    Attributes:
      title: its name for people.
      table: of IMAGE_METRICS.
      distribution: by DISTRIBUTION_METRICS.
    """

    title: str
    table: Table
    distribution: dict[str, Distance]

    def value(self, metric: str) -> float | None:
        """A metric over all images; None where it has no value."""
        if metric in DISTRIBUTION_METRICS:
            return self.distribution[metric].value
        return self.table.metrics[metric].mean

    def to_dict(self) -> dict[str, Any]:
        distribution = {name: distance.to_dict() for name, distance in self.distribution.items()}
        return {"title": self.title, **asdict(self.table), "distribution": distribution}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "MethodResult":
        distribution = {name: Distance(**distance) for name, distance in content["distribution"].items()}
        return cls(content["title"], Table.from_dict(content), distribution)


def _estimates(content: dict[str, Any]) -> Estimates:
    return {name: Estimate(**estimate) for name, estimate in content.items()}
