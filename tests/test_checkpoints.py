"""unmask.training.checkpoints: whole or not at all; a broken one is named, and the one before it offered."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unmask.errors import UnmaskError
from unmask.training import checkpoints
from unmask.training.checkpoints import BrokenCheckpoint, Checkpoint

GROUPS = {
    "network": [keras.Variable(np.arange(6.0).reshape(2, 3)), keras.Variable(7.0)],
    "optimizer": [keras.Variable(3)],
}


def about(step: int, **changes: Any) -> Checkpoint:
    return Checkpoint(**{**asdict(Checkpoint(step, 1, 2, 0, 5, None)), **changes})


def saved(folder: Path, *steps: int) -> Path:
    for step in steps:
        checkpoints.save(folder, about(step), GROUPS)
    return folder


def empty() -> dict[str, list[keras.Variable]]:
    return {name: [keras.Variable(np.zeros(one.shape, one.dtype)) for one in group] for name, group in GROUPS.items()}


def test_a_checkpoint_gives_back_every_value_and_what_is_known_about_it(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    target = empty()
    found = checkpoints.load(tmp_path, 3, target)
    assert found == about(3, sha256=found.sha256) and found.position == 2
    for name, group in GROUPS.items():
        for one, other in zip(group, target[name], strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_part_of_a_checkpoint_can_be_had(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    target = empty()["network"]
    checkpoints.load(tmp_path, 3, {"network": target})
    assert float(target[1]) == 7


@pytest.mark.parametrize("damage", ["flip", "cut", "no state", "no about", "half about"])
def test_a_broken_checkpoint_is_named_and_the_one_before_is_offered(tmp_path: Path, damage: str) -> None:
    path = checkpoints.path_of(saved(tmp_path, 10, 20), 20)
    state, note = path / checkpoints.STATE, path / checkpoints.ABOUT
    if damage == "flip":
        data = bytearray(state.read_bytes())
        data[len(data) // 2] ^= 1
        state.write_bytes(data)
    elif damage == "cut":
        state.write_bytes(state.read_bytes()[:-50])
    elif damage == "no state":
        state.unlink()
    elif damage == "no about":
        note.unlink()
    else:
        note.write_text(note.read_text()[:-20])
    target = empty()
    with pytest.raises(BrokenCheckpoint, match=r"00000020 is broken .*--from-checkpoint 10\."):
        checkpoints.load(tmp_path, 20, target)
    assert not np.asarray(target["network"][0]).any()  # nothing was assigned
    checkpoints.load(tmp_path, 10, target)


def test_the_first_checkpoint_has_none_before_it(tmp_path: Path) -> None:
    (checkpoints.path_of(saved(tmp_path, 10), 10) / checkpoints.STATE).unlink()
    with pytest.raises(BrokenCheckpoint, match="Begin anew: --fresh"):
        checkpoints.load(tmp_path, 10, empty())


def test_a_checkpoint_of_other_networks_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, 10)
    for other, why in (
        ([keras.Variable(np.zeros((3, 2))), keras.Variable(0.0)], r"network/0000 has shape \(2, 3\), not \(3, 2\)"),
        ([keras.Variable(np.zeros((2, 3)))], "has 2 variables of network"),
    ):
        with pytest.raises(BrokenCheckpoint, match=why):
            checkpoints.load(tmp_path, 10, {"network": other})


def test_a_checkpoint_that_could_not_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, 10)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_json", full)
    with pytest.raises(UnmaskError, match="No space left on device.*Earlier ones"):
        checkpoints.save(tmp_path, about(20), GROUPS)
    assert [path.name for path in tmp_path.iterdir()] == ["00000010"]


def test_values_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="step 4 the variable network/0001 is not finite"):
        checkpoints.save(tmp_path, about(4), {"network": [keras.Variable(1.0), keras.Variable(np.nan)]})
    assert checkpoints.steps_in(tmp_path) == []


def test_the_last_the_best_and_the_chosen_stay(tmp_path: Path) -> None:
    checkpoints.prune(saved(tmp_path, 1, 2, 3, 4, 5, 6), keep=2, best=2, chosen=3)
    assert checkpoints.steps_in(tmp_path) == [2, 3, 5, 6]


def test_checkpoint_json_is_for_people_too(tmp_path: Path) -> None:
    path = checkpoints.path_of(saved(tmp_path, 3), 3) / checkpoints.ABOUT
    assert json.loads(path.read_text()).keys() == asdict(about(3)).keys()
