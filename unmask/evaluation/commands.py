"""`unmask evaluate`, from its options to its files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from joblib import cpu_count

from unmask.backend import load_backend
from unmask.errors import UnmaskError
from unmask.evaluation.checks import check_installed, check_out, check_run
from unmask.evaluation.comparison_files import check_comparison, metrics_path
from unmask.evaluation.glossary import visible
from unmask.evaluation.pictures import Images, ImagesOf
from unmask.evaluation.restored import Pictures
from unmask.evaluation.results import EMBEDDINGS_FILE, METRICS_FILE, REPORT_FILE, ROWS_FILE, Results, write_results
from unmask.evaluation.rows import write_rows
from unmask.evaluation.subject import Subject
from unmask.evaluation.summary import summary
from unmask.evaluation.test_set import TestSet, open_test_set
from unmask.files import sha256_of, write_json
from unmask.stopping import stop_requests

if TYPE_CHECKING:
    from unmask.evaluation.run import Evaluated

RECORDS_PER_WORKER = 100
"""With fewer, a further process takes longer to start than it saves."""


def run_comparison(first: Path, second: Path, out: Path | None) -> None:
    """Prints two evaluations side by side, and writes the comparison to a JSON file if one is named.

    Raises:
      UnmaskError: a file is missing or damaged, the two were not measured on the same photos, or something is at `out`
        that is no comparison.
    """
    from unmask.evaluation.compare import compare, comparison_json, comparison_text, load

    paths = metrics_path(first), metrics_path(second)
    if out:
        check_comparison(out, paths)
    a, b = map(load, paths)
    found = compare(a, b)
    if out:
        with _writing(out):
            write_json(out, comparison_json(a, b, found))
    click.echo(comparison_text(a, b, found))


def run_evaluation(options: dict[str, Any]) -> None:
    """Measures what the options of the command name, and writes metrics.json, per_image.csv, embeddings.npz and
    report.html.

    Raises:
      UnmaskError: an option, the records, a run or a picture is not as it must be.
      Stopped: a signal came.
    """
    with stop_requests("Stopped before the evaluation was finished. The same command begins anew."):
        check_installed(options["inception_weights"])
        out = options["out"] or Path(options["run"], "evaluation")
        check_out(out)
        test_set, subject = _subject(options)
        results = _evaluate(options, test_set, subject, out)
    click.echo(summary(results))
    report, numbers, rows = (visible(str(out / name)) for name in (REPORT_FILE, METRICS_FILE, ROWS_FILE))
    click.echo(f"\nThe report is {report}, the numbers are {numbers} and {rows}.")


def _subject(options: dict[str, Any]) -> tuple[TestSet, Subject]:
    """The records at the size of what is measured, and that. Networks come last, when all else is known to be good."""
    records = (options["records"], options["split"], options["limit"])
    if options["restored"]:
        test_set = open_test_set(*records, options["image_size"])
        pictures = Pictures(options["restored"], test_set.keys, test_set.size)
        load_backend(training=False)
        return test_set, pictures
    run = check_run(options)
    test_set = open_test_set(*records, run.size)
    load_backend(training=False)
    from unmask.evaluation.networks import Networks

    return test_set, Networks(run.path, options["raw"])


def _evaluate(options: dict[str, Any], test_set: TestSet, subject: Subject, out: Path) -> Results:
    from unmask.evaluation.measuring import Settings
    from unmask.evaluation.run import evaluate

    jobs = options["jobs"] or max(1, min(cpu_count(), len(test_set) // RECORDS_PER_WORKER))
    how = Settings(options["seed"], jobs, options["fid"], options["inception_weights"])
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)  # before the work, so that a folder that cannot be made costs none
    found = evaluate(options["records"], test_set, subject, how)
    with _writing(out):
        return _write(out, found, _images_of(test_set, subject))


def _write(out: Path, found: "Evaluated", images_of: ImagesOf) -> Results:
    """Writes the four files, each whole or not at all; returns the results with the hashes of the others.

    Args:
      out: the folder.
      found: what was measured.
      images_of: gives the images of the records that the report shows.
    """
    from unmask.evaluation.embeddings import write_embeddings
    from unmask.evaluation.report import write_report

    write_rows(out / ROWS_FILE, found.rows)
    results = replace(found.results, rows_sha256=sha256_of(out / ROWS_FILE))
    (out / EMBEDDINGS_FILE).unlink(missing_ok=True)  # Mask G alone has none
    if found.embeddings:
        write_embeddings(out / EMBEDDINGS_FILE, found.embeddings)
        results = replace(results, embeddings_sha256=sha256_of(out / EMBEDDINGS_FILE))
    write_results(out / METRICS_FILE, results)
    write_report(out / REPORT_FILE, results, found.rows, images_of)
    return results


def _images_of(test_set: TestSet, subject: Subject) -> ImagesOf:
    numbers = {key: number for number, key in enumerate(test_set.keys)}

    def images_of(key: str) -> Images:
        sample = test_set.read(numbers[key])
        (output,) = subject.restore([sample])
        images = {
            "masked": sample.masked, "map": output.found, "true_map": sample.inside,
            "restored": output.image, "clean": sample.clean,
        }  # fmt: skip
        return {name: _as_bytes(image) for name, image in images.items() if image is not None}

    return images_of


def _as_bytes(image: np.ndarray) -> np.ndarray:
    return np.where(image, 255, 0).astype(np.uint8) if image.dtype == bool else image


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnmaskError(f"--out {path} cannot be written: {error.strerror or error}.") from error
