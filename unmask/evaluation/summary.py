"""What `unmask evaluate` says at its end."""

from unmask.evaluation.estimates import DISTRIBUTION_METRICS, IMAGE_METRICS, MASK_METRICS, Estimate, MethodResult
from unmask.evaluation.glossary import METRICS, Metric, many, visible
from unmask.evaluation.results import IdentityScale, Protocol, Results, Spread
from unmask.evaluation.text_table import text_table

NOTHING = "-"  # stands where there is no value


def summary(results: Results) -> str:
    """The means over all images as text, under the protocol that they were measured by."""
    parts = [protocol_line(results.protocol)]
    if results.mask:
        metrics = results.mask.metrics
        parts.append(
            text_table([["Mask G", ""], *([name_of(it), _interval(metrics[it], METRICS[it])] for it in MASK_METRICS)])
        )
    if results.methods:
        measured = next(iter(results.methods.values()))
        parts += [_methods(results.methods), *samples(measured, results.protocol.count), *_reasons(results.methods)]
    if results.identity_scale:
        parts.append(_scale(results.identity_scale))
    return "\n\n".join(parts)


def protocol_line(protocol: Protocol) -> str:
    """One line on what was measured, and how."""
    size = f"{protocol.image_size} pixels"
    if protocol.resize != "none":
        size += f" (from {protocol.stored_size}, {protocol.resize})"
    networks = "".join(f", {name.capitalize()} G {it.sha256[:8]}" for name, it in protocol.networks.items())
    return visible(
        f"{protocol.run}: {protocol.count:,} photos of the {protocol.split} split of {protocol.records} at {size}, "
        f"{protocol.output}{networks}, seed {protocol.seed}"
    )


def name_of(metric: str) -> str:
    """A metric's name for people, and its unit."""
    about = METRICS[metric]
    unit = f" ({about.unit})" if about.unit else ""
    return f"{about.full_title}{unit}"


def number(metric: str, value: float | None) -> str:
    """A metric's value with its decimals, without its unit."""
    return NOTHING if value is None else METRICS[metric].number(value)


def samples(method: MethodResult, count: int) -> list[str]:
    """A line for the measures of sets that look at fewer than all `count` pictures, if any do."""
    fewer: dict[int, list[str]] = {}
    for name, distance in method.distribution.items():
        if distance.count is not None and distance.count < count:
            fewer.setdefault(distance.count, []).append(METRICS[name].title)
    return [f"{', '.join(names)}: of an even sample of {some:,} pictures." for some, names in fewer.items()]


def _interval(estimate: Estimate, metric: Metric) -> str:
    if estimate.mean is None or estimate.low is None or estimate.high is None:
        return NOTHING
    if not many(estimate):
        return metric.number(estimate.mean)
    return f"{metric.number(estimate.mean)} ({metric.number(estimate.low)} to {metric.number(estimate.high)})"


def _methods(methods: dict[str, MethodResult]) -> str:
    rows = [
        [name_of(metric), *(number(metric, method.value(metric)) for method in methods.values())]
        for metric in (*IMAGE_METRICS, *DISTRIBUTION_METRICS)
    ]
    return text_table([["", *methods], *rows])


def _reasons(methods: dict[str, MethodResult]) -> list[str]:
    """One line for each reason why something was not computed."""
    metrics: dict[str, list[str]] = {}
    for method in methods.values():
        for name, distance in method.distribution.items():
            if distance.not_computed and METRICS[name].title not in metrics.setdefault(distance.not_computed, []):
                metrics[distance.not_computed].append(METRICS[name].title)
    return [f"Not computed: {', '.join(names)}. {reason}" for reason, names in metrics.items()]


def _scale(scale: IdentityScale) -> str:
    def words(spread: Spread | None, whom: str) -> str:
        if spread is None:
            return f"{whom}: no pairs"
        if spread.count == 1:
            return f"{whom} {spread.mean:.3f} (1 pair)"
        return f"{whom} {spread.mean:.3f} (90 % from {spread.p5:.3f} to {spread.p95:.3f}; pairs: {spread.count:,})"

    return (
        f"Identity similarity of two clean photos, as the scale: of {words(scale.same, 'one person')}, "
        f"of {words(scale.other, 'two people')}."
    )
