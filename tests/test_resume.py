"""unmask.training: a run that was killed goes on, and ends with the bits of an undisturbed one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from triplets import run, settings_for, weights_of, write_records

from unmask.augmentation import FACE, MASK, STILL
from unmask.errors import Stopped, UnmaskError
from unmask.networks.unet import UNet
from unmask.presets import PRESETS
from unmask.stopping import StopRequest
from unmask.training import checkpoints
from unmask.training.lock import only_training_in
from unmask.training.run_folder import RunFolder
from unmask.training.settings import Running, fingerprint_of

STEPS = 10  # three steps an epoch; the phases of stage 2 begin at 0, 1 and 4


class Killed(BaseException):
    """Stands for a SIGKILL: nothing of the run gets to act on it."""


class KillAfter(keras.callbacks.Callback):
    """Ends the run after so many steps of this process, or when the next one is to begin."""

    def __init__(self, steps: int, at_next: bool = False):
        super().__init__()
        self.left, self.at_next = steps, at_next

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.at_next and not self.left:
            raise Killed

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if not self.left and not self.at_next:
            raise Killed


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("triplets") / "records")


@pytest.fixture(scope="module")
def mask_run(records: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[bytes]]]:
    """An undisturbed run of stage 1, and its last values."""
    path = tmp_path_factory.mktemp("runs") / "mask"
    return path, weights_of(run(records, path, settings_for("mask", records, STEPS)))


def rows_of(path: Path) -> str:
    return (path / "metrics.jsonl").read_text()


def killed_again_and_again(
    records: Path, path: Path, stage: str, deaths: tuple[int, ...], save_every: int, validate: bool
) -> Any:
    settings, running = settings_for(stage, records, STEPS), Running(save_every)
    for number, steps in enumerate(deaths):
        with pytest.raises(Killed):
            run(records, path, settings, running, (KillAfter(steps, bool(number % 2)),), validate=validate)
    return run(records, path, settings, running, validate=validate)


def test_stage_1_ends_with_the_same_bits_however_often_it_is_killed(
    records: Path, mask_run: tuple[Path, dict[str, list[bytes]]], tmp_path: Path
) -> None:
    path, values = mask_run
    stage = killed_again_and_again(records, tmp_path / "run", "mask", (1, 3, 5), 2, True)
    assert weights_of(stage) == values
    assert rows_of(tmp_path / "run") == rows_of(path)


def test_stage_2_ends_with_the_same_bits_when_killed_inside_an_epoch_and_at_phase_borders(
    records: Path, tmp_path: Path
) -> None:
    values = weights_of(run(records, tmp_path / "whole", settings_for("face", records, STEPS), validate=False))
    stage = killed_again_and_again(records, tmp_path / "run", "face", (1, 4), 1, False)  # in step 1, after step 4
    assert weights_of(stage) == values
    assert rows_of(tmp_path / "run") == rows_of(tmp_path / "whole")
    phases = {row["step"]: row["phase"] for row in RunFolder(tmp_path / "run").rows()}
    assert phases == {1: 0, 3: 1, 4: 1, 6: 2, 9: 2, 10: 2}


def test_the_seed_and_nothing_else_decides_a_run(
    records: Path, mask_run: tuple[Path, dict[str, list[bytes]]], tmp_path: Path
) -> None:
    other = run(records, tmp_path / "run", settings_for("mask", records, STEPS, seed=8), validate=False)
    assert weights_of(other) != mask_run[1]


def test_a_run_goes_on_from_a_chosen_checkpoint_and_sets_the_later_ones_aside(
    records: Path, mask_run: tuple[Path, dict[str, list[bytes]]], tmp_path: Path
) -> None:
    path, settings = tmp_path / "run", settings_for("mask", records, STEPS)
    run(records, path, settings, Running(save_every=2, keep=9))
    stage = run(records, path, settings, Running(save_every=2, keep=9, from_checkpoint=4))
    assert weights_of(stage) == mask_run[1] and rows_of(path) == rows_of(mask_run[0])
    assert checkpoints.steps_in(path / "checkpoints" / "set-aside") == [6, 8, 9, 10]
    with pytest.raises(UnmaskError, match=r"no checkpoint 5 .*There are: .*4, 6"):
        run(records, path, settings, Running(from_checkpoint=5))


def test_two_trainings_do_not_share_a_folder(records: Path, mask_run: tuple[Path, Any], tmp_path: Path) -> None:
    settings = settings_for("mask", records, STEPS)
    with only_training_in(mask_run[0]), pytest.raises(UnmaskError, match="Another training is going on in"):
        run(records, mask_run[0], settings)
    with only_training_in(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()
    assert not (tmp_path / "new").exists()  # nothing was trained in it
    run(records, mask_run[0], settings)


def test_a_finished_run_is_left_as_it_is(records: Path, mask_run: tuple[Path, dict[str, list[bytes]]]) -> None:
    path, values = mask_run
    before = rows_of(path)
    assert weights_of(run(records, path, settings_for("mask", records, STEPS))) == values
    assert rows_of(path) == before


def test_every_number_of_preset_and_augmentation_is_in_the_fingerprint() -> None:
    preset = PRESETS["base"]
    of_face = (replace(preset, feather=0.1), replace(preset, hide=False))
    of_both = replace(preset, mask=UNet((8,), (1,)))
    prints = {fingerprint_of("face", it, FACE) for it in (preset, *of_face, of_both)}
    assert len(prints | {fingerprint_of("face", preset, MASK), fingerprint_of("face", preset, None)}) == 6
    assert fingerprint_of("face", replace(preset), FACE) in prints
    assert len({fingerprint_of("mask", it, MASK) for it in (preset, *of_face)}) == 1
    assert fingerprint_of("mask", of_both, MASK) != fingerprint_of("mask", preset, MASK)


def test_other_settings_are_refused_and_listed(records: Path, mask_run: tuple[Path, Any]) -> None:
    other = settings_for("mask", records, STEPS, seed=8, learning_rate=0.5)
    with pytest.raises(UnmaskError) as caught:
        run(records, mask_run[0], other)
    assert "--learning-rate was 0.001, now 0.5" in caught.value.message
    assert "--seed was 7, now 8" in caught.value.message and "--fresh" in caught.value.message
    changed = settings_for("mask", records, STEPS, numbers=fingerprint_of("mask", PRESETS["base"], STILL))
    with pytest.raises(UnmaskError, match="what the preset or the augmentation of this version of unmask is"):
        run(records, mask_run[0], changed)
    assert "--preset" not in caught.value.message


def test_fresh_begins_anew_and_resume_demands_a_run(records: Path, tmp_path: Path) -> None:
    path, settings = tmp_path / "run", settings_for("mask", records, 2)
    with pytest.raises(UnmaskError, match="no run in .* to go on with"):
        run(records, path, settings, Running(resume=True))
    run(records, path, settings)
    (path / "notes.txt").write_text("mine")
    run(records, path, settings_for("mask", records, 2, seed=9), Running(resume=False))
    assert RunFolder(path).config()["settings"]["seed"] == 9
    assert (path / "notes.txt").exists() and [row["step"] for row in RunFolder(path).rows()] == [2]


def test_a_folder_with_other_things_in_it_is_refused(records: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UnmaskError, match="files in it that are of no run"):
        run(records, tmp_path, settings_for("mask", records, 2))


def test_a_signal_ends_a_run_after_its_step_with_a_checkpoint(
    records: Path, mask_run: tuple[Path, dict[str, list[bytes]]], tmp_path: Path
) -> None:
    request = StopRequest()

    class Signal(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.sync()
            if self.model.generator_optimizer.iterations == 4:
                request.handle(15, None)

    path, settings = tmp_path / "run", settings_for("mask", records, STEPS)
    with pytest.raises(Stopped, match="Stopped after step 5 of 10") as caught:
        run(records, path, settings, Running(save_every=100), (Signal(),), request)
    assert caught.value.exit_code == 143 and checkpoints.steps_in(path / "checkpoints")[-1] == 5
    assert weights_of(run(records, path, settings, Running(save_every=100))) == mask_run[1]
    assert rows_of(path) == rows_of(mask_run[0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_stops_the_run_and_is_named(records: Path, tmp_path: Path, value: float) -> None:
    class Poison(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.sync()
            if self.model.generator_optimizer.iterations == 3:
                last = self.model.generator.weights[-1]
                last.assign(np.full(last.shape, value))

    with pytest.raises(UnmaskError, match=r"The loss `bce` is (nan|inf) at step 4.*--learning-rate"):
        settings = settings_for("mask", records, STEPS)
        run(records, tmp_path / "run", settings, Running(save_every=1), (Poison(),), validate=False)
    assert checkpoints.steps_in(tmp_path / "run" / "checkpoints")[-1] == 3
    assert all(np.isfinite(row["bce"]) for row in RunFolder(tmp_path / "run").rows())
