"""Photos to masked photos, at their own size and in their own format."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from maskify.config import SynthesisConfig
from maskify.decode import read_photo
from maskify.draw import seed_of
from maskify.errors import MaskifyError, Skipped
from maskify.landmarks import Face
from maskify.photos import Photo, PhotoSet
from maskify.pose import estimate_camera
from maskify.synthesis import Synthesizer, check_landmarks

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"quality": 95},
}
"""How Pillow writes an ending where its defaults would lose much."""


@dataclass(frozen=True)
class Applied:
    """A photo with masks on its faces: uint8 [H, W, 3] RGB, and their map uint8 [H, W] in {0, 255}."""

    photo: NDArray[np.uint8]
    binary_map: NDArray[np.uint8]


def apply_to_faces(pixels: NDArray[np.uint8], faces: Sequence[Face], key: str, synthesizer: Synthesizer) -> Applied:
    """Puts a mask on each face of a photo, smaller ones first, so that nearer faces come in front.

    Raises:
      Skipped: no mask fits any face.
    """
    photo, binary_map = pixels, np.zeros(pixels.shape[:2], np.uint8)
    problem: Skipped | None = None
    for number, face in reversed(list(enumerate(faces))):
        seed = seed_of(synthesizer.config.seed, key if number == 0 else f"{key}#{number + 1}")
        try:
            camera = estimate_camera(face.landmarks)
            check_landmarks(face.landmarks, camera)
            masked, _ = synthesizer.put_on(photo, face.landmarks, camera, seed)
        except Skipped as skipped:
            problem = skipped
            continue
        photo, binary_map = masked.photo, binary_map | masked.binary_map
    if problem and not binary_map.any():
        raise problem
    return Applied(photo, binary_map)


def apply_to_photos(
    photo_set: PhotoSet, src: Path, out: Path, config: SynthesisConfig, binary_maps: bool
) -> tuple[int, list[tuple[str, str]]]:
    """Writes a masked copy of every photo in which a face is found.

    Args:
      photo_set: what `list_photos(src)` found.
      src: where the photos lie; paths below it are kept below `out`.
      out: folder for the results; must not be `src`, which would overwrite the photos.
      config: how masks look.
      binary_maps: also write `<name>.map.png`.

    Returns:
      How many were written, and (key, reason) of the others.
    """
    root = src if src.is_dir() else src.parent
    if out.resolve() == root.resolve():
        raise MaskifyError(f"--out {out} is the photos' own folder and would overwrite them. Choose another --out.")
    synthesizer = Synthesizer(config)
    skipped = []
    for photo in tqdm(photo_set.photos, desc="mask", unit="photo"):
        try:
            pixels = read_photo(photo)
            faces = synthesizer.finder.find(pixels, photo)
            if not faces:
                raise Skipped("no_face")
            wanted = faces if config.faces == "all" else faces[:1]
            result = apply_to_faces(pixels, wanted, photo.key, synthesizer)
            _save(result, out / _relative(photo, root), binary_maps)
        except Skipped as problem:
            skipped.append((photo.key, f"{problem.reason} {problem.detail}".strip()))
    return len(photo_set.photos) - len(skipped), skipped


def _relative(photo: Photo, root: Path) -> Path:
    """Where a photo's result goes, below the output folder; a zip's members keep their folders."""
    if photo.member is None:
        return Path(photo.path).relative_to(os.path.abspath(root))
    parts = [part for part in Path(photo.member).parts if part not in ("/", "..")]
    return Path(Path(photo.path).stem, *parts)


def _save(result: Applied, path: Path, binary_maps: bool) -> None:
    """Writes the photo in the format of its ending, and its map as PNG.

    Raises:
      Skipped: the format cannot be written, or the map's name would be too long.
      MaskifyError: the folder cannot be written.
    """
    map_path = path.with_name(path.name + ".map.png")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if binary_maps:
            map_path.write_bytes(cv2.imencode(".png", result.binary_map)[1].tobytes())
        Image.fromarray(result.photo).save(path, **SAVE_OPTIONS.get(path.suffix.lower(), {}))
    except (OSError, ValueError, KeyError) as error:
        number = getattr(error, "errno", None)
        if number == errno.ENAMETOOLONG:
            raise Skipped("name_too_long", f"{map_path.name[:40]}... has {len(map_path.name)} characters") from error
        if number is None:  # Pillow's own errors, about the format
            raise Skipped("format_not_writable", f"{path.suffix}: {error}") from error
        raise MaskifyError(f"{path} cannot be written: {error}. Choose another --out.") from error
