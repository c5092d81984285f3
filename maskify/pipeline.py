"""A build from start to end: plan, look at what is there, run the rest through joblib, write dataset_info.json."""

import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky import get_reusable_executor
from tqdm import tqdm

from maskify.commit import ShardResult, check_shard
from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.files import write_json
from maskify.folder import INFO_FILE, build_settings, claim_folder, remove_temporary_files
from maskify.info import dataset_info, split_tallies
from maskify.locking import only_build_in
from maskify.manifest import Tally
from maskify.photos import PhotoSet
from maskify.progress import PhotoProgress
from maskify.shards import Plan, plan_shards
from maskify.stopping import Stopped, StopSignal, children_ignore_ctrl_c, signals_raise
from maskify.worker import MakeSynthesizer, ShardTask, build_shard, default_synthesizer


@dataclass(frozen=True)
class Summary:
    """What a build did.

    Attributes:
      out: the folder.
      total: counts of the whole dataset, resumed shards included.
      splits: counts by split.
      shards: how many there are now.
      resumed_shards: how many of them were there before.
      seconds: how long it took.
      photos_per_second: of the photos worked on this time; 0 if there were none.
    """

    out: Path
    total: Tally
    splits: dict[str, Tally]
    shards: int
    resumed_shards: int
    seconds: float
    photos_per_second: float


def build(
    photo_set: PhotoSet,
    src: Path,
    out: Path,
    config: BuildConfig,
    *,
    jobs: int = 1,
    max_skip: float = 0.3,
    overwrite: bool = False,
    templates_hash: str = "",
    licences: Sequence[str] = (),
    make_synthesizer: MakeSynthesizer = default_synthesizer,
    progress: bool = True,
) -> Summary:
    """Turns photos into TFRecord shards. What lies in `out` afterwards depends on photos, templates and config alone.

    A build that was killed goes on where it stopped; messages and the progress bar go to stderr.

    Args:
      photo_set: the photos, as `list_photos(src)` gives them.
      src: where they were looked for; sources in the manifest are relative to it.
      out: folder for the shards; made if missing.
      config: what decides the bytes.
      jobs: processes; as joblib's n_jobs, -1 means one per core.
      max_skip: share of skipped photos above which the build fails after all is written.
      overwrite: remove the build that is in `out` first.
      templates_hash: of the template files; a resumed build refuses another one.
      licences: sentences for dataset_info.json.
      make_synthesizer: a picklable function, called once in each process.
      progress: show a progress bar.

    Raises:
      Stopped: SIGINT or SIGTERM came; complete shards are kept.
      MaskifyError: the folder is not ours, is locked, has other settings or cannot be written; too many photos were
        skipped; or a worker process died.
    """
    started = time.monotonic()
    plan = plan_shards(photo_set.photos, config)
    settings = build_settings(config, plan, templates_hash)
    root = Path(os.path.abspath(src.parent if src.is_file() else src))
    with _stop_message(out, plan), _folder_of_this_build(out):
        claim_folder(out, plan, settings, overwrite)
        before = dict(_complete_shards(out, plan, progress))
        missing = [shard for shard in plan.shards if shard.name not in before]
        tasks = [ShardTask(out, shard, root, config.synthesis, make_synthesizer, os.getpid()) for shard in missing]
        if missing:
            (out / INFO_FILE).unlink(missing_ok=True)  # it comes last, so it must not be there before
        new_photos = sum(len(shard.photos) for shard in missing)
        with PhotoProgress(out, plan.photo_count, plan.photo_count - new_photos, progress) as bar:
            results = before | _run(tasks, jobs, bar)
        ordered = [results[shard.name] for shard in plan.shards]
        write_json(out / INFO_FILE, dataset_info(settings, plan, photo_set.layout, ordered, licences))
    total = Tally.total(result.tally for result in ordered)
    _check_skipped(out, total, max_skip)
    seconds = time.monotonic() - started
    return Summary(out, total, split_tallies(ordered), len(ordered), len(before), seconds, new_photos / seconds)


def _run(tasks: list[ShardTask], jobs: int, bar: PhotoProgress) -> dict[str, ShardResult]:
    """Runs the tasks, in this process if one is enough; returns their results by the shard's name.

    An exception, of a task or of a signal, ends the workers before it goes on.
    """
    if not tasks:
        return {}
    results = {}
    workers = min(effective_n_jobs(jobs), len(tasks))
    parallel = Parallel(n_jobs=workers, backend="loky", return_as="generator_unordered", batch_size=1)
    with children_ignore_ctrl_c():
        generator = parallel(delayed(build_shard)(task) for task in tasks)
    with warnings.catch_warnings(), closing(generator):
        warnings.simplefilter("ignore")  # joblib's, about tasks that a stopped build leaves undone
        for result in generator:
            results[result.name] = result
            bar.shard_done(result.name, result.tally.photos)
    if workers > 1:
        get_reusable_executor().shutdown(wait=True)  # joblib would keep the workers, and their models, for minutes
    return results


def _complete_shards(out: Path, plan: Plan, progress: bool) -> Iterator[tuple[str, ShardResult]]:
    """Yields the shards that an earlier run has left whole; removes those that it has not."""
    present = [shard for shard in plan.shards if (out / shard.records_file).exists()]
    bar = tqdm(present, desc="check", unit="shard", leave=False, disable=not (present and progress), delay=1)
    for shard in bar:
        try:
            yield shard.name, check_shard(out, shard)
        except MaskifyError as error:
            bar.write(f"{error.message} The shard is built again.", file=sys.stderr)
            (out / shard.records_file).unlink()


@contextmanager
def _folder_of_this_build(out: Path) -> Iterator[None]:
    """Makes and locks the folder; leaves no temporary file in it. Signals end the block in good order."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with signals_raise(), only_build_in(out):
            try:
                yield
            finally:
                remove_temporary_files(out)
    except OSError as error:
        raise MaskifyError(f"--out {out} cannot be used: {error.strerror or error}.") from error


@contextmanager
def _stop_message(out: Path, plan: Plan) -> Iterator[None]:
    """Turns the end of the workers into a message on what is done: they may have finished more than they could tell."""
    try:
        yield
    except StopSignal as stop:
        raise Stopped(f"Stopped: {_state(out, plan)}", 128 + stop.number) from None
    except BrokenProcessPool as error:
        raise MaskifyError(
            "A worker process died: out of memory, or a crash in a library. "
            f"{_state(out, plan)} With fewer --jobs it needs less memory."
        ) from error


def _state(out: Path, plan: Plan) -> str:
    done = sum((out / shard.records_file).exists() for shard in plan.shards)
    return f"{done} of {len(plan.shards)} shards are done. The same command goes on from there."


def _check_skipped(out: Path, total: Tally, max_skip: float) -> None:
    if total.skipped <= max_skip * total.photos:
        return
    lines = [f"  {count:>8,}  {reason}" for reason, count in total.reasons.most_common()]
    raise MaskifyError(
        f"{total.skipped:,} of {total.photos:,} photos were skipped ({total.skipped / total.photos:.0%}, --max-skip is "
        f"{max_skip:.0%}):\n" + "\n".join(lines) + f"\nEach one is listed with its reason in {out}/*.manifest.jsonl. "
        "The shards are complete and can be used as they are."
    )
