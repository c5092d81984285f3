"""Walk folders and zip archives: what is a photo, and what was passed over."""

import functools
import os
import posixpath
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image

from maskify.celeba import LIST_NAMES, is_aligned_name
from maskify.errors import MaskifyError

# Pillow's formats that hold photos. Documents, films, icons and fonts are left out; EPS would even start Ghostscript.
PHOTO_FORMATS = (
    *("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF"),
    *("TGA", "PCX", "SGI", "SUN", "QOI", "PSD"),
)
_MORE_ENDINGS = frozenset({".mpo", ".pam", ".sr"})  # a JPEG of several pictures; OpenCV's own
_COMPANION_FOLDERS = frozenset({"__MACOSX", "@eaDir"})  # resource forks of macOS, thumbnails of Synology
_MAX_TROUBLES = 20


class Found(NamedTuple):
    """A photo that was met on the way.

    Attributes:
      name: its path below the source, with "/" and its ending.
      folder: the absolute path of its folder, in an archive as if that were unpacked beside itself.
      path, member, problem: as in `Photo`.
    """

    name: str
    folder: str
    path: str
    member: str | None = None
    problem: str | None = None


@dataclass
class Ignored:
    """What was met and is no photo, counted; and the archives that hold lists of CelebA's."""

    endings: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    with_lists: set[str] = field(default_factory=set)

    def other_file(self, name: str) -> None:
        """Counts a file that has no ending of a photo; CelebA's lists are used, hence not ignored."""
        if name not in LIST_NAMES:
            self.endings[posixpath.splitext(name)[1].lower() or "(none)"] += 1

    def trouble(self, text: str) -> None:
        """Keeps a sentence on something that may have hidden photos; after twenty it only counts."""
        if len(self.troubles) < _MAX_TROUBLES:
            self.troubles.append(text)
        else:
            self.kinds["more folders or links like these"] += 1

    def notes(self) -> list[str]:
        """All of it as sentences."""
        notes = sorted(self.troubles)
        notes += [f"{count:,} {kind} were ignored" for kind, count in sorted(self.kinds.items())]
        if self.endings:
            endings = sorted(self.endings, key=lambda ending: (-self.endings[ending], ending))
            shown = ", ".join(endings[:6] + ["..."] * (len(endings) > 6))
            count = self.endings.total()
            files = "1 file with another ending was" if count == 1 else f"{count:,} files with other endings were"
            notes.append(f"{files} ignored: {shown}")
        return notes


@functools.cache
def photo_endings() -> frozenset[str]:
    """The endings, in lower case and with their dot, of files that are taken for photos."""
    known = Image.registered_extensions()
    return frozenset(ending for ending, name in known.items() if name in PHOTO_FORMATS) | _MORE_ENDINGS


def is_photo_name(name: str) -> bool:
    """Tells by its ending whether a file is taken for a photo."""
    return posixpath.splitext(name)[1].lower() in photo_endings()


def walk_folder(root: Path, ignored: Ignored) -> Iterator[Found]:
    """Yields the photos at any depth below a folder, in no particular order.

    Links to folders are not followed. A link to a file is a photo; where it leaves `root`, one with a problem. An
    archive of aligned CelebA images is walked too, unless it has been unpacked beside itself.

    Args:
      root: absolute path.
      ignored: collects what is passed over.
    """
    inside = os.path.join(os.path.realpath(root), "")
    pending = [(str(root), "")]
    while pending:
        folder, prefix = pending.pop()
        folders: list[str] = []
        archives: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    kind = _kind(entry, ignored)
                    if kind == "photo":
                        problem = _link_problem(entry.path, inside) if entry.is_symlink() else None
                        yield Found(prefix + entry.name, folder, entry.path, problem=problem)
                    elif kind is not None:
                        (folders if kind == "folder" else archives).append(entry.name)
        except OSError as error:
            ignored.trouble(f"{folder} cannot be read: {error.strerror or error}")
        pending += [(os.path.join(folder, name), f"{prefix}{name}/") for name in folders]
        for name in archives:
            if os.path.splitext(name)[0] in folders:
                ignored.trouble(f"{os.path.join(folder, name)} was left out: it is unpacked beside itself")
            else:
                yield from walk_archive(Path(folder, name), ignored, prefix)


