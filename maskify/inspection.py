"""What lies in a folder of records: counts, tables, and whether it is whole and undamaged."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from maskify.commit import compare_with_manifest, expected_size
from maskify.errors import MaskifyError
from maskify.files import file_sha256, temporary_files
from maskify.folder import BUILD_FILE, INFO_FILE, SHARD_FILE
from maskify.info import read_info
from maskify.locking import builder_of
from maskify.manifest import BadManifest, Row, Tally, keys_of, read_manifest
from maskify.record import iterate_frames, parse_features
from maskify.report import Report, format_report
from maskify.shards import SPLITS

__all__ = ["Report", "format_report", "inspect_records"]


def inspect_records(folder: Path, verify: bool = False, progress: bool = False) -> Report:
    """Counts what is in a folder of records and looks for what is wrong with it.

    Without `verify` manifests, names and sizes are compared; with it every byte is read: checksums of every record,
    keys, and the hashes in dataset_info.json.

    Args:
      folder: of a build.
      verify: read every byte.
      progress: show a bar, where stderr is a terminal.

    Raises:
      MaskifyError: the folder does not exist or holds no shard and no build.json.
    """
    if not folder.is_dir():
        raise MaskifyError(f"{folder} is not a folder. Give the folder that `maskify build --out` has written.")
    names = _shard_names(folder)
    if not names and not (folder / BUILD_FILE).exists():
        raise MaskifyError(f"{folder} holds no records: there is neither a shard nor {BUILD_FILE} in it.")
    builder = builder_of(folder)
    problems = [] if builder else _temporary_problems(folder)
    listed, info_problems = _listed_shards(folder, building=builder is not None)
    problems += info_problems
    tallies: dict[str, list[Tally]] = {split: [] for split in SPLITS}
    hidden = None if progress else True  # None: where stderr is no terminal
    known = _expected_names(names) if listed is None else set(listed)
    for name in tqdm(sorted(names | known), desc="read", unit="shard", leave=False, disable=hidden, delay=1):
        shard = _Shard(folder, name, verify)
        found = [] if listed is None or name in listed else [f"{name}.tfrecord: not listed in {INFO_FILE}."]
        found += shard.problems((listed or {}).get(name))
        if not (builder and found):  # shards of a running build come and go
            problems += found
        if shard.rows is not None:
            tallies[name.split("-")[0]].append(Tally.of_rows(shard.rows))
    splits = {split: Tally.total(of_split) for split, of_split in tallies.items() if of_split}
    paths = sorted(folder.glob("*.tfrecord"))
    size = sum(path.stat().st_size for path in paths)
    return Report(folder, splits, Tally.total(splits.values()), len(paths), size, verify, builder, tuple(problems))


class _Shard:
    """One shard under inspection."""

    def __init__(self, folder: Path, name: str, verify: bool):
        self.path = folder / f"{name}.tfrecord"
        self.manifest = folder / f"{name}.manifest.jsonl"
        self.rows: list[Row] | None = None
        self._verify = verify

    def problems(self, entry: dict[str, Any] | None) -> list[str]:
        """Compares records, manifest and the shard's entry in dataset_info.json (None if there is none)."""
        if not self.path.exists():
            return [f"{self.path.name}: missing."]
        found = []
        try:
            self.rows = read_manifest(self.manifest)
        except BadManifest as error:
            found.append(f"{self.manifest.name}: {error.message}")
        found += self._size_problem(entry)
        if self._verify and not found:
            found += self._content_problem() or self._hash_problems(entry)
        return found

    def _size_problem(self, entry: dict[str, Any] | None) -> list[str]:
        size = self.path.stat().st_size
        if self.rows is not None and size != expected_size(self.rows):
            return [f"{self.path.name}: has {size} bytes, by its manifest it should have {expected_size(self.rows)}."]
        if entry is not None and size != entry["bytes"]:
            return [f"{self.path.name}: has {size} bytes, {INFO_FILE} says {entry['bytes']}. Is it of another build?"]
        return []

    def _content_problem(self) -> list[str]:
        rows = self.rows or []
        try:
            compare_with_manifest(self.path, rows)
            keys = [key for row in rows for key in keys_of(row)]
            for key, (offset, payload) in zip(keys, iterate_frames(self.path), strict=True):
                written = parse_features(payload)["key"].decode("utf-8", "surrogatepass")
                if written != key:
                    return [f"{self.path.name}: the record at byte {offset} is {written}, its manifest says {key}."]
        except MaskifyError as error:
            return [f"{self.path.name}: {error.message}"]
        return []

    def _hash_problems(self, entry: dict[str, Any] | None) -> Iterator[str]:
        if entry is None:
            return
        for path, field in ((self.path, "sha256"), (self.manifest, "manifest_sha256")):
            if file_sha256(path) != entry[field]:
                yield f"{path.name}: sound in itself, but not the file that {INFO_FILE} lists. Is it of another build?"


def _shard_names(folder: Path) -> set[str]:
    matches = (SHARD_FILE.fullmatch(path.name) for path in folder.iterdir())
    return {match["shard"] for match in matches if match}


def _expected_names(names: Iterable[str]) -> set[str]:
    """All the shards that the names present speak of: one of `-of-00003` means that there should be three."""
    counts = {(match["split"], match["count"]) for name in names if (match := SHARD_FILE.fullmatch(f"{name}.tfrecord"))}
    return {f"{split}-{index:05d}-of-{count}" for split, count in counts for index in range(int(count))}


def _temporary_problems(folder: Path) -> list[str]:
    return [f"{path.name}: temporary file of a build that was killed." for path, _ in temporary_files(folder)]


def _listed_shards(folder: Path, building: bool) -> tuple[dict[str, dict[str, Any]] | None, list[str]]:
    """Entries of dataset_info.json by shard, None where there is no such file; and what is wrong with it."""
    try:
        info = read_info(folder)
    except MaskifyError as error:
        return None, [f"{INFO_FILE}: {error.message}"]
    if info is None:
        return None, [] if building else [f"{INFO_FILE}: missing, so the build is not finished. Run it again."]
    return {entry["name"]: entry for entry in info["shards"]}, []
