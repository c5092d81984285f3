"""Trains what finds masked faces: the files in unmask/finding/models.

    python -m tools.train_masked_faces --src celeba/ --src photos/ --out unmask/finding/models

Puts masks on the people in the photos, and trains on them, in this order: five detectors of views, two shape
predictors, and the judge of what those find. Give photos that show more than a face, too: the detectors learn from them
what to leave alone. A quarter of those, and CelebA's test photos, are kept out; `python -m benchmarks.masked_faces`
measures on them. The same photos and the same seed give the same bytes. Takes about half an hour on two cores.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from joblib import Parallel, delayed

from tools.train_masked_faces import judge, predictors
from tools.train_masked_faces.detectors import train_detector
from tools.train_masked_faces.people import Person, find_people
from tools.train_masked_faces.scenes import Scene, crop
from unmask.finding import models
from unmask.finding.search import VIEWS

STAGES = ("detectors", "predictors", "judge")

PARTS, ROUNDS = 32, 4
"""Into how many pieces work is divided; how often each whole photo is dressed for the judge."""


@click.command(context_settings={"show_default": True})
@click.option("--src", "sources", type=click.Path(path_type=Path, exists=True), multiple=True, required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the files.")
@click.option("--start", type=click.Choice(STAGES), default=STAGES[0], help="Stage to begin with; OUT has the others.")
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of the data, for a quick try.")
@click.option("--jobs", default=-1, help="Processes; -1 is one per core.")
@click.option("--seed", default=0, help="Of all that is drawn.")
def main(sources: Sequence[Path], out: Path, start: str, share: float, jobs: int, seed: int) -> None:
    """Trains the models that find masked faces."""
    out.mkdir(parents=True, exist_ok=True)
    people = [person for person in find_people(sources, jobs) if not person.held_out]
    click.echo(f"{len(people)} photos to train on, {sum(person.is_loose for person in people)} of them not CelebA's")
    first = STAGES.index(start)
    if first <= 0:
        _save_detectors(people, out, jobs, seed, share)
    scenes = _scenes(people, int((predictors if first <= 1 else judge).SCENES * share), jobs, seed)
    if first <= 1:
        _save_predictors(scenes, out, seed)
    _save_judge(people, scenes[: int(judge.SCENES * share)], out, jobs, seed)


def _save_detectors(people: list[Person], out: Path, jobs: int, seed: int, share: float) -> None:
    def train(number: int) -> None:
        view = VIEWS[number]
        train_detector(people, view, seed + number, share).save(str(out / f"{view.name}.svm"))

    _in_parallel(train, range(len(VIEWS)), jobs)
    click.echo(f"detectors of {len(VIEWS)} views")


def _scenes(people: list[Person], count: int, jobs: int, seed: int) -> list[Scene]:
    def draw(part: int) -> list[Scene]:
        numbers = range(part * count // PARTS, (part + 1) * count // PARTS)
        return [crop(people, predictors.FRAMING, np.random.default_rng([seed, 3, number])) for number in numbers]

    return [scene for part in _in_parallel(draw, range(PARTS), jobs) for scene in part]


def _save_predictors(scenes: list[Scene], out: Path, seed: int) -> None:
    for name in models.PREDICTORS:
        predictors.train_predictor(scenes, predictors.SPREADS[name], seed).save(str(out / f"{name}.dat"))
        click.echo(f"shape predictor {name}")


def _save_judge(people: list[Person], scenes: list[Scene], out: Path, jobs: int, seed: int) -> None:
    loose = [person for person in people if person.is_loose]

    def collect(part: int) -> list[judge.Example]:
        known = models.Models(models.read_detectors(out), models.read_predictors(out), np.zeros(0, np.float32))
        rng = np.random.default_rng([seed, 4, part])
        seen = [one for _ in range(ROUNDS) for one in judge.of_places(loose[part::PARTS], known, rng)]
        return [*seen, *judge.of_guesses(scenes[part::PARTS], known, rng)]

    examples = [one for part in _in_parallel(collect, range(PARTS), jobs) for one in part]
    np.save(out / models.JUDGE, judge.train_judge(examples))
    faces = sum(one.is_face for one in examples)
    click.echo(f"judge of {faces} faces and {len(examples) - faces} places without")


def _in_parallel(work: Callable[[int], Any], parts: Sequence[int], jobs: int) -> list[Any]:
    return list(Parallel(n_jobs=jobs)(delayed(work)(part) for part in parts))


if __name__ == "__main__":
    main()
