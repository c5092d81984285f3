"""dataset_info.json: what a finished build is, written last. The same build gives the same bytes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maskify.commit import ShardResult
from maskify.errors import MaskifyError
from maskify.folder import INFO_FILE
from maskify.manifest import Tally
from maskify.record import FEATURES
from maskify.shards import SPLITS, Plan


def dataset_info(
    settings: dict[str, Any], plan: Plan, layout: str, results: Sequence[ShardResult], licences: Sequence[str]
) -> dict[str, Any]:
    """Describes a finished build: no times, no absolute paths, nothing of how many processes made it.

    Args:
      settings: as `build_settings` gives them.
      plan: the plan that was carried out.
      layout: how the photos lay, as PhotoSet has it.
      results: of every shard, in the plan's order.
      licences: sentences on the licences of the photos and models that were used.
    """
    return {
        **settings,
        "layout": layout,
        "features": [{**feature._asdict(), "shape": list(feature.shape)} for feature in FEATURES],
        "notes": list(plan.notes),
        "licences": list(licences),
        "total": Tally.total(result.tally for result in results).to_json(),
        "splits": {split: tally.to_json() for split, tally in split_tallies(results).items()},
        "shards": [
            {
                "name": result.name,
                "photos": result.tally.photos,
                "records": result.tally.records,
                "bytes": result.size,
                "sha256": result.sha256,
                "manifest_sha256": result.manifest_sha256,
            }
            for result in results
        ],
    }


def split_tallies(results: Sequence[ShardResult]) -> dict[str, Tally]:
    """Counts by split; splits without shards are left out."""
    present = [split for split in SPLITS if any(result.split == split for result in results)]
    return {split: Tally.total(result.tally for result in results if result.split == split) for split in present}


def read_info(folder: Path) -> dict[str, Any] | None:
    """Reads dataset_info.json; None where it is missing, because the build is not finished.

    Raises:
      MaskifyError: the file is damaged.
    """
    path = folder / INFO_FILE
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        shards = info["shards"]
        if all({"name", "photos", "records", "bytes", "sha256", "manifest_sha256"} <= shard.keys() for shard in shards):
            return info
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise MaskifyError(f"{path} is damaged: build again, and it is written anew.")
