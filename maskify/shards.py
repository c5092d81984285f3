"""The plan of a build: which photo goes to which split and shard. A pure function of the photos and the settings."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.photos import Photo

SPLITS = ("train", "validation", "test")
VALIDATION_SHARE = 0.05  # taken from train where the official list has no validation photo
_RANK = ("test", "validation", "train")  # which split keeps an identity that the official list has in several


@dataclass(frozen=True)
class Shard:
    """One file of records, the unit of work and of commit.

    Attributes:
      split: "train", "validation" or "test".
      index: number of the shard within its split, from 0.
      count: how many shards the split has.
      photos: the input photos, in the order of their records.
    """

    split: str
    index: int
    count: int
    photos: tuple[Photo, ...]

    @property
    def name(self) -> str:
        """Such as `train-00003-of-00160`."""
        return f"{self.split}-{self.index:05d}-of-{self.count:05d}"

    @property
    def records_file(self) -> str:
        return f"{self.name}.tfrecord"

    @property
    def manifest_file(self) -> str:
        return f"{self.name}.manifest.jsonl"

    @property
    def note_file(self) -> str:
        """Where the number of the photo in hand is noted while the shard is written."""
        return f"{self.name}.photo"


@dataclass(frozen=True)
class Plan:
    """What a build will make.

    Attributes:
      shards: train's first, then validation's and test's; a split without photos has none.
      notes: what the reader of the data should know about the splits.
    """

    shards: tuple[Shard, ...]
    notes: tuple[str, ...]

    @property
    def photo_count(self) -> int:
        return sum(len(shard.photos) for shard in self.shards)

    @property
    def split_counts(self) -> dict[str, int]:
        """Photos per split, splits without photos left out."""
        counts: Counter[str] = Counter()
        for shard in self.shards:
            counts[shard.split] += len(shard.photos)
        return dict(counts)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything the plan says about every photo; a resumed build refuses another one."""
        digest = hashlib.blake2b(digest_size=8)
        for shard in self.shards:
            for photo in shard.photos:
                facts = (shard.name, photo.key, photo.identity, photo.five_points, photo.celeba_frame, photo.problem)
                digest.update(_bytes_of(repr(facts)) + b"\n")
        return digest.hexdigest()


def plan_shards(photos: Sequence[Photo], config: BuildConfig) -> Plan:
    """Deals the photos to splits and shards.

    A photo keeps its official partition if it has one; others go by a hash of their identity (of their key where it is
    unknown), so that no identity is in two splits. Within a split the order is that of a hash of the key, so that each
    shard is a random sample and `limit` an even one. `limit` counts photos of the wanted splits.

    Args:
      photos: in any order.
      config: the build's settings.

    Raises:
      MaskifyError: a setting makes no sense, two photos share a key, or no photo is in the wanted splits.
    """
    _check(photos, config)
    splits, notes = assign_splits(photos, config.split_shares)
    wanted = [photo for photo in photos if splits[photo.key] in config.splits]
    wanted.sort(key=lambda photo: (hash_of("order", photo.key), photo.key))
    wanted = wanted[: config.limit]
    if not wanted:
        raise MaskifyError(f"None of the {len(photos)} photos is in the split {', '.join(config.splits)}.")
    by_split = {split: [photo for photo in wanted if splits[photo.key] == split] for split in SPLITS}
    shards = [shard for split, members in by_split.items() for shard in _deal(split, members, config.shard_size)]
    return Plan(tuple(shards), tuple(notes))


def assign_splits(photos: Iterable[Photo], shares: tuple[float, float, float]) -> tuple[dict[str, str], list[str]]:
    """Decides each photo's split.

    Args:
      photos: all photos, before any limit: a photo's split must not depend on how many are built.
      shares: of train, validation and test, for photos without an official partition; need not add up to 1.

    Returns:
      Split by key, and notes about what was changed in the official partition.
    """
    photos = list(photos)
    by_identity = _official_split_by_identity(photos)
    take_validation = all(photo.split != "validation" for photo in photos)
    splits: dict[str, str] = {}
    moved = taken = 0
    for photo in photos:
        group = f"identity {photo.identity}" if photo.identity >= 0 else f"key {photo.key}"
        split = by_identity.get(photo.identity, photo.split)
        moved += photo.split not in (None, split)
        if split is None:
            split = _by_share(hash_of("split", group), shares)
        elif split == "train" and take_validation and hash_of("validation", group) < VALIDATION_SHARE:
            split = "validation"
            taken += 1
        splits[photo.key] = split
    notes = []
    if moved:
        notes.append(
            f"The official partition has identities in two splits: {moved} photos were moved to the one "
            f"that comes first of {', '.join(_RANK)}."
        )
    if taken:
        notes.append(
            f"The official partition has no validation photo: {taken} of train's photos were taken by a hash of "
            f"their identity, about {VALIDATION_SHARE:.0%}."
        )
    return splits, notes


def hash_of(purpose: str, text: str) -> float:
    """Hashes text to a number in [0, 1), the same on every machine and in every process.

    Args:
      purpose: hashes for different purposes are independent of each other.
      text: any string, even one that is not valid UTF-8.
    """
    digest = hashlib.blake2b(_bytes_of(text), digest_size=8, person=purpose.encode())
    return (int.from_bytes(digest.digest(), "big") >> 11) / 2**53  # 53 bits: exact as a float


def _official_split_by_identity(photos: Sequence[Photo]) -> dict[int, str]:
    splits: dict[int, str] = {}
    for photo in photos:
        if photo.split is not None and photo.identity >= 0:
            known = splits.get(photo.identity, photo.split)
            splits[photo.identity] = min(known, photo.split, key=_RANK.index)
    return splits


def _by_share(position: float, shares: tuple[float, float, float]) -> str:
    threshold = 0.0
    for split, share in zip(SPLITS, shares, strict=True):
        threshold += share / sum(shares)
        if position < threshold:
            return split
    return next(split for split, share in zip(SPLITS[::-1], shares[::-1], strict=True) if share > 0)


def _deal(split: str, photos: Sequence[Photo], shard_size: int) -> list[Shard]:
    """Cuts the photos into the fewest shards that hold them, all of nearly the same size."""
    count = -(-len(photos) // shard_size)
    bounds = [len(photos) * index // count for index in range(count + 1)] if count else []
    return [
        Shard(split, index, count, tuple(photos[start:stop]))
        for index, (start, stop) in enumerate(zip(bounds, bounds[1:], strict=False))
    ]


def _check(photos: Sequence[Photo], config: BuildConfig) -> None:
    if config.shard_size < 1 or (config.limit is not None and config.limit < 1):
        raise MaskifyError(f"shard_size ({config.shard_size}) and limit ({config.limit}) must be at least 1.")
    if min(config.split_shares) < 0 or sum(config.split_shares) <= 0:
        raise MaskifyError(f"split_shares are {config.split_shares}: none may be negative, and not all may be 0.")
    unknown = (set(config.splits) | {photo.split for photo in photos if photo.split is not None}) - set(SPLITS)
    if unknown:
        raise MaskifyError(f"Unknown split {sorted(unknown)[0]!r}. Splits are {', '.join(SPLITS)}.")
    repeated = [key for key, times in Counter(photo.key for photo in photos).items() if times > 1]
    if repeated:
        raise MaskifyError(f"{len(repeated)} keys name more than one photo, such as {repeated[0]!r}.")


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
