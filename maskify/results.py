"""Where the results of photos go: below a folder of their own, under the photos' names."""

import os
from pathlib import Path

from maskify.errors import MaskifyError
from maskify.photos import Photo


def check_folder(src: Path, root: Path, out: Path, suffix: str = "-masked") -> None:
    """Raises MaskifyError where results would overwrite photos, or be taken for photos by the next run.

    Args:
      src: the photos, as the user named them.
      root: their folder.
      out: the results' folder.
      suffix: what an error appends to the photos' folder to name another one.
    """
    if out.resolve() == root.resolve():
        raise MaskifyError(f"--out {out} is the photos' own folder and would overwrite them. Choose another --out.")
    if root.resolve().is_relative_to(out.resolve()):
        raise MaskifyError(
            f"--out {out} holds the photos' own folder {root}, where results could overwrite originals. "
            "Choose another --out."
        )
    if src.is_dir() and out.resolve().is_relative_to(src.resolve()):
        raise MaskifyError(
            f"--out {out} is inside {src}: the next run would take its results for photos. "
            f"Choose a folder beside it, such as --out {src.resolve()}{suffix}."
        )


def relative_path(photo: Photo, root: Path) -> Path:
    """Where a photo's result goes, below the output folder; a zip's members keep their folders."""
    if photo.member is None:
        return Path(photo.path).relative_to(os.path.abspath(root))
    parts = [part for part in Path(photo.member).parts if part not in ("/", "..")]
    return Path(Path(photo.path).stem, *parts)
