"""An evaluation from its test set to its results."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from unmask.evaluation.distribution import embedding_distance, inception_distances, not_computed
from unmask.evaluation.estimates import IMAGE_METRICS, MASK_METRICS, Distance, MethodResult
from unmask.evaluation.identity import identity_scale
from unmask.evaluation.measuring import CLEAN, Reference, Settings, measure, prepare
from unmask.evaluation.methods import TITLES
from unmask.evaluation.protocol import protocol_of
from unmask.evaluation.results import Protocol, Results
from unmask.evaluation.rows import Row
from unmask.evaluation.subject import Subject
from unmask.evaluation.tables import table
from unmask.evaluation.test_set import TestSet


def evaluate(records: Path, test_set: TestSet, subject: Subject, how: Settings) -> tuple[Results, list[Row]]:
    """Measures a subject, and what it is compared with, on a test set.

    Memory grows with the number of records by their rows alone, about 2 kB a record.

    Args:
      records: folder of the test set; the mean face is that of its train split.
      test_set: what is measured on.
      subject: what is measured.
      how: how it is done.

    Returns:
      The results, still without the hash of the rows' file, and the rows.

    Raises:
      UnmaskError: an output cannot be measured, or a process died.
    """
    restores = subject.output != "map"
    with ExitStack() as stack:
        reference = prepare(records, test_set, subject.method, how, stack) if restores else None
        rows = measure(test_set, subject, reference, how)
        protocol = protocol_of(records, test_set, subject, how.seed, bool(reference and reference.inception))
        own = [row for row in rows if row.method == subject.method]
        results = Results(
            protocol=protocol,
            rows_sha256="",
            mask=table(own, MASK_METRICS, protocol.interval, how.seed) if "mask" in subject.networks else None,
            methods={},
            identity_scale=None,
        )
        if reference:
            clean = reference.embedding.of(CLEAN)
            methods = _methods(rows, subject, reference, protocol)
            scale = identity_scale(clean, test_set.identities, how.seed)
            results = replace(results, methods=methods, identity_scale=scale)
    return results, rows


def _methods(
    rows: Sequence[Row], subject: Subject, reference: Reference, protocol: Protocol
) -> dict[str, MethodResult]:
    return {
        name: MethodResult(
            title,
            table([row for row in rows if row.method == name], IMAGE_METRICS, protocol.interval, protocol.seed),
            _distances(name, reference),
        )
        for name, title in {subject.method: subject.title, **TITLES}.items()
    }


def _distances(name: str, reference: Reference) -> dict[str, Distance]:
    inception, embedding = reference.inception, reference.embedding
    by_inception = (
        inception_distances(inception.of(name), inception.of(CLEAN)) if inception else not_computed(reference.reason)
    )
    return {**by_inception, "embedding_frechet": embedding_distance(embedding.of(name), embedding.of(CLEAN))}
