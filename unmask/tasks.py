"""Which photos a command works on, and where the result of each goes."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maskify.photos import Photo, list_photos, printable
from maskify.results import check_folder, relative_path
from maskify.walk import is_photo_name
from unmask.errors import UnmaskError


@dataclass(frozen=True)
class Extras:
    """What else is written of each photo: NAME.map.png and NAME.side-by-side.jpg."""

    map: bool = False
    side_by_side: bool = False


@dataclass(frozen=True)
class Task:
    """One photo to work on.

    Attributes:
      name: what the user is told: the path as it was given, printable.
      photo: where it lies.
      out: where its result goes.
    """

    name: str
    photo: Photo
    out: Path

    @property
    def map_path(self) -> Path:
        return self.out.with_name(f"{self.out.name}.map.png")

    @property
    def side_by_side_path(self) -> Path:
        return self.out.with_name(f"{self.out.name}.side-by-side.jpg")

    def paths(self, extras: Extras) -> list[Path]:
        """All files that are written of it."""
        asked = [(self.map_path, extras.map), (self.side_by_side_path, extras.side_by_side)]
        return [self.out, *(path for path, is_asked in asked if is_asked)]


def list_tasks(sources: Sequence[str], out: str, extras: Extras = Extras()) -> tuple[list[Task], list[str]]:
    """The photos of all sources, with where their results go.

    Args:
      sources: photos, folders, zip archives, or patterns such as "photos/*.jpg".
      out: for one photo the result's file or its folder; otherwise a folder, below which folders stay as they are.
      extras: what else is to be written.

    Returns:
      The tasks, and notes for the user on what was ignored.

    Raises:
      UnmaskError, MaskifyError: a source holds no photo; or results would overwrite photos or each other.
    """
    paths = [path for source in sources for path in _matching(source)]
    to_file = _is_file_name(paths, out)
    tasks, notes = [], []
    for path in paths:
        photos, more = _photos(path, out)
        notes += more
        root = path if path.is_dir() else path.parent
        for photo in photos:
            relative = relative_path(photo, root)
            tasks.append(Task(printable(str(root / relative)), photo, Path(out) if to_file else Path(out, relative)))
    _check(tasks, extras)
    return tasks, notes


def _matching(source: str) -> list[Path]:
    """A source's path; or, where there is none of that name, what a pattern matches."""
    if os.path.lexists(source) or not glob.has_magic(source):
        if not os.path.exists(source):
            raise UnmaskError(f"{source} does not exist. Give photos, folders, zip archives, or a pattern.")
        return [Path(source)]
    found = [Path(path) for path in sorted(glob.glob(source, recursive=True)) if is_photo_name(path)]
    if not found:
        raise UnmaskError(f"No photo matches {source}.")
    return found


def _photos(path: Path, out: str) -> tuple[list[Photo], list[str]]:
    """The photos of a source, and notes. A file that is named is taken for a photo whatever its ending."""
    if path.is_dir():
        check_folder(path, path, Path(out), suffix="-unmasked")
    elif path.suffix.lower() != ".zip":
        return [Photo(key=printable(path.name), path=os.path.abspath(path))], []
    photo_set = list_photos(path, option="")
    return photo_set.photos, photo_set.notes


def _is_file_name(sources: Sequence[Path], out: str) -> bool:
    """Whether --out names the file for one photo's result, and not a folder."""
    if os.path.isdir(out) or out.endswith(tuple(filter(None, (os.sep, os.altsep)))) or not Path(out).suffix:
        return False
    if len(sources) > 1 or sources[0].is_dir() or sources[0].suffix.lower() == ".zip":
        if is_photo_name(out):
            raise UnmaskError(
                f"--out {out} is the name of one photo. Name a folder for the results; if it is to have this very "
                "name, end it with /."
            )
        return False
    if not is_photo_name(out) and Path(out).suffix == sources[0].suffix:
        raise UnmaskError(f"{sources[0]} has no ending of a photo. If it is one, name the result: --out NAME.png.")
    if not is_photo_name(out):
        raise UnmaskError(
            f"--out {out} has no ending of a photo. Name one, such as .png, or end a folder's name with /."
        )
    return True


def _check(tasks: Sequence[Task], extras: Extras) -> None:
    """Raises UnmaskError where results would overwrite photos or each other."""
    photos = {os.path.realpath(task.photo.path) for task in tasks}
    taken: dict[str, Task] = {}
    written = [(task, path) for task in tasks for path in task.paths(extras)]
    for task, path in written:
        place = os.path.realpath(path)
        if place in photos:
            raise UnmaskError(f"{path} would overwrite a photo. Choose another --out.")
        if place in taken:
            raise UnmaskError(
                f"{taken[place].name} and {task.name} would both become {path}. Give them one folder at a time, or "
                "one by one."
            )
        taken[place] = task
