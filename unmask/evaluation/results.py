"""metrics.json: what an evaluation found, and under which protocol."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError
from unmask.evaluation.estimates import DISTRIBUTION_METRICS, IMAGE_METRICS, MASK_METRICS, MethodResult, Table
from unmask.evaluation.typed import check_types
from unmask.files import write_json
from unmask.metrics.bootstrap import LEVEL, RESAMPLES

SCHEMA_VERSION = 2
SPLITS = ("test", "validation", "train")
METRICS_FILE, ROWS_FILE, REPORT_FILE = "metrics.json", "per_image.csv", "report.html"
EMBEDDINGS_FILE = "embeddings.npz"


@dataclass(frozen=True)
class Network:
    """A network that was measured.

    Attributes:
      sha256: of its weights.
      parameters: their number.
      preset, steps: how it was trained; None where its run does not say.
    """

    sha256: str
    parameters: int
    preset: str | None
    steps: int | None


@dataclass(frozen=True)
class Bootstrap:
    """How the confidence intervals of means were made."""

    level: float = LEVEL
    resamples: int = RESAMPLES
    method: str = "percentile bootstrap over images"


@dataclass(frozen=True)
class MeanOf:
    """Which photos the mean face is of: so many of a split."""

    split: str
    count: int


@dataclass(frozen=True)
class Protocol:
    """What was measured, and with what: without it a number means nothing.

    Attributes:
      records: name of the records' folder.
      records_sha256: of the records that were used, byte for byte and in their order.
      split: "test", "validation" or "train".
      count: images.
      image_size: side at which all was measured, in pixels.
      stored_size: side of the records' images.
      resize: filter from the one to the other, "none" where they are equal.
      output: what was measured: "completed" images, "raw" paint, "map" where a run has Mask G alone, or pictures
        "restored" by another program.
      run: name of the run's folder, or of that of the restored pictures.
      networks: by "mask" and "face"; empty for restored pictures.
      inception_sha256: of the weights that FID and its kin come from; None where they were not computed.
      embedding_sha256: of the weights that face embeddings come from; None where nothing was restored.
      mean_face: the photos that the mean face is of; None where nothing was restored.
      seed: of bootstrap and draws.
      interval: of the means.
      versions: of the packages, by name.
    """

    records: str
    records_sha256: str
    split: str
    count: int
    image_size: int
    stored_size: int
    resize: str
    output: str
    run: str
    networks: dict[str, Network]
    inception_sha256: str | None
    embedding_sha256: str | None
    mean_face: MeanOf | None
    seed: int
    interval: Bootstrap
    versions: dict[str, str]

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Protocol":
        networks = {name: Network(**network) for name, network in content["networks"].items()}
        mean = content["mean_face"] and MeanOf(**content["mean_face"])
        return replace(cls(**content), networks=networks, mean_face=mean, interval=Bootstrap(**content["interval"]))


@dataclass(frozen=True)
class Spread:
    """Cosine similarities of pairs of clean photos: mean, 5th and 95th percentile, number of pairs."""

    mean: float
    p5: float
    p95: float
    count: int


@dataclass(frozen=True)
class IdentityScale:
    """What identity similarity means: that of clean photos of one person and of two; None without such pairs."""

    same: Spread | None
    other: Spread | None


@dataclass(frozen=True)
class Results:
    """All of metrics.json.

    Attributes:
      protocol: what was measured.
      rows_sha256: of the per_image.csv beside it.
      embeddings_sha256: of the embeddings.npz beside it; None where nothing was restored, or an earlier version of
        unmask has written this.
      mask: Mask G's table of MASK_METRICS; None for restored pictures.
      methods: by name, the one that is measured first ("unmask" or "restored"), then what it is compared with; empty
        for a run that has Mask G alone.
      identity_scale: None where `methods` is empty.
    """

    protocol: Protocol
    rows_sha256: str
    embeddings_sha256: str | None
    mask: Table | None
    methods: dict[str, MethodResult]
    identity_scale: IdentityScale | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema_version": SCHEMA_VERSION,
            "protocol": asdict(self.protocol),
            "rows_sha256": self.rows_sha256,
            "embeddings_sha256": self.embeddings_sha256,
            "mask": asdict(self.mask) if self.mask else None,
            "methods": {name: method.to_dict() for name, method in self.methods.items()},
            "identity_scale": asdict(self.identity_scale) if self.identity_scale else None,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Results":
        mask, scale = content["mask"], content["identity_scale"]
        return cls(
            protocol=Protocol.from_dict(content["protocol"]),
            rows_sha256=content["rows_sha256"],
            embeddings_sha256=content.get("embeddings_sha256"),
            mask=Table.from_dict(mask) if mask else None,
            methods={name: MethodResult.from_dict(method) for name, method in content["methods"].items()},
            identity_scale=IdentityScale(_spread(scale["same"]), _spread(scale["other"])) if scale else None,
        )


def _spread(content: dict[str, Any] | None) -> Spread | None:
    return Spread(**content) if content else None


def write_results(path: Path, results: Results) -> None:
    """Writes metrics.json whole or not at all; the same results always give the same bytes."""
    write_json(path, results.to_dict())


def read_results(path: Path) -> Results:
    """Reads a metrics.json.

    Raises:
      UnmaskError: it is missing, damaged, half written, of another schema version, or has a value that cannot be.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["schema_version"]
        if version == SCHEMA_VERSION:
            results = Results.from_dict(content)
            _check(results)
            return results
    except OSError as error:
        raise UnmaskError(f"{path} cannot be read: {error.strerror}. unmask evaluate writes it.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnmaskError(
            f"{path} is damaged, half written, or no file of unmask evaluate ({type(error).__name__}: {error}). "
            "Make it anew: unmask evaluate --records RECORDS --run RUN."
        ) from error
    raise UnmaskError(f"{path} has schema version {version}; this is for {SCHEMA_VERSION}. Make it anew.")


def _check(results: Results) -> None:
    """Raises ValueError or TypeError where a value is none that an evaluation writes."""
    check_types(results)
    protocol, methods = results.protocol, results.methods
    if protocol.split not in SPLITS:
        raise ValueError(f"protocol.split is {protocol.split!r}, none of {', '.join(SPLITS)}")
    counts = {
        "count": protocol.count, "image_size": protocol.image_size, "stored_size": protocol.stored_size,
        "interval.resamples": protocol.interval.resamples,
    }  # fmt: skip
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"protocol.{name} is {value}")
    if protocol.seed < 0 or not 0 < protocol.interval.level < 1:
        raise ValueError(f"protocol.seed is {protocol.seed}, protocol.interval.level {protocol.interval.level}")
    tables: list[tuple[list[str], tuple[str, ...]]]
    tables = [(list(results.mask.metrics), MASK_METRICS)] if results.mask else []
    tables += [(list(method.table.metrics), IMAGE_METRICS) for method in methods.values()]
    tables += [(list(method.distribution), DISTRIBUTION_METRICS) for method in methods.values()]
    for found, metrics in tables:
        if set(found) != set(metrics):
            raise ValueError(f"a table has the metrics {', '.join(found)}, not {', '.join(metrics)}")
    if not tables:
        raise ValueError("it has no table")
