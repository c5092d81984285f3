"""How training does: validation IoU of Mask G after a short run, photos per second of both stages, memory."""

import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from unmask.backend import load_backend

SIZE, BATCH, PRESET = 128, 8, "base"
SEEN = 16_000  # photos that stage 1 sees: about five minutes on two cores


def run(src: Path, limit: int) -> str:
    """The tables, on an even sample of the photos; needs the extra `train`, or `jax` and KERAS_BACKEND=jax."""
    load_backend()
    from maskify.config import BuildConfig, SynthesisConfig
    from maskify.photos import list_photos
    from maskify.pipeline import build
    from maskify.synthesis import art_fingerprint

    with tempfile.TemporaryDirectory() as folder:
        records, mask_run = Path(folder) / "records", Path(folder) / "mask"
        synthesis = SynthesisConfig(image_size=SIZE)
        config = BuildConfig(synthesis=synthesis, limit=limit)
        fingerprint = art_fingerprint(synthesis)
        build(list_photos(src), src, records, config, jobs=-1, templates_hash=fingerprint, progress=False)
        lines, count = _stage_1(records, mask_run)
        lines += [*_rates(records, mask_run), f"Peak memory: {_peak_megabytes():.0f} MB"]
    return "\n".join(
        [f"Training, preset {PRESET}, {count} records of {src.name}, {SIZE} px, batches of {BATCH}", *lines]
    )


def _stage_1(records: Path, path: Path) -> tuple[list[str], int]:
    from unmask.cli import main
    from unmask.records import index_records

    count = len(index_records(records, "train"))
    steps = min(SEEN, 100 * count) // BATCH
    started = time.monotonic()
    arguments = ["--records", records, "--run", path, "--preset", PRESET, "--batch-size", BATCH, "--steps", steps]
    main(["train-mask", *map(str, arguments)], standalone_mode=False)
    minutes = (time.monotonic() - started) / 60
    rows = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    validated = [row for row in rows if "val_iou" in row]
    lines = [f"  {row['step'] * BATCH:7,} photos seen: validation IoU {row['val_iou']:.4f}" for row in validated]
    photos = len(index_records(records, "validation"))
    return [f"Stage 1: {minutes:.1f} minutes, validation on {photos} photos of other people", *lines], count


def _rates(records: Path, mask_run: Path) -> list[str]:
    """Photos per second of the input alone and of the steps of each stage and phase, measured in turn."""
    from unmask.augmentation import FACE, MASK
    from unmask.data import RecordReader, train_batches
    from unmask.plan import BatchPlan
    from unmask.presets import PRESETS
    from unmask.records import IMAGES, MASK_IMAGES, index_records
    from unmask.training.face_stage import FaceStage
    from unmask.training.finished import load_mask_generator
    from unmask.training.mask_stage import MaskStage

    index = index_records(records, "train")
    plan = BatchPlan(len(index), BATCH, 0, 10_000)

    def input_of(how: Any, images: tuple[str, ...]) -> Iterator[Any]:
        return iter(train_batches(RecordReader(index), plan, 0, SIZE, how, images))

    mask = MaskStage(PRESETS[PRESET], 1e-3, 1000)
    face = FaceStage(PRESETS[PRESET], 5e-4, 1000, load_mask_generator(mask_run, None, SIZE), SIZE, None)
    inputs = {"stage 1": input_of(MASK, MASK_IMAGES), "stage 2": input_of(FACE, IMAGES)}
    steps = {"stage 1": _compiled(mask)}
    for phase in range(3):
        face.enter(phase)
        name = f"stage 2, phase {phase + 1}"
        steps[name] = _compiled(face)
        steps[name](next(inputs["stage 2"]))  # compiled while this is the phase
    batches = {name: next(inputs[name[:7]]) for name in steps}
    spent: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(12):
        for name, step in steps.items():
            spent[name].append(_seconds(lambda name=name, step=step: step(batches[name])))
    rates = {name: BATCH / statistics.median(seconds[2:]) for name, seconds in spent.items()}
    for name, batched in inputs.items():
        _seconds(lambda batched=batched: [next(batched) for _ in range(30)])  # what was made beforehand
        rates[f"input of {name}"] = 100 * BATCH / _seconds(lambda batched=batched: [next(batched) for _ in range(100)])
    lines = [f"  {rate:7.1f} photos/s  {name}" for name, rate in rates.items()]
    for name in inputs:
        fastest = max(rate for other, rate in rates.items() if other.startswith(name))
        lines.append(f"  {rates[f'input of {name}'] / fastest:7.1f} times the training rate: input of {name}")
    return ["Rates, medians; without the perceptual loss", *lines]


def _compiled(stage: Any) -> Callable[[Any], Any]:
    """The stage's step on a batch, as `fit` compiles it."""
    stage.prepare(jit=False)
    if stage.always_compiled:
        import jax

        groups = stage.trainable_variables, stage.non_trainable_variables, stage.optimizer.variables
        state = [[variable.value for variable in group] for group in (*groups, stage.metrics_variables)]
        step = jax.jit(stage.train_step)
        return lambda batch: jax.block_until_ready(step(state, batch))
    import tensorflow as tf

    return tf.function(stage.train_step)


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
