"""List the photos of a source, each with a stable key and what CelebA's lists say about it."""

import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maskify.celeba import ListFinder
from maskify.errors import MaskifyError
from maskify.walk import Found, Ignored, is_photo_name, packed_lists, photo_endings, walk_archive, walk_folder

# Control characters, lone surrogates (bytes that are not UTF-8), line and direction marks; and the escape itself.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\\\\]")


@dataclass(frozen=True, slots=True)
class Photo:
    """One input photo, as it was found. Nothing of it has been read yet.

    Attributes:
      key: stable and unique name in printable UTF-8: the path below --src, with "/", without the ending. Photos that
        would share a key keep their endings. Characters that cannot be printed are escaped, as in "\\x0a".
      path: absolute path of the file, or of the zip archive where `member` is set.
      member: name within the archive.
      split: CelebA's official partition ("train", "validation", "test"), None where there is none.
      identity: CelebA's identity, -1 where unknown.
      five_points: x, y of eyes, nose and mouth corners in CelebA's aligned 178 x 218 image, None where unknown.
      celeba_frame: found in a folder or archive of aligned CelebA images; its size is still to be checked.
      problem: a reason known from the listing for which it cannot be read ("link_outside", "broken_link").
    """

    key: str
    path: str
    member: str | None = None
    split: str | None = None
    identity: int = -1
    five_points: tuple[float, ...] | None = None
    celeba_frame: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class PhotoSet:
    """All photos of a source, and what else was seen there.

    Attributes:
      photos: sorted by key.
      layout: "file", "folder", "zip", "celeba" or "celeba-zip".
      notes: sentences for the user on what was ignored and which lists were used.
    """

    photos: list[Photo]
    layout: str
    notes: list[str]


def list_photos(src: Path, option: str = "--src ") -> PhotoSet:
    """Lists every photo of a source, without opening any.

    Args:
      src: a folder of photos at any depth, a zip archive, or one photo; CelebA in any of the layouts it comes in.
      option: what errors put before it: the option by which the user named it.

    Raises:
      MaskifyError: `src` is missing, cannot be read or holds no photo, or a list of CelebA's is broken.
    """
    root = Path(os.path.abspath(src))
    ignored = Ignored()
    if os.path.isdir(root):
        layout, found = "folder", list(walk_folder(root, ignored))
    elif os.path.isfile(root) and root.suffix.lower() == ".zip":
        layout, found = "zip", list(walk_archive(root, ignored))
    elif os.path.isfile(root) and is_photo_name(root.name):
        layout, found = "file", [Found(root.name, str(root.parent), str(root))]
    elif os.path.lexists(root):
        raise MaskifyError(f"{option}{src} is neither a folder, a zip archive nor a photo ({_endings()}).")
    else:
        raise MaskifyError(f"{option}{src} does not exist. Give a folder of photos, a zip archive, or one photo.")
    notes = [printable(note) for note in ignored.notes()]
    if not found:
        raise MaskifyError("\n".join([f"{option}{src} holds no photo. Endings that are read: {_endings()}.", *notes]))
    packed = any(photo.member is not None for photo in found)
    finder = ListFinder(packed_lists(sorted(ignored.with_lists)))
    photos = sorted(_with_facts(found, finder), key=lambda photo: photo.key)
    if layout != "file" and (finder.named_any() or any(photo.celeba_frame for photo in photos)):
        layout = "celeba-zip" if packed else "celeba"
    return PhotoSet(photos, layout, finder.notes() + notes)


def printable(text: str) -> str:
    """Escapes what has no place in a name or a line: control characters, bytes that are not UTF-8, backslashes."""
    return _UNPRINTABLE.sub(_escape, text)


def unique_keys(names: list[str]) -> list[str]:
    """Makes keys of paths: without the ending, unless two would then be one.

    Args:
      names: unique paths below the source, with "/" and their endings.

    Returns:
      As many unique keys. None is absolute or leads out of a folder that it is joined to.
    """
    whole = ["/".join(map(_part, name.split("/"))) for name in names]
    keys = [posixpath.splitext(name)[0] for name in whole]
    while True:  # a longer key can meet the key of a third photo: a.jpg, a.png and a.jpg.gif
        counts = Counter(keys)
        clashes = [i for i, key in enumerate(keys) if counts[key] > 1 and key != whole[i]]
        if not clashes:
            return keys
        for i in clashes:
            keys[i] = whole[i]


def _with_facts(found: list[Found], finder: ListFinder) -> Iterator[Photo]:
    """Yields the photos and empties `found`: a million of them should not be in memory twice."""
    keys = unique_keys([photo.name for photo in found])
    while found:
        key, photo = keys.pop(), found.pop()
        facts = finder.facts(photo.folder, posixpath.splitext(posixpath.basename(photo.name))[0])
        yield Photo(
            key=key,
            path=photo.path,
            member=photo.member,
            split=facts.split,
            identity=facts.identity,
            five_points=facts.five_points,
            celeba_frame=facts.aligned,
            problem=photo.problem,
        )


def _part(name: str) -> str:
    """One part of a path, printable; those that would lead elsewhere ("..", in archives) are escaped as a whole."""
    return "".join(map(_escape_character, name or "/")) if name in ("", ".", "..") else printable(name)


def _escape(match: re.Match[str]) -> str:
    return _escape_character(match[0])


def _escape_character(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _endings() -> str:
    return " ".join(sorted(photo_endings()))
