"""The parts of the report that are no tables: numbers at a glance, examples, and the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass

from unmask.evaluation.estimates import Estimate, Estimates, MethodResult
from unmask.evaluation.glossary import FLOOR, METRICS, Metric, known, many, role_of, title_of, visible
from unmask.evaluation.pictures import Images, ImagesOf, Picture, choose, pictures_of
from unmask.evaluation.report_cells import in_images
from unmask.evaluation.results import MeanOf, Network, Protocol, Results
from unmask.evaluation.rows import Row

OUTPUTS = {
    "completed": "completed images: the photo outside the map, Face G's paint inside it",
    "raw": "Face G's paint alone, not blended with the photo",
    "map": "maps of Mask G; the run has no Face G",
    "restored": "pictures that another program restored",
}

_OWN = "measured"
_NOT_COMPUTED = "not computed"
_MEASURED = {"completed": "completed images", "raw": "raw paint", "map": "maps alone", "restored": "restored pictures"}

_CHOSEN = {
    "best": "The highest {metric}.",
    "median": "Those in the middle, when all are put in the order of {metric}: what to expect.",
    "worst": "The lowest {metric}.",
    "random": "Drawn with seed {seed} from all the others, whatever their numbers are.",
}


@dataclass(frozen=True)
class Mark:
    """A method on the scale of a number: its place from 0 to 100, whether it is measured here, or is the floor."""

    title: str
    value: str
    place: float
    measured: bool = False
    floor: bool = False


@dataclass(frozen=True)
class Tile:
    """A number at a glance, between the lowest and the highest that it is compared with (`marks`, in rising order).

    `interval` is empty where the number is of one image.
    """

    title: str
    value: str
    unit: str
    interval: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Example:
    """A record of the report: its key, its numbers by name, its images."""

    key: str
    facts: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Group:
    """Examples that were chosen alike."""

    title: str
    note: str
    examples: tuple[Example, ...]


def lead(results: Results) -> str:
    """What was found, in a sentence or two."""
    protocol = results.protocol
    what = f"{protocol.count:,} images of the {protocol.split} split at {protocol.image_size} pixels"
    name, metric = ranking(results)
    if name is None:
        estimate = results.mask.metrics.get(metric.name) if results.mask else None
        return f"Mask G finds the mask in {what}. {_sentence(metric, estimate)}"
    said = f"Faces restored in {what}. {_sentence(metric, results.methods[name].table.metrics.get(metric.name))}"
    means = _means(results, metric.name)
    said += _below_floor(results.methods[name].table.metrics, results.methods.get(FLOOR), metric)
    ends = [
        f"the {role_of(end).label} is {metric.with_unit(mean)} ({role_of(end).title})"
        for end, mean in means.items()
        if role_of(end).label in ("floor", "ceiling")
    ]
    return said + (f" For scale, {', '.join(ends)}." if ends else "")


def ranking(results: Results) -> tuple[str | None, Metric]:
    """The method that is measured, None for Mask G alone, and the metric by which its images are ranked."""
    method = next(iter(results.methods), None)
    return method, METRICS["iou" if method is None else "ssim_in_map"]


def tiles(results: Results) -> list[Tile]:
    """The numbers at a glance, as far as there are any."""
    measured = next(iter(results.methods), None)
    strangers = results.identity_scale and results.identity_scale.other
    found: list[Tile | None] = []
    for metric in (METRICS[name] for name in ("ssim_in_map", "psnr_in_map", "identity") if measured):
        means = _means(results, metric.name)
        titles = {name: title_of(name, method.title) for name, method in results.methods.items()}
        compared = {titles[name]: mean for name, mean in means.items() if name != measured}
        if metric.name == "identity" and strangers:
            compared["clean, two people"] = strangers.mean
        estimate = results.methods[measured].table.metrics.get(metric.name) if measured else None
        found.append(_tile(metric.full_title, metric, estimate, compared))
    if results.mask:
        ends = {"nothing found": 0.0, "perfect": 1.0}
        found.append(_tile("IoU of Mask G", METRICS["iou"], results.mask.metrics.get("iou"), ends))
    return [tile for tile in found if tile]


def examples(results: Results, rows: Sequence[Row], images_of: ImagesOf) -> list[Group]:
    """Records to look at, chosen by what is measured: SSIM inside the map, or IoU where no face was restored."""
    method, metric = ranking(results)
    measured = [row for row in rows if method is None or row.method == method]
    return [
        Group(
            title,
            _CHOSEN[title].format(metric=metric.full_title, seed=results.protocol.seed),
            tuple(_example(row, images_of(row.key)) for row in chosen),
        )
        for title, chosen in choose(measured, metric.name, results.protocol.seed).items()
    ]


def protocol_summary(protocol: Protocol) -> str:
    """The protocol in a line."""
    parts = [
        f"{protocol.split} split",
        f"{protocol.count:,} images",
        _size(protocol),
        _MEASURED.get(protocol.output, protocol.output),
    ]
    parts += [f"{_network_name(name)} {network.sha256[:8]}" for name, network in protocol.networks.items()]
    return ", ".join([*parts, f"seed {protocol.seed}"])


def protocol_lines(protocol: Protocol) -> list[tuple[str, str]]:
    """All of the protocol: names and values."""
    interval = protocol.interval
    networks = [(_network_name(name), _network(network)) for name, network in protocol.networks.items()]
    return [
        ("Records", f"{visible(protocol.records)}, {protocol.split} split, {protocol.count:,} images"),
        ("Records' SHA-256", protocol.records_sha256),
        ("Image size", _size(protocol)),
        ("Measured", OUTPUTS.get(protocol.output, protocol.output)),
        ("Pictures in" if protocol.output == "restored" else "Run", visible(protocol.run)),
        *(networks or [("Networks", "none of ours: the pictures came as files")]),
        ("Inception", f"SHA-256 {protocol.inception_sha256}" if protocol.inception_sha256 else _NOT_COMPUTED),
        ("Face embeddings", f"SHA-256 {protocol.embedding_sha256}" if protocol.embedding_sha256 else _NOT_COMPUTED),
        *([("Mean face", _mean_of(protocol.mean_face))] if protocol.mean_face else []),
        ("Intervals", f"{interval.level * 100:g} %, {interval.method}, {interval.resamples:,} resamples"),
        ("Seed", str(protocol.seed)),
        ("Versions", ", ".join(f"{name}\N{NO-BREAK SPACE}{version}" for name, version in protocol.versions.items())),
    ]


def _tile(title: str, metric: Metric, estimate: Estimate | None, compared: dict[str, float]) -> Tile | None:
    mean = known(estimate)
    if mean is None:
        return None
    values = sorted([(value, title) for title, value in compared.items()] + [(mean.mean, _OWN)])
    low, span = values[0][0], (values[-1][0] - values[0][0]) or 1.0
    marks = tuple(
        Mark(title, metric.number(value), 100 * (value - low) / span, title == _OWN, title == role_of(FLOOR).title)
        for value, title in values
    )
    return Tile(title, metric.number(mean.mean), metric.unit, metric.interval(mean) if many(estimate) else "", marks)


def _sentence(metric: Metric, estimate: Estimate | None) -> str:
    mean = known(estimate)
    if mean is None:
        return f"No image has {metric.full_title}."
    return f"{metric.full_title} is {metric.words(mean) if many(estimate) else metric.with_unit(mean.mean)}."


def _below_floor(measured: Estimates, floor: MethodResult | None, metric: Metric) -> str:
    """A sentence where what is measured does no good, by a metric of which more is better; otherwise nothing."""
    own, lowest = known(measured.get(metric.name)), known(floor.table.metrics.get(metric.name)) if floor else None
    if own is None or lowest is None or own.mean > lowest.mean:
        return ""
    return f" That is {'worse' if own.high < lowest.low else 'no better'} than leaving the mask on."


def _means(results: Results, metric: str) -> dict[str, float]:
    found = {name: method.table.metrics.get(metric) for name, method in results.methods.items()}
    return {name: estimate.mean for name, estimate in found.items() if estimate and estimate.mean is not None}


def _example(row: Row, images: Images) -> Example:
    about = [
        ("mask", visible(row.template)),
        ("yaw", f"{row.yaw:.0f}\N{DEGREE SIGN}".replace("-", "\N{MINUS SIGN}")),
        ("map area", f"{row.area * 100:.0f} %"),
    ]
    for name in ("ssim_in_map", "psnr_in_map", "identity", "iou"):
        metric, value = METRICS[name], row.value(name)
        if value is not None:
            about.append((metric.title, metric.with_unit(value)))
    key = visible(row.key)
    subject = f"{key}, {', '.join(f'{name} {value}' for name, value in about)}"
    return Example(key, tuple(about), tuple(pictures_of(images, subject)))


def _size(protocol: Protocol) -> str:
    if protocol.resize == "none":
        return f"{protocol.image_size} pixels as stored"
    return f"{protocol.image_size} pixels (stored at {protocol.stored_size}, resized by {protocol.resize})"


def _network_name(name: str) -> str:
    return f"{name.capitalize()} G"


def _mean_of(mean: MeanOf) -> str:
    return f"of {in_images(mean.count)} of the {mean.split} split"


def _network(network: Network) -> str:
    about = [f"{network.parameters:,} parameters", f"SHA-256 {network.sha256}"]
    if network.preset is not None:
        about.append(f"preset {visible(network.preset)}")
    if network.steps is not None:
        about.append(f"{network.steps:,} steps")
    return ", ".join(about)