def walk_archive(path: Path, ignored: Ignored, prefix: str | None = None) -> Iterator[Found]:
    """Yields the photos in a zip archive. Of several members with one name the last counts, as when unpacking.

    Args:
      path: absolute path of the archive.
      ignored: collects what is passed over.
      prefix: for an archive within a folder: the path of its folder below the source, "" or ending in "/". Names
        are then those of the archive unpacked there.

    Raises:
      MaskifyError: it is no zip archive, or cannot be read.
    """
    unpacked, place = path.with_suffix(""), str(path)
    folder_of = functools.cache(lambda name: os.path.join(unpacked, name))  # one text for all photos of a folder
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename
                if _is_list(name):
                    ignored.with_lists.add(place)
                if info.is_dir() or not _is_photo_member(name, ignored):
                    continue
                if archive.getinfo(name) is not info:
                    ignored.kinds["members of an archive that come again under the same name"] += 1
                    continue
                below = "" if prefix is None or name.startswith(f"{unpacked.name}/") else f"{unpacked.name}/"
                folder = folder_of(posixpath.dirname(name).lstrip("/"))
                yield Found((prefix or "") + below + name, folder, place, member=name)
    except (OSError, zipfile.BadZipFile) as error:
        raise MaskifyError(f"{path} cannot be read as a zip archive: {error}. Fetch it again, or unpack it.") from error


def packed_lists(paths: Iterable[str]) -> dict[Path, bytes]:
    """Reads CelebA's lists that lie in archives, by the paths they would have if those were unpacked beside themselves.

    Raises:
      MaskifyError: a list is damaged or encrypted.
    """
    lists = {}
    for path in map(Path, paths):
        with zipfile.ZipFile(path) as archive:
            for name in filter(_is_list, archive.namelist()):
                try:
                    lists[path.with_suffix("") / name] = archive.read(name)
                except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
                    raise MaskifyError(f"CelebA's list {name} in {path} cannot be read: {error}.") from error
    return lists


def _is_list(name: str) -> bool:
    return posixpath.basename(name) in LIST_NAMES


def _is_photo_member(name: str, ignored: Ignored) -> bool:
    if any(_is_hidden(part, ignored) for part in name.split("/") if part not in (".", "..")):
        return False
    if is_photo_name(name):
        return True
    ignored.other_file(posixpath.basename(name))
    return False


def _kind(entry: os.DirEntry[str], ignored: Ignored) -> Literal["folder", "archive", "photo"] | None:
    """What an entry of a folder is; None, and counted, where it is nothing to read."""
    if _is_hidden(entry.name, ignored):
        return None
    is_link = entry.is_symlink()
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not (is_link or entry.is_file(follow_symlinks=False)):
        ignored.kinds["devices, pipes or sockets"] += 1
        return None
    is_archive = _is_celeba_archive(entry.name)
    if is_link and (is_archive or os.path.isdir(entry.path)):
        ignored.trouble(f"{entry.path} is a link to a folder or archive and was not followed: give --src its target")
        return None
    if is_archive or is_photo_name(entry.name):
        return "archive" if is_archive else "photo"
    ignored.other_file(entry.name)
    return None


def _is_celeba_archive(name: str) -> bool:
    """Tells by its name whether a file is a zip archive of aligned CelebA images."""
    return name.lower().endswith(".zip") and is_aligned_name(name)


def _is_hidden(name: str, ignored: Ignored) -> bool:
    if name.startswith(".") or name in _COMPANION_FOLDERS:
        ignored.kinds["hidden files or folders"] += 1
        return True
    return False


def _link_problem(path: str, inside: str) -> str | None:
    if not os.path.exists(path):
        return "broken_link"
    return None if os.path.realpath(path).startswith(inside) else "link_outside"
