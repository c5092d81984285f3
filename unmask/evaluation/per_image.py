"""One record's numbers: a row for each method, and face embeddings."""

from dataclasses import asdict, dataclass, field, replace
from functools import cache

import numpy as np

from unmask.evaluation.methods import baselines
from unmask.evaluation.rows import Row
from unmask.evaluation.subject import Output
from unmask.evaluation.test_set import Sample
from unmask.metrics import image, segmentation
from unmask.metrics.identity import FaceEmbedder

CLEAN = "clean"


@dataclass(frozen=True)
class Task:
    """A record to score.

    Attributes:
      sample: the record.
      method: name of what is measured.
      output: what that made of it.
      mean: uint8 [S, S, 3], the mean face for the baselines.
      embedded: methods of whose pictures embeddings are wanted; CLEAN is the clean photo.
    """

    sample: Sample
    method: str
    output: Output
    mean: np.ndarray
    embedded: tuple[str, ...] = ()

    def pictures(self) -> dict[str, np.ndarray]:
        """uint8 [S, S, 3] by method, what is measured first; empty where nothing was restored."""
        if self.output.image is None:
            return {}
        return {self.method: self.output.image, **baselines(self.sample, self.mean)}


@dataclass(frozen=True)
class Scored:
    """What was found of a record.

    Attributes:
      rows: one for each method, without identity similarity.
      embeddings: float64 [128] of each picture that was asked for.
    """

    rows: list[Row]
    embeddings: dict[str, np.ndarray] = field(default_factory=dict)


def score(task: Task) -> Scored:
    """Scores a record; a pure function of the task."""
    sample, pictures = task.sample, task.pictures()
    scores = {name: asdict(image.scores(it, sample.clean, sample.inside)) for name, it in pictures.items()}
    if task.output.found is not None:
        found = asdict(segmentation.scores(task.output.found, sample.inside))
        scores = {**scores, task.method: {**found, **scores.get(task.method, {})}}
    about = Row(sample.key, sample.template, sample.yaw, float(sample.inside.mean()), sample.identity, task.method)
    rows = [replace(about, method=name, **values) for name, values in scores.items()]
    return Scored(rows, _embeddings(task, {CLEAN: sample.clean, **pictures}))


def _embeddings(task: Task, pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not task.embedded:
        return {}
    images = np.stack([pictures[name] for name in task.embedded])
    landmarks = np.repeat(task.sample.landmarks[None], len(images), axis=0)
    return dict(zip(task.embedded, _embedder()(images, landmarks), strict=True))


@cache
def _embedder() -> FaceEmbedder:
    """Loaded once in each process."""
    return FaceEmbedder()
