"""Two evaluations side by side: how far apart they are, and how sure that is."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from unmask.errors import UnmaskError
from unmask.evaluation.comparison_files import COMPARISON_KEYS
from unmask.evaluation.embeddings import Embeddings, frechet_difference, read_embeddings
from unmask.evaluation.estimates import (
    DISTRIBUTION_METRICS,
    EMBEDDING_METRICS,
    IMAGE_METRICS,
    INCEPTION_METRICS,
    LOWER_IS_BETTER,
    MASK_METRICS,
    Estimate,
    MethodResult,
)
from unmask.evaluation.glossary import METRICS
from unmask.evaluation.results import EMBEDDINGS_FILE, ROWS_FILE, Protocol, Results, read_results
from unmask.evaluation.rows import Row, read_rows
from unmask.evaluation.summary import name_of, number, protocol_line, samples
from unmask.evaluation.text_table import text_table
from unmask.files import sha256_of
from unmask.metrics.bootstrap import difference_interval

_PHOTOS = ("records_sha256", "image_size", "resize")  # of the protocol; where these agree the photos are the same
_FEATURES = {
    "inception_sha256": ("Inception", INCEPTION_METRICS),
    "embedding_sha256": ("the face embeddings", EMBEDDING_METRICS),
}
"""Networks by their place in the protocol: a name, and the metrics that compare where the weights are the same."""


@dataclass(frozen=True)
class Evaluation:
    """An evaluation as it lies on the disk.

    Attributes:
      results: its metrics.json.
      measured: what it is about; None where a run has Mask G alone.
      rows: those of what it is about, in the order of the records.
      embeddings: of faces; None where there are none.
    """

    results: Results
    measured: MethodResult | None
    rows: list[Row]
    embeddings: Embeddings | None


@dataclass(frozen=True)
class Comparison:
    """A metric of two evaluations.

    Attributes:
      a, b: its values; None where there is none.
      difference: the mean of b - a over the photos that have both, with its interval, which one photo has not. Of a
        distribution's measures, the Frechet distance of face embeddings alone has an interval.
    """

    a: float | None
    b: float | None
    difference: Estimate

    def better(self, metric: str) -> str:
        """Which of the two is better, "A" or "B", where the interval says so; otherwise nothing."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None or low <= 0 <= high:
            return ""
        return "AB"[(low > 0) != (metric in LOWER_IS_BETTER)]


def load(path: Path) -> Evaluation:
    """An evaluation from its metrics.json, and the per_image.csv and embeddings.npz beside it.

    Raises:
      UnmaskError: one of them is missing or damaged, or they are not of one evaluation.
    """
    results = read_results(path)
    beside = path.with_name(ROWS_FILE)
    rows = read_rows(beside)
    if sha256_of(beside) != results.rows_sha256:
        raise UnmaskError(f"{beside} is not the file that {path} was written with. Run unmask evaluate again.")
    method, measured = next(iter(results.methods.items()), ("unmask", None))
    own = [row for row in rows if row.method == method]
    if len(own) != results.protocol.count:
        raise UnmaskError(
            f"{path} says that {results.protocol.count:,} photos were measured, but {beside} has {len(own):,} rows of "
            f"{method}. Run unmask evaluate again."
        )
    sha256 = results.embeddings_sha256
    embeddings = read_embeddings(path.with_name(EMBEDDINGS_FILE), sha256) if sha256 else None
    return Evaluation(results, measured, own, embeddings)


def compare(a: Evaluation, b: Evaluation) -> dict[str, Comparison]:
    """What two evaluations of the same photos have in common, by metric, without what `other_weights` names.

    Raises:
      UnmaskError: they are not of the same photos at one size, or have no metric in common.
    """
    _check_photos(asdict(a.results.protocol), asdict(b.results.protocol))
    found: dict[str, Comparison] = {}
    if a.results.mask and b.results.mask:
        first, second = a.results.mask.metrics, b.results.mask.metrics
        found |= {it: Comparison(first[it].mean, second[it].mean, _paired(a, b, it)) for it in MASK_METRICS}
    if a.measured and b.measured:
        for it in (*IMAGE_METRICS, *DISTRIBUTION_METRICS):
            values = a.measured.value(it), b.measured.value(it)
            found[it] = Comparison(*values, _paired(a, b, it) if it in IMAGE_METRICS else _plain(*values))
    if not found:
        raise UnmaskError("The two have no metric in common: one measures Mask G alone, the other pictures.")
    left_out = {it for _, metrics in other_weights(a.results.protocol, b.results.protocol) for it in metrics}
    found = {metric: it for metric, it in found.items() if metric not in left_out}
    if "embedding_frechet" in found and a.embeddings and b.embeddings:
        protocol = a.results.protocol
        difference = frechet_difference(a.embeddings, b.embeddings, protocol.seed, protocol.interval)
        found["embedding_frechet"] = replace(found["embedding_frechet"], difference=difference)
    return found


