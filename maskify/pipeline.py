"""A build from start to end: plan, look at what is there, run the rest through joblib, write dataset_info.json."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from maskify.commit import ShardResult
from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.execution import Backend, WorkerDied, check_backend, run_tasks
from maskify.files import write_json
from maskify.folder import INFO_FILE, build_settings, claim_folder, remove_temporary_files
from maskify.info import dataset_info, read_info, split_tallies
from maskify.locking import only_build_in
from maskify.manifest import Tally
from maskify.photos import PhotoSet
from maskify.progress import PhotoProgress
from maskify.shards import Plan, plan_shards
from maskify.stopping import Stopped, StopSignal, signals_raise
from maskify.worker import (
    MakeSynthesizer,
    ShardTask,
    build_shard,
    deaths_at_photos,
    default_synthesizer,
    recheck_shard,
)

_LITTLE = 256 << 20  # bytes of shards that one process checks before others would have started


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
    backend: str = "loky",
    cluster: str | None = None,
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
      jobs: shards in work at once; 1 means in this process, -1 one process per core, or all that a cluster takes.
      backend: "loky" (processes of this machine), "dask", "ray" or "spark".
      cluster: address of the cluster.
      max_skip: share of skipped photos above which the build fails after all is written.
      overwrite: remove the build that is in `out` first.
      templates_hash: of the template files; a resumed build refuses another one.
      licences: sentences for dataset_info.json.
      make_synthesizer: a picklable function, called once in each process.
      progress: show a progress bar, where stderr is a terminal.

    Raises:
      Stopped: SIGINT or SIGTERM came; complete shards are kept.
      MaskifyError: the folder is not ours, is locked, has other settings or cannot be written; too many photos were
        skipped; or worker processes died again and again.
    """
    started = time.monotonic()
    where = Backend(backend, jobs, cluster)
    check_backend(where)
    plan = plan_shards(photo_set.photos, config)
    settings = build_settings(config, plan, templates_hash)
    root = Path(os.path.abspath(src.parent if src.is_file() else src))
    process = None if where.is_cluster else os.getpid()
    with _stop_message(out, plan), _folder_of_this_build(out) as run:
        claim_folder(out, plan, settings, overwrite)
        folder = Path(os.path.abspath(out))  # workers may have other working directories
        tasks = [
            ShardTask(folder, shard, root, config.synthesis, make_synthesizer, run, settings["versions"], process)
            for shard in plan.shards
        ]
        before = _complete_shards(tasks, where, _listed_hashes(out, settings), progress)
        missing = [task for task in tasks if task.shard.name not in before]
        if missing:
            (out / INFO_FILE).unlink(missing_ok=True)  # it comes last, so it must not be there before
        new_photos = sum(len(task.shard.photos) for task in missing)
        with PhotoProgress(out, plan.photo_count, plan.photo_count - new_photos, progress) as bar:
            results = before | _build(missing, where, bar)
        ordered = [results[shard.name] for shard in plan.shards]
        write_json(out / INFO_FILE, dataset_info(settings, plan, photo_set.layout, ordered, licences))
    total = Tally.total(result.tally for result in ordered)
    _check_skipped(out, total, max_skip)
    seconds = time.monotonic() - started
    return Summary(out, total, split_tallies(ordered), len(ordered), len(before), seconds, new_photos / seconds)


def _build(tasks: list[ShardTask], where: Backend, bar: PhotoProgress) -> dict[str, ShardResult]:
    """Builds the shards; returns what is known of them by their names."""
    built = {}
    with closing(run_tasks(where, build_shard, tasks, deaths_at_photos)) as results:
        for result in results:
            built[result.name] = result
            bar.shard_done(result.name, result.tally.photos)
    return built


def _complete_shards(
    tasks: list[ShardTask], where: Backend, listed: dict[str, tuple[str, str]], progress: bool
) -> dict[str, ShardResult]:
    """Finds the shards that an earlier run has left whole, by their names; removes all others."""
    paths = {task.shard.name: task.folder / task.shard.records_file for task in tasks}
    sizes = {name: path.stat().st_size for name, path in paths.items() if path.exists()}
    present = [task for task in tasks if task.shard.name in sizes]
    where = where if sum(sizes.values()) > _LITTLE else Backend()
    whole = {}
    hidden = None if present and progress else True  # None: where stderr is no terminal
    bar = tqdm(total=len(present), desc="check", unit="shard", leave=False, disable=hidden, delay=1)
    with bar, closing(run_tasks(where, recheck_shard, present)) as results:
        for name, result in results:
            bar.update()
            if isinstance(result, ShardResult):
                hashes = (result.sha256, result.manifest_sha256)
                if listed.get(name, hashes) == hashes:
                    whole[name] = result
                    continue
                result = f"{paths[name]} is not the file that {INFO_FILE} lists: is it of another build?"
            bar.write(f"{result} The shard is built again.", file=sys.stderr)
            paths[name].unlink()
    return whole


def _listed_hashes(out: Path, settings: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The hashes of each shard's files by its name, where this very build has been finished before."""
    try:
        info = read_info(out) or {}
    except MaskifyError:  # damaged: it is written anew
        return {}
    if any(info.get(name) != value for name, value in settings.items()):
        return {}
    return {shard["name"]: (shard["sha256"], shard["manifest_sha256"]) for shard in info["shards"]}


@contextmanager
def _folder_of_this_build(out: Path) -> Iterator[str]:
    """Makes and locks the folder; leaves no temporary file in it. Signals end the block in good order.

    Yields:
      The name of this run.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with signals_raise(), only_build_in(out) as run:
            try:
                yield run
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
    except WorkerDied as death:
        raise MaskifyError(
            "Worker processes died again and again before they came to a photo: out of memory, or a crash in a "
            f"library. {_state(out, plan)} With fewer --jobs it needs less memory; "
            "--jobs 1 shows a crash where it happens."
        ) from death


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
