"""The text of `maskify inspect`: tables of what is in a folder of records."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskify.manifest import YAW_BINS, Tally

_SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class Report:
    """What was found in a folder of records.

    Attributes:
      folder: the folder.
      splits: counts by split, of the manifests; empty splits are left out.
      total: counts of all splits.
      shards: how many .tfrecord files there are.
      size: bytes of the .tfrecord files.
      verified: every byte was read.
      builder: the process that is building into the folder right now, None if there is none.
      problems: sentences, each beginning with the name of its file.
    """

    folder: Path
    splits: dict[str, Tally]
    total: Tally
    shards: int
    size: int
    verified: bool
    builder: str | None
    problems: tuple[str, ...]


def format_report(report: Report) -> str:
    """Returns the report as text for people: counts by split, skip reasons, templates, pose, problems."""
    total = report.total
    parts = [
        f"{report.folder}: {total.records:,} records of {total.written:,} photos in {report.shards:,} shards, "
        f"{report.size / 1e6:,.1f} MB",
        _split_table(report.splits, total),
        _counts("Skipped photos by reason", total.reasons, total.photos),
        _counts("Records by template", total.templates, total.records),
        _counts("Records by |yaw| in degrees", {name: total.yaw[name] for _, name in YAW_BINS}, total.records),
        _counts("Records by detector", total.detectors, total.records),
    ]
    if report.builder:
        parts.append(f"A build is writing to this folder: {report.builder}.")
    parts.append(_verdict(report))
    return "\n\n".join(part for part in parts if part)


def _verdict(report: Report) -> str:
    if report.problems:
        shown = [f"  {problem}" for problem in report.problems[:_SHOWN_PROBLEMS]]
        more = len(report.problems) - len(shown)
        return "\n".join(
            [f"Problems: {len(report.problems):,}", *shown, *([f"  ... and {more:,} more"] if more else [])]
        )
    if report.verified:
        return "No problem found: every byte was read."
    return "No problem found in names, sizes and manifests. --verify reads every byte."


def _split_table(splits: Mapping[str, Tally], total: Tally) -> str:
    rows: list[tuple[str, Tally]] = [*splits.items(), ("total", total)]
    header = ("split", "photos", "written", "skipped", "records")
    return _table(
        [header]
        + [(name, *_numbers(tally.photos, tally.written, tally.skipped, tally.records)) for name, tally in rows]
    )


def _counts(title: str, counts: Counter[str] | Mapping[str, int], whole: int) -> str:
    if not any(counts.values()):
        return ""
    rows = counts.most_common() if isinstance(counts, Counter) else list(counts.items())
    return f"{title}\n" + _table([(name, f"{count:,}", f"{count / whole:.1%}") for name, count in rows])


def _numbers(*values: int) -> tuple[str, ...]:
    return tuple(f"{value:,}" for value in values)


def _table(rows: Sequence[Iterable[str]]) -> str:
    """Aligns columns: the first to the left, numbers to the right."""
    cells = [list(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  " + "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in cells
    )