def other_weights(a: Protocol, b: Protocol) -> list[tuple[str, tuple[str, ...]]]:
    """Networks whose weights are not the same in two evaluations, and the metrics that do not compare for it."""
    hashes = {name: (getattr(a, name), getattr(b, name)) for name in _FEATURES}
    return [_FEATURES[name] for name, (one, other) in hashes.items() if one and other and one != other]


def comparison_text(a: Evaluation, b: Evaluation, found: dict[str, Comparison]) -> str:
    """The comparison as a table for a terminal, under both protocols."""
    interval = a.results.protocol.interval
    rows = [["", "A", "B", "B - A", f"{interval.level:.0%} interval", "better"]]
    for metric, it in found.items():
        low, high = (number(metric, value) for value in (it.difference.low, it.difference.high))
        span = f"{low} to {high}" if it.difference.low is not None else ""
        rows.append(
            [name_of(metric), number(metric, it.a), number(metric, it.b), number(metric, it.difference.mean), span]
            + [it.better(metric)]
        )
    lines = [f"{name}  {protocol_line(one.results.protocol)}" for name, one in (("A", a), ("B", b))]
    if versions := _other_versions(a.results.protocol.versions, b.results.protocol.versions):
        lines.append(f"Versions of A and B differ: {versions}")
    for network, metrics in other_weights(a.results.protocol, b.results.protocol):
        titles = ", ".join(METRICS[it].full_title for it in metrics)
        lines.append(f"Left out: {titles}. The weights of {network} are not the same in A and B.")
    count = a.results.protocol.count
    lines += samples(a.measured, count) if a.measured and b.measured else []
    note = (
        f"Intervals are of the difference over the same photos: {interval.method}, {interval.resamples:,} "
        "resamples. Where one holds 0, the photos do not say which is better."
    )
    return "\n".join([*lines, "", text_table(rows), "", note])


def comparison_json(a: Evaluation, b: Evaluation, found: dict[str, Comparison]) -> dict[str, Any]:
    """The comparison as JSON, with both protocols."""
    parts = asdict(a.results.protocol), asdict(b.results.protocol), {metric: asdict(it) for metric, it in found.items()}
    return dict(zip(COMPARISON_KEYS, parts, strict=True))


def _check_photos(first: dict[str, Any], second: dict[str, Any]) -> None:
    other = [name for name in _PHOTOS if first[name] != second[name]]
    if other:
        listed = "; ".join(f"{name}: {_short(first[name])} and {_short(second[name])}" for name in other)
        raise UnmaskError(
            f"The two were not measured on the same photos ({listed}), so their numbers do not compare. Measure both "
            "with the same --records, --split and --limit, at one size."
        )


def _other_versions(a: dict[str, str], b: dict[str, str]) -> str:
    """What both were measured with in different versions."""
    return ", ".join(f"{name} {a[name]} and {b[name]}" for name in a if name in b and a[name] != b[name])


def _short(value: Any) -> str:
    return str(value)[:12]


def _paired(a: Evaluation, b: Evaluation, metric: str) -> Estimate:
    protocol = a.results.protocol
    values = [(one.value(metric), other.value(metric)) for one, other in zip(a.rows, b.rows, strict=True)]
    pairs = [(x, y) for x, y in values if x is not None and y is not None]
    if not pairs:
        return Estimate(None, None, None, 0)
    first, second = zip(*pairs, strict=True)
    it = difference_interval(first, second, protocol.seed, protocol.interval.resamples, protocol.interval.level)
    return Estimate(it.mean, it.low, it.high, it.count) if it.count > 1 else Estimate(it.mean, None, None, it.count)


def _plain(a: float | None, b: float | None) -> Estimate:
    return Estimate(None if a is None or b is None else b - a, None, None, 0)
