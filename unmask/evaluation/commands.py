"""`unmask evaluate`, from its options to its files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import joblib
import numpy as np

from unmask.backend import load_backend
from unmask.errors import UnmaskError
from unmask.evaluation.results import METRICS_FILE, REPORT_FILE, ROWS_FILE, Results, write_results
from unmask.evaluation.rows import Row, write_rows
from unmask.evaluation.subject import Subject
from unmask.evaluation.summary import summary
from unmask.evaluation.test_set import TestSet, open_test_set
from unmask.files import sha256_of
from unmask.stopping import stop_requests

RECORDS_PER_WORKER = 50
"""With fewer, a further process takes longer to start than it saves."""


def run_evaluation(options: dict[str, Any]) -> None:
    """Measures what the options of the command name, and writes metrics.json, per_image.csv and report.html.

    Raises:
      UnmaskError: an option, the records, a run or a picture is not as it must be.
      Stopped: a signal came.
    """
    out = options["out"] or _default_out(options)
    with stop_requests(f"Stopped. Nothing was written to {out}."):
        load_backend("Evaluation", "evaluate", only=None)
        test_set, subject = _subject(options)
        results, rows = _evaluate(options, test_set, subject)
        results = write_evaluation(out, results, rows, _pictures_of(test_set, subject))
    click.echo(summary(results))
    click.echo(f"\nThe report is {out / REPORT_FILE}; the numbers are {out / METRICS_FILE} and {out / ROWS_FILE}.")


def _default_out(options: dict[str, Any]) -> Path:
    if options["restored"]:
        raise click.UsageError("--restored needs --out, a folder for what is measured.")
    return Path(options["run"], "evaluation")


def _subject(options: dict[str, Any]) -> tuple[TestSet, Subject]:
    """The records at the size of what is measured, and that."""
    records = (options["records"], options["split"], options["limit"])
    if options["restored"]:
        from unmask.evaluation.restored import Pictures

        test_set = open_test_set(*records, options["image_size"])
        return test_set, Pictures(options["restored"], test_set.keys, test_set.size)
    from unmask.evaluation.networks import Networks

    networks = Networks(options["run"], options["raw"])
    return open_test_set(*records, networks.size), networks
