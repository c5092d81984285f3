"""The records of several builds as one, and what is known of the photos in them."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from maskify.manifest import BadManifest, read_manifest
from unmask.errors import UnmaskError
from unmask.records import RecordIndex, find_records, index_records

_MANIFEST = ".manifest.jsonl"
_Name = tuple[Any, ...]  # the first part is for people


def index_all(folders: Sequence[Path], split: str, limit: int | None = None) -> RecordIndex:
    """The records of several builds as one; builds without any in this split count for nothing, if one has some.

    Raises:
      UnmaskError, MaskifyError: as `index_records`; or the builds' images have different sizes.
    """
    found = {folder: index for folder in folders if (index := find_records(folder, split)) is not None}
    if not found:
        return index_records(folders[0], split)  # says what is missing
    parts = list(found.values())
    if len({part.size for part in parts}) > 1:
        listed = ", ".join(f"{folder}: {part.size}" for folder, part in found.items())
        raise UnmaskError(
            f"These --records have images of different sizes ({listed}). Build all with one --image-size."
        )
    firsts = np.cumsum([0] + [len(part.paths) for part in parts])
    joined = RecordIndex(
        split,
        tuple(path for part in parts for path in part.paths),
        np.concatenate([part.shards + np.int32(first) for part, first in zip(parts, firsts, strict=False)]),
        np.concatenate([part.offsets for part in parts]),
        parts[0].size,
    )
    return joined if limit is None else joined.sample(limit)


def check_apart(folders: Sequence[Path]) -> None:
    """Raises where several builds do not go together, by the manifests beside their shards.

    A photo is known by its file's name and the head pose in it, wherever it lies, and a person by CelebA's identity,
    where the build has it.

    Raises:
      UnmaskError: a build is there twice, a photo or a person is in one split of a build and in another split of
        another, or a manifest is missing or damaged.
    """
    if len(folders) == 1:
        return
    shards = {frozenset((path.name, path.stat().st_size) for path in folder.glob("*.tfrecord")) for folder in folders}
    if len(shards) < len(folders):
        raise UnmaskError(
            f"--records has a build twice, or a copy of it: {', '.join(map(str, folders))}. Name it once."
        )
    homes: dict[_Name, tuple[set[str], Path]] = {}
    for folder in folders:
        splits = _splits(folder)
        moved = [name for name, found in splits.items() if name in homes and homes[name][0].isdisjoint(found)]
        if moved:
            (before, other), now = homes[moved[0]], splits[moved[0]]
            raise UnmaskError(
                f"{moved[0][0]} is in the {_listed(before)} split of {other} and in the {_listed(now)} split of "
                f"{folder}, one of {len(moved):,} photos and people: networks would be measured on what they were "
                "trained on. Build both from the same --src with the same --split-shares."
            )
        homes |= {name: (found, folder) for name, found in splits.items()}


def _splits(folder: Path) -> dict[_Name, set[str]]:
    """The splits in which a build has records of a photo, or of a person."""
    manifests = (path.with_suffix(_MANIFEST) for path in sorted(folder.glob("*.tfrecord")))
    try:
        rows = [row for manifest in manifests for row in read_manifest(manifest) if row["status"] == "written"]
    except BadManifest as error:
        raise UnmaskError(
            f"{error.message} With several --records it tells whether a photo has one split in all of them: copy it "
            "there from where maskify build has written it, or build anew."
        ) from error
    splits: dict[_Name, set[str]] = {}
    for row in rows:
        splits.setdefault((f"Photo {PurePath(row['source']).name}", *row["pose"]), set()).add(row["split"])
        if row["identity"] >= 0:
            splits.setdefault((f"Person {row['identity']}",), set()).add(row["split"])
    return splits


def _listed(splits: set[str]) -> str:
    return " and ".join(sorted(splits))


def data_of(index: RecordIndex) -> dict[str, Any] | None:
    """What a split's photos are, from the dataset_info.json of their builds.

    Returns:
      `layout` of the photos ("celeba", "celeba-zip", "folder", "zip" or "file"; several builds' layouts with commas),
      number of `records` and `licences`, a list of sentences; None where a file is missing or damaged.
    """
    layouts: dict[str, None] = {}
    licences: dict[str, None] = {}
    try:
        for folder in dict.fromkeys(path.parent for path in index.paths):
            info = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
            layouts[str(info["layout"])] = None
            licences.update(dict.fromkeys(str(sentence) for sentence in info["licences"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {"layout": ", ".join(layouts), "records": len(index), "licences": list(licences)}
