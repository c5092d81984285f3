"""The folder of a build: whose it is, with which settings, and what may be removed from it."""

import json
import os
import re
from dataclasses import asdict
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL

from maskify import __version__
from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.files import temporary_files, write_json
from maskify.locking import LOCK_FILE
from maskify.record import SCHEMA_VERSION
from maskify.shards import SPLITS, Plan

BUILD_FILE = "build.json"
INFO_FILE = "dataset_info.json"
_SHARD = r"(?P<shard>(?P<split>train|validation|test)-(?P<index>\d{5,})-of-(?P<count>\d{5,}))"
SHARD_FILE = re.compile(rf"{_SHARD}\.(tfrecord|manifest\.jsonl)")
_SHARD_WORK = re.compile(rf"{_SHARD}\.(tfrecord|manifest\.jsonl|photo)")  # what temporary files are named after


def build_settings(config: BuildConfig, plan: Plan, templates: str) -> dict[str, Any]:
    """Everything that decides the bytes of a build, as JSON.

    Paths are left out, so that the bytes do not depend on where things lie: a template folder stands by its name (its
    content is in `templates`), a landmark model by its name and hash.

    Args:
      config: the settings.
      plan: what they and the photos give.
      templates: a hash of the template files, and of a user's own pictures.
    """
    settings = asdict(config)
    settings["splits"] = [split for split in SPLITS if split in config.splits]  # in whatever order they were asked for
    synthesis = settings["synthesis"]
    synthesis["templates"] = [Path(name).name for name in config.synthesis.templates]
    if config.synthesis.pictures is not None:
        synthesis["pictures"] = Path(os.path.abspath(config.synthesis.pictures)).name
    if config.synthesis.landmark_model is not None:
        synthesis["landmark_model"] = _name_and_hash(Path(config.synthesis.landmark_model))
    content = {
        "schema_version": SCHEMA_VERSION,
        "settings": settings,
        "photos": {"count": plan.photo_count, "hash": plan.fingerprint},
        "templates_hash": templates,
        "versions": pixel_versions(),
    }
    return json.loads(json.dumps(content))  # tuples become lists, as they do when read back


def pixel_versions() -> dict[str, str | None]:
    """Versions of what decides the pixels: maskify in full, libraries as major.minor; None where one is missing."""
    versions: dict[str, str | None] = {
        "maskify": __version__,
        "numpy": _major_minor(np.__version__),
        "opencv": _major_minor(cv2.__version__),
        "pillow": _major_minor(PIL.__version__),
        "dlib": None,
    }
    for distribution in ("dlib", "dlib-bin"):  # asked by name: importing dlib takes long
        try:
            versions["dlib"] = _major_minor(metadata.version(distribution))
        except metadata.PackageNotFoundError:
            continue
    return versions


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Compares two settings; returns one text per difference, such as "seed: 0, now 7"."""
    old, new = _leaves(before), _leaves(now)
    found = []
    for name in sorted(old.keys() | new.keys()):
        if (was := _shown(old, name)) != (is_now := _shown(new, name)):
            option = name.rsplit(".", 1)[-1] if name.startswith("settings.") else name.replace(".", " ")
            found.append(f"{option}: {was}, now {is_now}")
    return found


def claim_folder(out: Path, plan: Plan, settings: dict[str, Any], overwrite: bool) -> None:
    """Makes the folder this build's: looks at what is there, refuses or removes it, writes build.json.

    The caller holds the folder's lock.

    Raises:
      MaskifyError: the folder has other content, or a build with other settings. Nothing is changed then.
    """
    remove_temporary_files(out)
    names = {path.name for path in out.iterdir()} - {LOCK_FILE}
    if BUILD_FILE not in names:
        _refuse_other_content(out, names)
    elif overwrite:
        remove_build(out)
    elif any(name.endswith(".tfrecord") for name in names):
        found = differences(_read_settings(out), settings)
        if found:
            raise MaskifyError(
                f"{out} was built with other settings ({'; '.join(found)}). "
                "Use --overwrite to replace it, or choose another --out."
            )
    _refuse_strangers(out, plan)
    if not (out / BUILD_FILE).exists() or _read_settings(out) != settings:
        write_json(out / BUILD_FILE, settings)


def remove_build(out: Path) -> None:
    """Removes what a build left in the folder, and nothing else."""
    ours = [path for path in out.iterdir() if SHARD_FILE.fullmatch(path.name)]
    for path in [out / INFO_FILE, *ours, out / BUILD_FILE]:  # build.json last: until then the folder is known as ours
        path.unlink(missing_ok=True)
    remove_temporary_files(out)


def remove_temporary_files(out: Path) -> None:
    """Removes temporary files of builds that have ended; the caller holds the folder's lock."""
    for path, name in temporary_files(out):
        if _SHARD_WORK.fullmatch(name) or name in (BUILD_FILE, INFO_FILE):
            path.unlink(missing_ok=True)


def _refuse_other_content(out: Path, names: set[str]) -> None:
    seen = sorted(name for name in names if not name.startswith("."))
    if seen:
        raise MaskifyError(
            f"{out} holds {seen[0]}{' and more' if len(seen) > 1 else ''}, but no {BUILD_FILE}: no build of maskify. "
            "Choose an empty or new folder for --out."
        )


def _refuse_strangers(out: Path, plan: Plan) -> None:
    """Shards that this build does not make would be taken for its own by readers."""
    planned = {name for shard in plan.shards for name in (shard.records_file, shard.manifest_file)}
    strangers = sorted(path.name for path in out.iterdir() if SHARD_FILE.fullmatch(path.name))
    strangers = [name for name in strangers if name not in planned]
    if strangers:
        raise MaskifyError(
            f"{out} holds {len(strangers)} files of another build, such as {strangers[0]}. "
            "Move them away, or use --overwrite."
        )


def _read_settings(out: Path) -> dict[str, Any]:
    try:
        settings = json.loads((out / BUILD_FILE).read_text(encoding="utf-8"))
        if isinstance(settings, dict):
            return settings
    except ValueError:
        pass
    raise MaskifyError(f"{out / BUILD_FILE} is damaged. Use --overwrite to build anew, or choose another --out.")


def _leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in tree.items():
        leaves.update(_leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value})
    return leaves


def _shown(leaves: dict[str, Any], name: str) -> str:
    value = leaves.get(name, "none")
    return value if isinstance(value, str) else json.dumps(value)


def _name_and_hash(path: Path) -> str:
    try:
        return f"{path.name} sha256:{sha256(path.read_bytes()).hexdigest()[:16]}"
    except OSError as error:
        raise MaskifyError(f"The landmark model {path} cannot be read: {error.strerror}.") from error


def _major_minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
