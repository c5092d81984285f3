"""`unmask remove`: photos of any kind to photos without masks, a line on each, and none of them ends the run."""

import errno
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from tqdm import tqdm

from maskify.errors import Skipped
from maskify.photos import printable
from maskify.reading import photo_bytes
from unmask.backend import load_backend
from unmask.errors import UnmaskError
from unmask.files import check_writable, whole_file
from unmask.finished_run import finished_run
from unmask.photos import PhotoFile, read_photo_file
from unmask.photos.encoding import encode, format_of, own_format
from unmask.pictures import Pixels, jpeg, png, shrunk
from unmask.restoration import Restoration, Restore, check_place
from unmask.stopping import stop_requests
from unmask.tasks import Extras, Task, list_tasks

if TYPE_CHECKING:
    from unmask.restorer import Restorer


MOST_BYTES = 1 << 31
"""A larger file is refused unread."""

RESTORED, LEFT, FAILED = "restored", "left", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of a photo: `kind` is RESTORED, LEFT or FAILED; `text` says it to the user."""

    kind: str
    text: str


def run_removal(sources: Sequence[str], options: dict[str, Any]) -> None:
    """Takes the masks off all photos that the command names, and tells of each.

    Raises:
      UnmaskError, MaskifyError: a source, an option or the run is not as it must be, or a file cannot be written.
      Stopped: a signal came.
      SystemExit: a photo failed; the others are done.
    """
    with stop_requests("Stopped. What has been written is whole; the same command with --overwrite begins anew."):
        extras = Extras(options["save_map"], options["save_side_by_side"])
        tasks, notes = list_tasks(sources, options["out"], extras)
        for note in notes:
            click.echo(note, err=True)
        _check(tasks, options, extras)
        restore = _restore(options)
        outcomes = []
        for task in tqdm(tasks, desc="remove", unit="photo", disable=None if len(tasks) > 1 else True):
            outcomes.append(remove_masks(task, restore, extras))
            with tqdm.external_write_mode():
                click.echo(_line(task, outcomes[-1]), err=outcomes[-1].kind == FAILED)
    kinds = Counter(outcome.kind for outcome in outcomes)
    if len(tasks) > 1:
        counts = f"{kinds[RESTORED]:,} of {len(tasks):,} photos restored, {kinds[LEFT]:,} left as they are"
        click.echo(f"{counts}, {kinds[FAILED]:,} failed; all in {options['out']}")
    if kinds[FAILED]:
        raise SystemExit(1)


def _check(tasks: Sequence[Task], options: dict[str, Any], extras: Extras) -> None:
    """Raises UnmaskError where options do not fit the photos, or results are there already."""
    if options["box"] and len(tasks) > 1:
        raise UnmaskError(f"--box names a face of one photo, but there are {len(tasks):,}. Give them one at a time.")
    there = [path for task in tasks for path in task.paths(extras) if os.path.lexists(path)]
    if there and not options["overwrite"]:
        are = f"and {len(there) - 1:,} more are" if len(there) > 1 else "is"
        raise UnmaskError(f"{there[0]} {are} there already. Give --overwrite, or choose another --out.")
    check_writable(Path(options["out"]))
    finished_run(options["run"]).check_paints()


def _restore(options: dict[str, Any]) -> Restore:
    """What restores a photo as the options say. The networks are loaded for the first photo that can be restored."""
    place = {"box": options["box"], "aligned": options["aligned"]}
    restorer = cache(lambda: _restorer(options["run"]))

    def restore(photo: Pixels) -> Restoration:
        with _skipping():
            check_place(photo, **place)
        networks = restorer()
        with _skipping():
            return networks.restore(photo, faces=options["faces"], **place)

    return restore


def _restorer(run: Path) -> "Restorer":
    load_backend(training=False)
    from unmask.restorer import Restorer

    return Restorer.load(run)


@contextmanager
def _skipping() -> Iterator[None]:
    """An error within is one of a photo, and does not end the run."""
    try:
        yield
    except UnmaskError as error:
        raise Skipped("not_restored", error.message) from error


def _line(task: Task, outcome: Outcome) -> str:
    if outcome.kind == RESTORED:
        return f"{task.name} -> {printable(str(task.out))}: {outcome.text}"
    return f"{task.name}: {'left as it is' if outcome.kind == LEFT else 'failed'}: {outcome.text}"


def remove_masks(task: Task, restore: Restore, extras: Extras) -> Outcome:
    """Restores one photo and writes it, as well as what else was asked for.

    Args:
      task: the photo, and where its result goes.
      restore: restores RGB pixels.
      extras: what else is written.

    Raises:
      MaskifyError, UnmaskError: it is not this photo that is at fault; the run is, or a file cannot be written.
    """
    try:
        photo = read_photo_file(photo_bytes(task.photo, MOST_BYTES))
        restoration = restore(photo.rgb)
        files = {task.out: _result(photo, restoration, task)}
        if extras.map:
            files[task.map_path] = png(restoration.map)
        if extras.side_by_side:
            files[task.side_by_side_path] = _side_by_side(restoration)
        for path in sorted(files, key=lambda path: -len(path.name)):  # a name that is too long shows at once
            _write(path, files[path])
    except Skipped as skipped:
        return Outcome(FAILED, ", ".join(filter(None, (skipped.reason, skipped.detail))))
    except click.ClickException:
        raise
    except Exception as error:  # one photo never ends a run; the line says what to report
        return Outcome(FAILED, f"internal_error, {type(error).__name__}: {error}")
    return _outcome(restoration)


def _result(photo: PhotoFile, restoration: Restoration, task: Task) -> bytes:
    """The file with the restored photo: the very bytes of the photo, where nothing was restored."""
    same_ending = task.out.suffix.lower() == Path(task.photo.member or task.photo.path).suffix.lower()
    kind = own_format(photo) if same_ending else format_of(task.out) or own_format(photo)
    if not restoration.patches and kind == own_format(photo):
        return photo.data
    for patch in restoration.patches:
        photo.put(patch)
    return encode(photo, kind)


def _outcome(restoration: Restoration) -> Outcome:
    faces, restored = len(restoration.faces), len(restoration.patches)
    if not faces:
        return Outcome(LEFT, "no face was found")
    if not restored and not any(face.place.is_face for face in restoration.faces):
        return Outcome(LEFT, "no face was found in the box, nor a mask")
    if not restored:
        return Outcome(LEFT, "no mask was found on its face" if faces == 1 else f"no mask on any of its {faces} faces")
    shares = ", ".join(f"{100 * face.share:.0f} %" for face in restoration.faces if face.patch)
    masks = f"{_count(restored, 'mask')} removed"
    bare = f"; no mask on {_count(faces - restored, 'other face')}" if faces > restored else ""
    return Outcome(RESTORED, f"{masks} ({shares} of the frame){bare}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _side_by_side(restoration: Restoration) -> bytes:
    """The photo, the map and the result in a row, as JPEG."""
    columns: Sequence[Pixels] = (restoration.photo, np.dstack([restoration.map] * 3), restoration.image)
    return jpeg(np.hstack([shrunk(column) for column in columns]))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Skipped("name_too_long", f"{path.name[:40]}... has {len(path.name)} characters") from error
        raise UnmaskError(f"{path} cannot be written: {error.strerror or error}. Choose another --out.") from error
