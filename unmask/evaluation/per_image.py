"""One record's numbers: a row for each method."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from unmask.evaluation.rows import Row
from unmask.evaluation.test_set import Sample
from unmask.metrics import image, segmentation


@dataclass(frozen=True)
class Task:
    """A record to score.

    Attributes:
      sample: the record.
      method: name of what is measured.
      found: bool [S, S], the map that it found; None if it finds none.
      pictures: uint8 [S, S, 3] by method, what is measured first; empty where nothing was restored.
    """

    sample: Sample
    method: str
    found: np.ndarray | None
    pictures: dict[str, np.ndarray]


def score(task: Task) -> list[Row]:
    """The rows of a record, without identity similarity; a pure function of the task."""
    sample = task.sample
    scores = {name: asdict(image.scores(it, sample.clean, sample.inside)) for name, it in task.pictures.items()}
    if task.found is not None:
        found = asdict(segmentation.scores(task.found, sample.inside))
        scores = {**scores, task.method: {**found, **scores.get(task.method, {})}}
    about = Row(sample.key, sample.template, sample.yaw, float(sample.inside.mean()), sample.identity, task.method)
    return [replace(about, method=name, **values) for name, values in scores.items()]
