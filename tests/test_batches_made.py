"""unmask.training.run: no batch is made that no step sees."""

from pathlib import Path
from typing import Any

import pytest
from triplets import run, settings_for, write_records

from unmask.training import run as module


def test_batches_are_made_for_the_steps_of_each_phase_and_one_to_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []
    shown: list[int | None] = []

    def training(reader: Any, plan: Any, start: int, *others: Any) -> Any:
        made.append((start, plan.steps))
        return batches(reader, plan, start, *others)

    def fixed(reader: Any, size: int, side: int, names: Any, steps: int | None = None) -> Any:
        shown.append(steps)
        return unchanged(reader, size, side, names, steps)

    batches, unchanged = module.train_batches, module.fixed_batches
    monkeypatch.setattr(module, "train_batches", training)
    monkeypatch.setattr(module, "fixed_batches", fixed)
    records = write_records(tmp_path / "records")
    run(records, tmp_path / "run", settings_for("face", records, 10))
    assert [start for start, _ in made] == [0, *(stop for _, stop in made[:-1])] and made[-1][1] == 10
    assert len(made) > 2 and shown[0] == 1
