"""The command `unmask`, through its real entry point."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result
from commands import ROOT
from triplets import write_records

from unmask.cli import main
from unmask.training.run_folder import RunFolder

COMMANDS = {name: command for name, command in main.commands.items()}
TINY = ("--preset", "tiny", "--batch-size", "4")


def unmask(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments)], prog_name="unmask")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def start_unmask(*arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen(
        [sys.executable, "-m", "unmask", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_ctrl_c,
    )  # fmt: skip


def _heed_ctrl_c() -> None:
    """It is ignored in processes that a shell has started in the background, tests among them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_records(tmp_path_factory.mktemp("triplets") / "records")
    (folder / "dataset_info.json").write_text(json.dumps({"layout": "folder", "licences": ["Their own."]}))
    return folder


@pytest.fixture(scope="module")
def mask_run(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of `unmask train-mask`."""
    path = tmp_path_factory.mktemp("runs") / "mask"
    done = unmask("train-mask", "--records", records, "--run", path, *TINY, "--steps", 6, "--save-every", 4)
    assert done.exit_code == 0 and str(path / "mask_generator.keras") in done.stdout, done.output
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_all_its_options(command: str) -> None:
    done = unmask(command, "--help")
    assert done.exit_code == 0 and done.stdout.startswith(f"Usage: unmask {command}")
    options = [option for option in COMMANDS[command].params if isinstance(option, click.Option)]
    assert COMMANDS[command].help and [option.name for option in options if not option.help] == []


def test_a_run_leaves_what_the_later_commands_use(mask_run: Path) -> None:
    config = RunFolder(mask_run).config()
    assert config["settings"]["stage"] == "mask" and config["settings"]["image_size"] == 32
    assert set(config["versions"]) == {"maskify", "keras", keras.backend.backend(), "numpy"}
    assert config["data"] == {"layout": "folder", "records": 12, "licences": ["Their own."]}
    rows = RunFolder(mask_run).rows()
    assert [row["step"] for row in rows] == [6] and {"loss", "bce", "dice", "val_iou", "val_f1"} <= rows[-1].keys()
    assert sorted(path.name for path in (mask_run / "checkpoints").iterdir()) == ["00000004", "00000006"]
    assert [path.name for path in sorted((mask_run / "samples").iterdir())] == ["00000004.png", "00000006.png"]
    network = keras.models.load_model(mask_run / "mask_generator.keras")
    assert network(np.zeros((1, 32, 32, 3), np.float32)).shape == (1, 32, 32, 1)


def test_tensorboard_has_losses_rates_and_pictures_of_the_same_photos(mask_run: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(str(mask_run / "tensorboard")).Reload()
    assert {"train/loss", "train/dice", "validation/iou", "rate/learning", "rate/photos_per_second"} <= set(
        log.Tags()["scalars"]
    )
    assert [event.step for event in log.Scalars("train/loss")] == [6]
    (name,) = log.Tags()["images"]
    assert [event.step for event in log.Images(name)] == [4, 6] and "true map" in name


def test_face_g_needs_a_finished_mask_g_of_the_same_size(records: Path, mask_run: Path, tmp_path: Path) -> None:
    base = ("train-face", "--records", records, "--run", tmp_path / "face", *TINY, "--steps", 2, "--perceptual", "none")
    for arguments, message in (
        (("--mask-run", tmp_path / "nowhere"), "There is no Mask G in"),
        (("--mask-run", mask_run, "--mask-checkpoint", 5), "There is no checkpoint 5"),
        (("--mask-run", mask_run, "--image-size", 64), "was trained on images of 32 pixels"),
    ):
        done = unmask(*base, *arguments)
        assert done.exit_code == 1 and message in done.stderr, done.output
    network = (mask_run / "mask_generator.keras").rename(tmp_path / "elsewhere.keras")
    done = unmask(*base, "--mask-run", mask_run)
    assert done.exit_code == 1 and "not finished" in done.stderr and "--mask-checkpoint 6" in done.stderr
    network.rename(mask_run / "mask_generator.keras")
    assert not (tmp_path / "face").exists()  # nothing was begun


def test_train_face_makes_a_folder_that_restores_by_itself(records: Path, mask_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "face"
    done = unmask(
        "train-face", "--records", records, "--run", path, *TINY, "--epochs", 1, "--mask-run", mask_run,
        "--mask-checkpoint", 4, "--perceptual", "none", "--no-augment", "--val-steps", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {"l1", "ssim_loss", "val_l1_in_map", "val_psnr", "val_ssim"} <= RunFolder(path).rows()[-1].keys()
    photo = np.zeros((1, 32, 32, 3), np.float32)
    soft_map = np.ones((1, 32, 32, 1), np.float32)
    painted = keras.models.load_model(path / "face_generator.keras")(np.concatenate([photo, soft_map], axis=3))
    assert painted.shape == (1, 32, 32, 3)
    assert keras.models.load_model(path / "mask_generator.keras")(photo).shape == (1, 32, 32, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--steps", 2, "--epochs", 1), 2, "--steps or --epochs, not both"),
        (("--batch-size", 13), 1, "12 training records, fewer than --batch-size 13"),
        (("--image-size", 40), 1, "--image-size 40 is no multiple of 16"),
        (("--devices", 3), 1, "--devices 3, but there are"),
        (("--learning-rate", 0), 2, "--learning-rate"),
    ],
)
def test_wrong_options_are_errors_that_name_them(
    records: Path, tmp_path: Path, arguments: tuple[object, ...], code: int, message: str
) -> None:
    done = unmask("train-mask", "--records", records, "--run", tmp_path / "run", "--preset", "tiny", *arguments)
    assert done.exit_code == code and message in done.stderr


def test_without_a_backend_the_error_says_both_ways_to_install_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    done = unmask("train-mask", "--records", tmp_path)
    assert done.exit_code == 1 and "'maskify[train]'" in done.stderr
    assert "'maskify[jax]' and KERAS_BACKEND=jax" in done.stderr


def test_other_backends_are_refused(records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    done = unmask("train-mask", "--records", records, "--run", tmp_path / "run", *TINY)
    assert done.exit_code == 1 and "set to torch" in done.stderr and "KERAS_BACKEND=jax" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TF_CONFIG is TensorFlow's")
def test_several_hosts_are_refused(records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", "{}")
    done = unmask("train-mask", "--records", records, "--run", tmp_path / "run", *TINY)
    assert done.exit_code == 1 and "TF_CONFIG" in done.stderr and not (tmp_path / "run").exists()


def test_a_run_that_cannot_begin_leaves_nothing_and_costs_no_other(
    records: Path, mask_run: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "vgg.h5"
    empty.touch()
    face = ("train-face", "--records", records, "--mask-run", mask_run, *TINY, "--steps", 2, "--vgg-weights", empty)
    assert unmask(*face, "--run", tmp_path / "face").exit_code == 1
    assert not (tmp_path / "face").exists()
    kept = tmp_path / "kept"
    shutil.copytree(mask_run, kept)
    assert unmask(*face, "--run", kept, "--fresh").exit_code == 1
    assert sorted(path.name for path in kept.iterdir()) == sorted(path.name for path in mask_run.iterdir())


def test_a_checkpoint_to_go_on_from_must_be_there(records: Path, mask_run: Path, tmp_path: Path) -> None:
    train = ("train-mask", "--records", records, *TINY, "--steps", 6)
    done = unmask(*train, "--run", tmp_path / "new", "--from-checkpoint", 4)
    assert done.exit_code == 1 and "no run" in done.stderr and not (tmp_path / "new").exists()
    done = unmask(*train, "--run", mask_run, "--from-checkpoint", 5)
    assert done.exit_code == 1 and "There are: 4, 6" in done.stderr
    done = unmask(*train, "--run", mask_run, "--from-checkpoint", 4, "--fresh")
    assert done.exit_code == 2 and (mask_run / "checkpoints" / "00000004").exists()


def test_fresh_begins_anew_with_other_settings(records: Path, mask_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(mask_run, run)
    train = ("train-mask", "--records", records, "--run", run, *TINY, "--steps", 2)
    assert unmask(*train).exit_code == 1  # other settings than the run's
    assert unmask(*train, "--fresh").exit_code == 0
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["00000002"]


def test_what_a_kill_left_half_removed_stops_no_later_run(records: Path, mask_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(mask_run, run)
    (run / "checkpoints" / "00000002").mkdir()
    (run / "checkpoints" / ".7.tmp.00000003").mkdir()
    (run / ".7.tmp.config.json").touch()
    train = ("train-mask", "--records", records, "--run", run, *TINY, "--steps", 6, "--save-every", 1)
    assert unmask(*train, "--from-checkpoint", 4).exit_code == 0
    assert not list(run.rglob(".*.tmp.*"))


def test_a_damaged_validation_record_is_named_by_its_shard(records: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "records"
    shutil.copytree(records, damaged)
    shard = next(damaged.glob("validation-*.tfrecord"))
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    done = unmask("train-mask", "--records", damaged, "--run", tmp_path / "run", *TINY, "--steps", 1)
    assert done.exit_code == 1 and shard.name in done.stderr, done.output


@pytest.mark.parametrize("stage", ["mask", pytest.param("face", marks=pytest.mark.slow)])
def test_mixed_precision_trains_and_keeps_float32_networks(
    records: Path, mask_run: Path, tmp_path: Path, stage: str
) -> None:
    arguments = ["--mask-run", mask_run, "--mask-checkpoint", 4, "--perceptual", "none"] if stage == "face" else []
    train = (f"train-{stage}", "--records", records, "--run", tmp_path / "run", *TINY, "--steps", 2)
    assert unmask(*train, "--mixed-precision", *arguments).exit_code == 0
    for file in (tmp_path / "run").glob("*.keras"):
        policies = {layer.compute_dtype for layer in keras.models.load_model(file).layers}
        assert policies == {"float32"}, file.name


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_saves_and_the_same_command_goes_on(records: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    arguments = ("train-mask", "--records", records, "--run", path, *TINY, "--steps", 100_000, "--val-steps", 0)
    process = start_unmask(*arguments, "--save-every", 5)
    end = time.monotonic() + 60
    while not list((path / "checkpoints").glob("0*")) and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "The same command goes on from there" in errors, errors[-2000:]
    assert "Traceback" not in errors and "oneDNN" not in errors
    step = int(errors.split("Stopped after step ")[1].split()[0])
    last = sorted((path / "checkpoints").iterdir())[-1]
    assert json.loads((last / "checkpoint.json").read_text())["step"] == step
