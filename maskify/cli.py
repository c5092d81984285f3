"""The command `maskify`. Heavy imports stay inside the commands, so that --help answers at once."""

from pathlib import Path
from typing import Any

import click

from maskify import __version__, cli_photos
from maskify.cli_options import some_jobs, split_shares, synthesis_config, synthesis_options
from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.path_option import PathOption
from maskify.stopping import stopped_before_building


@click.group(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Turns photos of faces into training data: (masked, clean, binary map) triplets in TFRecords.

    \b
    maskify build --src celeba/ --out records/     photos -> TFRecords
    maskify preview records/ --out preview.png     look at them
    maskify inspect records/ --verify              count and check them
    """


@main.command()
@click.option("--src", type=PathOption(), required=True, help="Folder of photos, zip archive, or one photo.")
@click.option("--out", type=PathOption(file_okay=False), required=True, help="Folder for the records.")
@synthesis_options
@click.option(
    "--image-size", type=click.IntRange(64, 1024), default=256, show_default=True, help="Side of the crop in pixels."
)
@click.option(
    "--image-format", type=click.Choice(["jpeg", "png"]), default="jpeg", show_default=True, help="png is lossless."
)
@click.option("--lossless", is_flag=True, help="The same as --image-format png.")
@click.option("--limit", type=click.IntRange(1), help="Use only so many photos, an even sample of all.")
@click.option(
    "--split", "splits", type=click.Choice(["train", "validation", "test"]), multiple=True,
    help="Write only this split; may be given several times.  [default: all]",
)  # fmt: skip
@click.option(
    "--split-shares", callback=split_shares, default="80,10,10", show_default=True, metavar="TRAIN,VAL,TEST",
    help="Shares of the splits, for photos without an official partition.",
)  # fmt: skip
@click.option("--shard-size", type=click.IntRange(1), default=512, show_default=True, help="Input photos per shard.")
@click.option(
    "--jobs",
    type=int,
    callback=some_jobs,
    help="Worker processes; -1 means one per core, or all that a cluster takes; 1 works in the main process.  "
    "[default: -1; fewer for few photos]",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray", "spark"]),
    default="loky",
    show_default=True,
    help="Where the work is done: loky is this machine; the others are clusters, each with an extra of its name.",
)
@click.option("--cluster", metavar="ADDRESS", help="Address of the cluster, such as tcp://host:8786.")
@click.option(
    "--max-skip", type=click.FloatRange(0, 1), default=0.3, show_default=True,
    help="Fail when a larger share of the photos had to be skipped.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Start anew: remove the build that is in --out.")
@click.option("--dry-run", is_flag=True, help="Say what would be built, and write nothing.")
def build(src: Path, out: Path, **options: Any) -> None:
    """Builds TFRecords from photos.

    A second run with the same options finishes what a stopped one left. Every photo has a row in the manifests beside
    the shards, with the reason if it was skipped.
    """
    backend, cluster = options["backend"], options["cluster"]
    if (backend == "loky") == (cluster is not None):
        raise click.UsageError("--backend dask, ray or spark needs --cluster ADDRESS, and --cluster needs one of them.")
    with stopped_before_building():
        _build(src, out, options)


def _build(src: Path, out: Path, options: dict[str, Any]) -> None:
    from maskify.execution import Backend, check_backend, enough_jobs
    from maskify.photos import list_photos
    from maskify.pipeline import build as run_build
    from maskify.synthesis import art_fingerprint

    where = Backend(options["backend"], options["jobs"] or -1, options["cluster"])
    check_backend(where)
    if src.is_dir() and out.resolve().is_relative_to(src.resolve()):
        raise MaskifyError(f"--out {out} is inside --src {src}: pictures in it would be photos. Choose another --out.")
    synthesis = synthesis_config(options)
    config = BuildConfig(
        synthesis=synthesis,
        shard_size=options["shard_size"],
        split_shares=options["split_shares"],
        splits=tuple(options["splits"]) or BuildConfig.splits,
        limit=options["limit"],
    )
    photo_set = list_photos(src)
    for note in photo_set.notes:
        click.echo(note, err=True)
    fingerprint = art_fingerprint(synthesis)
    if options["dry_run"]:
        click.echo(_plan_text(photo_set, out, config))
        return
    photos = min(len(photo_set.photos), config.limit or len(photo_set.photos))
    summary = run_build(
        photo_set,
        src,
        out,
        config,
        jobs=options["jobs"] or enough_jobs(where, photos),
        backend=options["backend"],
        cluster=options["cluster"],
        max_skip=options["max_skip"],
        overwrite=options["overwrite"],
        templates_hash=fingerprint,
        licences=LICENCES,
    )
    click.echo(_summary_text(summary))


LICENCES = (
    "The photos keep their own licence; CelebA is for non-commercial research only.",
    "The landmark model shape_predictor_68_face_landmarks was trained on iBUG 300-W; its terms exclude commercial use.",
    "The mask templates of maskify are under the MIT licence.",
)


def _plan_text(photo_set: Any, out: Path, config: BuildConfig) -> str:
    from maskify.shards import plan_shards

    plan = plan_shards(photo_set.photos, config)
    counts: dict[str, int] = {}
    for shard in plan.shards:
        counts[shard.split] = counts.get(shard.split, 0) + len(shard.photos)
    splits = ", ".join(f"{count:,} {split}" for split, count in counts.items())
    return (
        f"{len(photo_set.photos):,} photos found ({photo_set.layout}); {plan.photo_count:,} would be used: {splits}.\n"
        f"{len(plan.shards):,} shards would be written to {out}. Nothing was written (--dry-run)."
    )


def _summary_text(summary: Any) -> str:
    total = summary.total
    splits = ", ".join(f"{tally.written:,} {split}" for split, tally in summary.splits.items())
    lines = [
        f"{total.written:,} of {total.photos:,} photos written ({splits}); {total.photos - total.written:,} skipped."
    ]
    lines += [f"  {count:,} {reason}" for reason, count in sorted(total.reasons.items(), key=lambda item: -item[1])]
    if summary.resumed_shards == summary.shards:
        lines.append(f"All {summary.shards:,} shards were there already.")
    else:
        lines.append(f"{summary.seconds:.1f} s, {summary.photos_per_second:.0f} photos/s.")
    lines.append(f"Records are in {summary.out}. Look at them: maskify preview {summary.out}")
    return "\n".join(lines)


@main.command()
@click.argument("records", type=PathOption(file_okay=False))
@click.option(
    "--out", type=PathOption(dir_okay=False),
    help="PNG of the overview; other pages get names beside it.  [default: RECORDS/preview.png]",
)  # fmt: skip
@click.option("--per-row", type=click.IntRange(1, 12), default=4, show_default=True, help="Triplets in a row.")
@click.option(
    "--page", "pages", type=click.Choice(["overview", "templates", "yaw", "wear", "worst"]), multiple=True,
    help="Draw only this page; may be given several times.  [default: all]",
)  # fmt: skip
def preview(records: Path, out: Path | None, per_row: int, pages: tuple[str, ...]) -> None:
    """Draws RECORDS as pictures.

    \b
    overview    masked, clean, binary map; by template and by yaw
    templates   all templates on one face
    yaw         one template from side to side
    wear        ways of wearing
    worst       least covered and most spilled, by the checks
    """
    from maskify.preview import PAGES, draw_pages

    for path in draw_pages(records, out or records / "preview.png", per_row, pages or PAGES):
        click.echo(str(path))


@main.command()
@click.argument("records", type=PathOption(file_okay=False))
@click.option("--verify", is_flag=True, help="Read every byte and check all checksums.")
def inspect(records: Path, verify: bool) -> None:
    """Counts what is in RECORDS and says what is wrong with it; exit code 1 if anything is."""
    from maskify.inspection import format_report, inspect_records

    report = inspect_records(records, verify, progress=True)
    click.echo(format_report(report))
    if report.problems:
        raise SystemExit(1)


main.add_command(cli_photos.apply)
main.add_command(cli_photos.sample)
main.add_command(cli_photos.templates)
