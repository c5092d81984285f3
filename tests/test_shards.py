"""maskify.shards: the plan is a pure function of the photos and the settings."""

import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import fake_photos

from maskify.config import BuildConfig
from maskify.errors import MaskifyError
from maskify.photos import Photo
from maskify.shards import SPLITS, Plan, assign_splits, hash_of, plan_shards

SHARES = (0.8, 0.1, 0.1)


def photo(key: str, split: str | None = None, identity: int = -1) -> Photo:
    return Photo(key=key, path=f"/photos/{key}.jpg", split=split, identity=identity)


def keys_by_split(plan: Plan) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = defaultdict(list)
    for shard in plan.shards:
        keys[shard.split] += [item.key for item in shard.photos]
    return keys


def people(splits: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for identity, split in splits:
        found[identity].add(split)
    return found


def test_the_order_of_the_photos_does_not_matter() -> None:
    photos = fake_photos(300).photos
    shuffled = random.Random(1).sample(photos, len(photos))
    config = BuildConfig(shard_size=32)
    assert plan_shards(photos, config) == plan_shards(shuffled, config)
    assert plan_shards(photos, config).fingerprint == plan_shards(shuffled, config).fingerprint


def test_the_plan_is_the_same_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from fakes import *; from maskify.shards import plan_shards;"
        "print(plan_shards(fake_photos(100).photos, BuildConfig(shard_size=8)).fingerprint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.stdout.strip() == plan_shards(fake_photos(100).photos, BuildConfig(shard_size=8)).fingerprint


def test_hash_is_uniform_and_independent_by_purpose() -> None:
    assert hash_of("order", "000001") == 0.47317194454535527  # pinned: another value would deal every build anew
    pairs = [(hash_of("split", str(n)), hash_of("order", str(n))) for n in range(4000)]
    quarters = Counter((int(one * 4), int(other * 4)) for one, other in pairs)
    assert len(quarters) == 16 and all(180 < count < 320 for count in quarters.values())


def test_every_photo_is_in_exactly_one_shard_of_at_most_the_wanted_size() -> None:
    photos = fake_photos(333).photos
    plan = plan_shards(photos, BuildConfig(shard_size=32))
    assert sorted(item.key for shard in plan.shards for item in shard.photos) == [item.key for item in photos]
    assert all(len(shard.photos) <= 32 for shard in plan.shards)
    for split, count in plan.split_counts.items():
        assert [shard.name for shard in plan.shards if shard.split == split] == [
            f"{split}-{index:05d}-of-{-(-count // 32):05d}" for index in range(-(-count // 32))
        ]


def test_photos_without_partition_go_by_identity_in_the_wanted_shares() -> None:
    photos = [photo(f"{n:05d}", identity=n // 4) for n in range(8000)]
    splits, notes = assign_splits(photos, SHARES)
    assert all(len(found) == 1 for found in people((p.identity, splits[p.key]) for p in photos).values())
    counts = Counter(splits.values())
    assert [counts[split] / 8000 for split in SPLITS] == pytest.approx(SHARES, abs=0.02) and notes == []


def test_photos_without_identity_go_by_key() -> None:
    splits, _ = assign_splits([photo(f"{n:05d}") for n in range(3000)], (2, 1, 1))
    counts = Counter(splits.values())
    assert [counts[split] / 3000 for split in SPLITS] == pytest.approx((0.5, 0.25, 0.25), abs=0.03)


def test_a_share_of_nothing_gets_nothing() -> None:
    assert set(assign_splits([photo(str(n)) for n in range(500)], (0, 1, 0))[0].values()) == {"validation"}


def test_the_official_partition_is_kept_as_it_is() -> None:
    photos = [photo(f"{n:04d}", SPLITS[n % 3], identity=n % 30) for n in range(300)]
    splits, notes = assign_splits(photos, SHARES)
    assert splits == {item.key: item.split for item in photos} and notes == []


def test_validation_is_taken_from_train_by_identity_where_the_list_has_none() -> None:
    photos = [
        photo(f"{n:05d}", "test" if n % 10 == 0 else "train", identity=n // 10 * 2 + (n % 10 == 0)) for n in range(9000)
    ]
    splits, notes = assign_splits(photos, SHARES)
    counts = Counter(splits.values())
    assert counts["test"] == 900
    assert counts["validation"] / (counts["train"] + counts["validation"]) == pytest.approx(0.05, abs=0.015)
    assert all(len(found) == 1 for found in people((p.identity, splits[p.key]) for p in photos).values())
    assert len(notes) == 1 and f"{counts['validation']} of train" in notes[0]


def test_an_identity_in_two_official_splits_moves_to_the_one_that_ranks_first() -> None:
    photos = [
        *(photo(f"a{n}", split, identity=1) for n, split in enumerate(("train", "test", "validation", None))),
        *(photo(f"b{n}", split, identity=2) for n, split in enumerate(("train", "validation", "train"))),
        *(photo(f"c{n}", split) for n, split in enumerate(("train", "test", "validation"))),
    ]
    splits, notes = assign_splits(photos, SHARES)
    assert [splits[item.key] for item in photos] == ["test"] * 4 + ["validation"] * 3 + ["train", "test", "validation"]
    assert len(notes) == 1 and "4 photos were moved" in notes[0]
    assert plan_shards(photos, BuildConfig()).notes == tuple(notes)


def test_limit_takes_an_even_sample_and_leaves_every_photo_in_its_split() -> None:
    photos = fake_photos(1000).photos
    whole, part = (keys_by_split(plan_shards(photos, BuildConfig(limit=limit))) for limit in (None, 200))
    assert sum(map(len, part.values())) == 200
    for split, keys in part.items():
        assert keys == whole[split][: len(keys)]
        assert len(keys) / 200 == pytest.approx(len(whole[split]) / 1000, abs=0.06)


def test_limit_counts_photos_of_the_wanted_splits() -> None:
    plan = plan_shards(fake_photos(1000).photos, BuildConfig(limit=50, splits=("test",)))
    assert plan.split_counts == {"test": 50}


def test_the_fingerprint_sees_every_fact_about_a_photo() -> None:
    photos = fake_photos(20).photos
    before = plan_shards(photos, BuildConfig()).fingerprint
    for change in ({"identity": 99}, {"five_points": (1.0,) * 10}, {"celeba_frame": True}, {"split": "validation"}):
        assert plan_shards([replace(photos[0], **change), *photos[1:]], BuildConfig()).fingerprint != before
    elsewhere = [replace(item, path=f"/elsewhere{item.path}") for item in photos]
    assert plan_shards(elsewhere, BuildConfig()).fingerprint == before


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (BuildConfig(shard_size=0), "shard_size"),
        (BuildConfig(limit=0), "limit"),
        (BuildConfig(split_shares=(0, 0, 0)), "split_shares"),
        (BuildConfig(split_shares=(2, -1, 0)), "split_shares"),
        (BuildConfig(splits=("training",)), "Unknown split 'training'"),
        (BuildConfig(splits=()), "None of the 20 photos"),
    ],
)
def test_settings_that_make_no_sense_are_errors(config: BuildConfig, why: str) -> None:
    with pytest.raises(MaskifyError, match=why):
        plan_shards(fake_photos(20).photos, config)


def test_a_key_used_twice_is_an_error() -> None:
    with pytest.raises(MaskifyError, match="'a'"):
        plan_shards([photo("a"), photo("b"), photo("a")], BuildConfig())
