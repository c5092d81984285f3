"""An evaluation from its test set to its results."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unmask.evaluation.distribution import FeatureSet, embedding_distance, inception_distances, not_computed
from unmask.evaluation.embeddings import Embeddings
from unmask.evaluation.estimates import IMAGE_METRICS, MASK_METRICS, Distance, MethodResult
from unmask.evaluation.identity import identity_scale
from unmask.evaluation.measuring import CLEAN, Reference, Settings, measure, prepare
from unmask.evaluation.methods import TITLES
from unmask.evaluation.progress import progress
from unmask.evaluation.protocol import protocol_of
from unmask.evaluation.results import Protocol, Results
from unmask.evaluation.rows import Row
from unmask.evaluation.subject import Subject
from unmask.evaluation.tables import table
from unmask.evaluation.test_set import TestSet


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation found.

    Attributes:
      results: still without the hashes of the other files.
      rows: one for each photo and method.
      embeddings: of faces; None where nothing was restored.
    """

    results: Results
    rows: list[Row]
    embeddings: Embeddings | None


def evaluate(records: Path, test_set: TestSet, subject: Subject, how: Settings) -> Evaluated:
    """Measures a subject, and what it is compared with, on a test set.

    Memory grows with the number of records by their rows and embeddings alone, about 4 kB a record.

    Args:
      records: folder of the test set; the mean face is that of its train split.
      test_set: what is measured on.
      subject: what is measured.
      how: how it is done.

    Raises:
      UnmaskError: an output cannot be measured, or a process died.
    """
    restores = subject.output != "map"
    with ExitStack() as stack:
        reference = prepare(records, test_set, subject.method, how, stack) if restores else None
        rows = measure(test_set, subject, reference, how)
        protocol = _protocol(records, test_set, subject, reference, how.seed)
        own = [row for row in rows if row.method == subject.method]
        results = Results(
            protocol=protocol,
            rows_sha256="",
            embeddings_sha256=None,
            mask=table(own, MASK_METRICS, protocol.interval, how.seed) if "mask" in subject.networks else None,
            methods={},
            identity_scale=None,
        )
        embeddings = None
        if reference:
            clean = reference.embedding.of(CLEAN)
            methods = _methods(rows, subject, reference, protocol, how.quiet)
            scale = identity_scale(clean, test_set.identities, how.seed)
            results = replace(results, methods=methods, identity_scale=scale)
            embeddings = Embeddings(np.array(reference.embedding.of(subject.method)), np.array(clean))
    return Evaluated(results, rows, embeddings)


def _protocol(records: Path, test_set: TestSet, subject: Subject, reference: Reference | None, seed: int) -> Protocol:
    if reference is None:
        return protocol_of(records, test_set, subject, seed)
    inception = reference.inception.sha256 if reference.inception else None
    return protocol_of(records, test_set, subject, seed, inception, reference.embedding.sha256, reference.mean_of)


def _methods(
    rows: Sequence[Row], subject: Subject, reference: Reference, protocol: Protocol, quiet: bool
) -> dict[str, MethodResult]:
    titles, distances = {subject.method: subject.title, **TITLES}, _to_clean(reference)
    return {
        name: MethodResult(
            titles[name],
            table([row for row in rows if row.method == name], IMAGE_METRICS, protocol.interval, protocol.seed),
            distances(name),
        )
        for name in progress(titles, len(titles), "compare sets", "set", quiet)
    }


def _to_clean(reference: Reference) -> Callable[[str], dict[str, Distance]]:
    """A function from a method's name to its distances from the clean set, which is looked at once for all methods."""
    inception, embedding = reference.inception, reference.embedding
    clean_inception = FeatureSet.of(inception.of(CLEAN)) if inception else None
    clean_embedding = FeatureSet.of(embedding.of(CLEAN))

    def distances(name: str) -> dict[str, Distance]:
        if inception and clean_inception:
            found = inception_distances(FeatureSet.of(inception.of(name)), clean_inception)
        else:
            found = not_computed(reference.reason)
        own = FeatureSet.of(embedding.of(name))
        return {**found, "embedding_frechet": embedding_distance(own, clean_embedding)}

    return distances
