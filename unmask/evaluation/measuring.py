"""Goes through a test set once: restores it batch by batch, scores every record, and makes features in passing."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from unmask.evaluation.extractors import embedding_extractor, features_of
from unmask.evaluation.features import Extractor, Features
from unmask.evaluation.inception import inception_extractor
from unmask.evaluation.methods import TITLES, baselines, mean_face
from unmask.evaluation.per_image import Task, score
from unmask.evaluation.progress import progress
from unmask.evaluation.results import MeanOf
from unmask.evaluation.rows import Row
from unmask.evaluation.subject import Output, Subject
from unmask.evaluation.test_set import Sample, TestSet
from unmask.evaluation.workers import map_ahead
from unmask.metrics.identity import cosine
from unmask.metrics.inception import NotAvailable

BATCH = 16
"""Photos whose features are made at a time. No option: the last bits of features depend on it."""

CLEAN = "clean"
"""Name of the set of clean photos, beside the methods."""


@dataclass(frozen=True)
class Settings:
    """How it is done. Only the seed and the weights have a part in the numbers.

    Attributes:
      seed: of bootstrap and draws.
      jobs: processes that score.
      fid: whether to compute Inception's features where they can be had.
      inception_weights: pytorch-fid's file; None for what the package downloads.
      quiet: no progress bar.
    """

    seed: int = 0
    jobs: int = 1
    fid: bool = True
    inception_weights: Path | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Reference:
    """What restored pictures are measured against, besides their clean photos.

    Attributes:
      mean: uint8 [S, S, 3], the mean face of one of the baselines.
      mean_of: the photos that it is of.
      embedding: features of faces, of all pictures.
      inception: Inception's features of all pictures; None where they are not computed.
      reason: why they are not, and how to get them.
    """

    mean: np.ndarray
    mean_of: MeanOf
    embedding: Features
    inception: Features | None
    reason: str


def prepare(records: Path, test_set: TestSet, method: str, how: Settings, stack: ExitStack) -> Reference:
    """Finds what makes features, and the files that they are in or go to; all of it lasts as long as the stack.

    Args:
      records: folder in whose train split the mean face is taken.
      test_set: what is measured on.
      method: name of what is measured.
      how: how it is done.
      stack: to which what must be ended is added.
    """
    mean, mean_of = mean_face(records, test_set.index.split, test_set.size)
    temporary = Path(stack.enter_context(TemporaryDirectory()))  # for the features of what is measured

    def features(extractor: Extractor) -> Features:
        return features_of(extractor, test_set, method, (CLEAN, *TITLES), mean, temporary)

    embedding = features(embedding_extractor())
    if not how.fid:
        return Reference(mean, mean_of, embedding, None, "Left out by --no-fid.")
    try:
        inception = features(stack.enter_context(inception_extractor(how.inception_weights)))
    except NotAvailable as error:
        return Reference(mean, mean_of, embedding, None, str(error))
    return Reference(mean, mean_of, embedding, inception, "")


def measure(test_set: TestSet, subject: Subject, reference: Reference | None, how: Settings) -> list[Row]:
    """Restores and scores all records, and fills the features of the reference in passing.

    Args:
      test_set: the records.
      subject: what is measured.
      reference: None where nothing is restored.
      how: how it is done.

    Returns:
      The rows of all records, in their order.
    """
    with ExitStack() as stack:
        for features in _features(reference):
            stack.enter_context(features.filling(len(test_set)))
        scored = map_ahead(how.jobs, score, _batches(test_set, subject, reference))
        bar = progress(scored, len(test_set), "evaluate", "photo", how.quiet)
        rows = [row for of_record in bar for row in of_record]
    return _with_identity(rows, reference.embedding) if reference else rows


def _features(reference: Reference | None) -> list[Features]:
    return [it for it in (reference.embedding, reference.inception) if it] if reference else []


def _batches(test_set: TestSet, subject: Subject, reference: Reference | None) -> Iterator[list[Task]]:
    for start in range(0, len(test_set), BATCH):
        samples = [test_set.read(number) for number in range(start, min(start + BATCH, len(test_set)))]
        tasks = [
            Task(sample, subject.method, output.found, _pictures(sample, subject.method, output, reference))
            for sample, output in zip(samples, subject.restore(samples), strict=True)
        ]
        if reference:
            landmarks, pictures = np.stack([sample.landmarks for sample in samples]), _stacked(tasks)
            for features in _features(reference):
                features.add(pictures, landmarks)
        yield tasks


def _pictures(sample: Sample, method: str, output: Output, reference: Reference | None) -> dict[str, np.ndarray]:
    """uint8 [S, S, 3] by method; empty where nothing is restored."""
    if reference is None or output.image is None:
        return {}
    return {method: output.image, **baselines(sample, reference.mean)}


def _stacked(tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """uint8 [B, S, S, 3] by method, and the clean photos."""
    pictures = [{CLEAN: task.sample.clean, **task.pictures} for task in tasks]
    return {name: np.stack([some[name] for some in pictures]) for name in pictures[0]}


def _with_identity(rows: Sequence[Row], embedding: Features) -> list[Row]:
    """The rows with identity similarity; each record has one for each method, in the same order."""
    methods = dict.fromkeys(row.method for row in rows)
    clean = embedding.of(CLEAN)
    similarity = {name: cosine(embedding.of(name), clean) for name in methods}
    return [
        replace(row, identity_similarity=float(similarity[row.method][number // len(methods)]))
        for number, row in enumerate(rows)
    ]
