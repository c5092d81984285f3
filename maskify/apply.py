"""Photos to masked photos, at their own size and in their own format."""

import errno
import io
import os
import warnings
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
from maskify.decode import decode_photo
from maskify.draw import seed_of
from maskify.errors import MaskifyError, Skipped
from maskify.landmarks import Face
from maskify.photos import Photo, PhotoSet
from maskify.pose import estimate_camera
from maskify.reading import photo_bytes
from maskify.results import check_folder, relative_path
from maskify.synthesis import Synthesizer, check_landmarks

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "MPO": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
}
"""How Pillow writes a format where its defaults would lose much."""

MOST_BYTES = 1 << 31
"""A larger file is refused unread."""


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
    check_folder(src, root, out)
    synthesizer = Synthesizer(config)
    skipped = []
    for photo in tqdm(photo_set.photos, desc="mask", unit="photo", disable=None):
        try:
            _apply_to_photo(photo, out / relative_path(photo, root), synthesizer, binary_maps)
        except Skipped as problem:
            skipped.append((photo.key, f"{problem.reason} {problem.detail}".strip()))
        except MaskifyError:
            raise
        except Exception as error:  # one photo never ends a run; the line says what to report
            skipped.append((photo.key, f"internal_error {type(error).__name__}: {error}"))
    return len(photo_set.photos) - len(skipped), skipped


def _apply_to_photo(photo: Photo, path: Path, synthesizer: Synthesizer, binary_maps: bool) -> None:
    data = photo_bytes(photo, MOST_BYTES)
    pixels = decode_photo(data)
    every = synthesizer.config.faces == "all"
    faces = synthesizer.finder.find(pixels, photo, every=every)
    if not faces:
        raise Skipped("no_face", "no face was found, upright or turned")
    result = apply_to_faces(pixels, faces if every else faces[:1], photo.key, synthesizer)
    _save(result, path, _colour_profile(data), binary_maps)


def _colour_profile(data: bytes) -> bytes | None:
    """The file's ICC profile, if it is one of RGB: one of CMYK or of grey does not fit what is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the photo has been decoded; nothing here is news
        try:
            with Image.open(io.BytesIO(data)) as image:
                profile = image.info.get("icc_profile")
        except Exception:  # metadata can be broken in any way; the picture is still good
            return None
    is_rgb = isinstance(profile, bytes) and profile[16:20] == b"RGB "  # ICC.1:2022, 7.2.6: data colour space
    return profile if is_rgb else None


def _save(result: Applied, path: Path, profile: bytes | None, binary_maps: bool) -> None:
    """Writes the photo in the format of its ending, and its map as PNG.

    Raises:
      Skipped: the format cannot be written, or a name would be too long.
      MaskifyError: the folder cannot be written.
    """
    files = {path: _encoded(result.photo, path.suffix, profile)}
    if binary_maps:
        map_path = path.with_name(path.name + ".map.png")
        files = {map_path: cv2.imencode(".png", result.binary_map)[1].tobytes(), **files}  # the longer name first
    for target, data in files.items():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, data)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                name = target.name
                raise Skipped("name_too_long", f"{name[:40]}... has {len(name)} characters") from error
            raise MaskifyError(f"{target} cannot be written: {error}. Choose another --out.") from error


def _encoded(photo: NDArray[np.uint8], ending: str, profile: bytes | None) -> bytes:
    """The photo as a file of the format that the ending stands for; raises Skipped where Pillow cannot write it."""
    kind = Image.registered_extensions().get(ending.lower())
    if kind not in Image.SAVE:
        raise Skipped("format_not_writable", f"Pillow writes no {ending} files")
    stream = io.BytesIO()
    options = SAVE_OPTIONS.get(kind, {}) | ({"icc_profile": profile} if profile else {})
    try:
        Image.fromarray(photo).save(stream, kind, **options)
    except (OSError, ValueError, KeyError) as error:
        raise Skipped("format_not_writable", f"{ending}: {error}") from error
    return stream.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Writes a file that appears whole or not at all; its temporary name is short, as photos' names may be long."""
    temporary = path.with_name(f".maskify-{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
