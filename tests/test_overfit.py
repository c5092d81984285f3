"""Both stages can learn: 16 real triplets at 64 pixels, preset tiny, through the real command."""

from pathlib import Path

import numpy as np
import pytest
from commands import maskify
from test_unmask_cli import unmask

from unmask.compositing import complete, face_input
from unmask.data import RecordReader, fixed_batches
from unmask.networks.saved import FACE_FILE, MASK_FILE, load_network
from unmask.presets import PRESETS
from unmask.records import index_records
from unmask.training.face_stage import FaceStage
from unmask.training.measures import inside, overlap

SIZE = 64


@pytest.mark.slow
def test_both_stages_learn_16_real_triplets_by_heart(shared: Path, tmp_path: Path) -> None:
    records = tmp_path / "records"
    done = maskify(
        "build", "--src", shared / "celeba", "--out", records, "--image-size", SIZE, "--limit", 24, "--jobs", 1
    )
    assert done.exit_code == 0, done.output
    common = (
        "--records", records, "--preset", "tiny", "--limit", 16, "--batch-size", 16, "--no-augment", "--val-steps", 0,
        "--save-every", 10_000,
    )  # fmt: skip
    done = unmask("train-mask", *common, "--run", tmp_path / "mask", "--steps", 350)
    assert done.exit_code == 0, done.output
    (batch,) = fixed_batches(RecordReader(index_records(records, "train", 16)), 16, SIZE)
    mask_generator = load_network(tmp_path / "mask" / MASK_FILE)
    found = np.asarray(mask_generator(batch["masked"])) > 0
    iou = np.mean(overlap(batch["binary_map"], found.astype(np.float32))["iou"])
    assert iou > 0.97

    preset, path = PRESETS["tiny"], tmp_path / "face"
    done = unmask(
        "train-face", *common, "--run", path, "--mask-run", tmp_path / "mask", "--steps", 300, "--perceptual", "none"
    )
    assert done.exit_code == 0, done.output
    before = FaceStage(preset, 1e-3, 300, mask_generator, SIZE, None)
    soft_map = before.map_of(batch["masked"])
    start = inside(before.restore(batch["masked"])[0], batch["clean"], batch["binary_map"])["l1"]
    painted = load_network(path / FACE_FILE)(face_input(batch["masked"], soft_map, preset.hide))
    completed = complete(painted, batch["masked"], soft_map)
    end = inside(completed, batch["clean"], batch["binary_map"])["l1"]
    print(f"IoU {iou:.4f}; L1 in the map {np.mean(start):.4f} -> {np.mean(end):.4f}")
    assert np.mean(end) < np.mean(start) / 3
