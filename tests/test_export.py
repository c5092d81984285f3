"""`unmask export`, through its real entry point: each format runs in its own runtime and gives what Keras gives."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
from evaluations import SIZE, write_run
from test_unmask_cli import start_unmask, unmask
from triplets import MICRO

from unmask.errors import UnmaskError
from unmask.exporting import commands, saved_model
from unmask.exporting.check import check
from unmask.exporting.crops import crops_of_records, crops_of_sample
from unmask.exporting.formats import FORMATS
from unmask.networks.saved import MASK_FILE, load_network
from unmask.restorer import Restorer

CHECKED = re.compile(
    r"Checked with (\S+) \S+ on (\d+) photos: the largest difference from Keras is (\d+) grey levels?, \d+ ms a photo"
)


class Export(NamedTuple):
    """An export and what the command said when it made it."""

    path: Path
    said: str


@pytest.fixture(scope="module")
def photos(records: Path) -> np.ndarray:
    return crops_of_records(records, SIZE)


@pytest.fixture(scope="module")
def run(photos: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose Mask G is sure of itself as trained ones are: a tenth is mask, and the map has all values."""
    path = write_run(tmp_path_factory.mktemp("runs") / "face", shapes=MICRO)
    mask = load_network(path / MASK_FILE)
    logits = mask.predict_on_batch(photos.astype(np.float32) / 127.5 - 1)
    head = mask.layers[-1]
    head.bias.assign((head.bias - np.quantile(logits, 0.9)) * 200)
    head.kernel.assign(head.kernel * 200)
    mask.save(path / MASK_FILE)
    return path


@pytest.fixture(scope="module")
def exports(run: Path, records: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Export]:
    """The run in every format, checked on photos of the sample."""
    folder, made = tmp_path_factory.mktemp("exports"), {}
    for name, format in FORMATS.items():
        path = folder / f"face{format.ending}"
        done = unmask("export", "--run", run, "--out", path, "--format", name, "--check", "--records", records)
        assert done.exit_code == 0, done.output
        made[name] = Export(path, done.stdout)
    return made


def contents(path: Path) -> dict[str, bytes]:
    """The bytes of an export's files, by their paths in it."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def python_blocks(card: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", card, re.DOTALL)


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_gives_what_keras_gives_to_two_grey_levels(exports: dict[str, Export], name: str) -> None:
    found = CHECKED.search(exports[name].said)
    assert found and found[1] == FORMATS[name].runs and int(found[2]) == 4 and int(found[3]) <= 2
    assert str(exports[name].path) in exports[name].said


@pytest.mark.parametrize("name", ["onnx", "litert"])
def test_the_lines_of_the_card_run_the_export(
    exports: dict[str, Export], name: str, run: Path, photos: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exports[name].path
    monkeypatch.chdir(path.parent)
    some = photos if FORMATS[name].batch == "N" else photos[:1]
    here = {"photos": some}
    usage, _ = python_blocks(Path(f"{path.name}.md").read_text())
    assert len(usage.splitlines()) == 3
    exec(usage, here)
    restored, soft_map = (np.asarray(here["outputs"][output]) for output in ("restored", "map"))
    assert restored.shape == some.shape and soft_map.shape == (*some.shape[:3], 1)
    assert restored.dtype == soft_map.dtype == np.uint8
    expected = Restorer.load(run).restore_batch(some).completed
    assert np.abs(restored.astype(int) - expected).max() <= 2 < np.abs(restored.astype(int) - some).max()
    assert np.ptp(soft_map) == 255 and (np.where(soft_map, 0, restored) == np.where(soft_map, 0, some)).all()


@pytest.mark.parametrize("name", ["onnx", "litert", "keras"])
def test_the_same_run_gives_the_same_bytes_over_older_ones(
    exports: dict[str, Export], name: str, run: Path, tmp_path: Path
) -> None:
    again = tmp_path / exports[name].path.name
    again.write_bytes(b"an older one")
    assert unmask("export", "--run", run, "--out", again, "--format", name, "--overwrite").exit_code == 0
    assert contents(again) == contents(exports[name].path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [again.name, f"{again.name}.md"]


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_as_a_saved_model(run: Path, tmp_path: Path) -> None:
    # TensorFlow numbers the functions of a process, so only new ones can be compared
    paths = [tmp_path / "one", tmp_path / "two"]
    processes = [start_unmask("export", "--run", run, "--out", path, "--format", "saved_model") for path in paths]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert contents(paths[0]) == contents(paths[1])


def test_names_shapes_and_types_are_those_of_the_card(exports: dict[str, Export]) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(exports["onnx"].path)
    described = [(it.name, it.shape, it.type) for it in (*session.get_inputs(), *session.get_outputs())]
    assert described == [
        ("photo", ["N", SIZE, SIZE, 3], "tensor(uint8)"),
        ("restored", ["N", SIZE, SIZE, 3], "tensor(uint8)"),
        ("map", ["N", SIZE, SIZE, 1], "tensor(uint8)"),
    ]
    for name, format in FORMATS.items():
        card = Path(f"{exports[name].path}.md").read_text()
        for row in ("input | `photo` | {}, 3]", "output | `restored` | {}, 3]", "output | `map` | {}, 1]"):
            assert f"| {row.format(f'[{format.batch}, {SIZE}, {SIZE}')} | uint8 |" in card


def test_an_export_of_other_networks_fails_its_check(
    exports: dict[str, Export], photos: np.ndarray, run: Path, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "run")
    restorer = Restorer.load(tmp_path / "run")
    restorer.face.layers[-2].bias.assign_add([0.1, 0.1, 0.1])
    with pytest.raises(UnmaskError, match=r"differs from Keras by up to \d+ grey levels with onnxruntime"):
        check(FORMATS["onnx"], exports["onnx"].path, restorer, photos)


def test_an_export_that_does_not_run_says_why(
    exports: dict[str, Export], run: Path, photos: np.ndarray, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(exports["onnx"].path.read_bytes()[:-1000])
    with pytest.raises(UnmaskError, match=r"fails in onnxruntime.*Protobuf"):
        check(FORMATS["onnx"], cut, Restorer.load(run), photos)


def test_an_export_that_fails_its_check_does_not_appear(
    run: Path, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UnmaskError("It differs.")

    monkeypatch.setattr("unmask.exporting.run.check", fail)
    out = tmp_path / "face.keras"
    done = unmask("export", "--run", run, "--out", out, "--format", "keras", "--check", "--records", records)
    assert done.exit_code == 1 and "It differs." in done.stderr and list(tmp_path.iterdir()) == []


def test_the_sample_portrait_wears_masks_in_the_frame() -> None:
    crops = crops_of_sample(SIZE)
    assert len(crops) >= 6 and crops.shape[1:] == (SIZE, SIZE, 3) and crops.dtype == np.uint8
    assert len(np.unique(crops.reshape(len(crops), -1), axis=0)) == len(crops)


@pytest.mark.parametrize("name", ["onnx", "litert"])
def test_without_its_runtime_the_error_names_the_extra(
    name: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    format = FORMATS[name]
    monkeypatch.setattr("unmask.exporting.formats.find_spec", lambda module: None if module == format.runs else True)
    out = tmp_path / f"face{format.ending}"
    done = unmask("export", "--run", run, "--out", out, "--format", name, "--check")
    assert done.exit_code == 1 and f"needs {format.runs}: pip install 'maskify[train,{name}]'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--format", "onnx", "--out", "face.tflite"), 2, "ends with .onnx"),
        (("--format", "saved_model", "--out", "there"), 1, "is there already"),
        (("--format", "saved_model", "--out", "there", "--overwrite"), 1, "is no SavedModel export"),
        (("--format", "keras", "--out", "there.keras", "--overwrite"), 1, "is no Keras export"),
        (("--format", "keras", "--out", "new.keras", "--run", "nowhere"), 1, "There is no run in nowhere"),
        (("--format", "keras", "--out", "a-file/new.keras"), 1, "a-file is no folder. Choose another --out"),
        (("--format", "keras", "--out", "new.keras", "--records", "there"), 1, "there holds no records"),
        (("--format", "keras", "--out", "notes.keras"), 1, "notes.keras.md is there already"),
        (("--format", "saved_model", "--out", "."), 2, "has no name of its own"),
        (("--format", "saved_model", "--out", "link", "--overwrite"), 1, "is no SavedModel export"),
    ],
)
def test_wrong_options_are_errors_that_name_them(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("there", "there.keras"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "photo.jpg").touch()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    (tmp_path / "link").symlink_to("saved")
    for file in ("a-file", "notes.keras.md"):
        (tmp_path / file).touch()
    before = sorted(tmp_path.rglob("*"))
    if "nowhere" not in arguments:
        monkeypatch.setattr(commands, "load_backend", lambda **_: pytest.fail("networks are loaded"))
    done = unmask("export", "--run", run, *arguments)
    assert done.exit_code == code and message in done.stderr, done.output
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "notes.keras.md").read_text() == ""


def test_a_saved_model_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    photo = keras.Input((4, 4, 3))
    with pytest.raises(OSError, match="a-file"):
        saved_model.write(keras.Model(photo, keras.layers.ReLU()(photo)), tmp_path / "a-file" / "saved")


def test_a_run_keeps_its_own_networks(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "load_backend", lambda **_: pytest.fail("networks are loaded"))
    before = contents(run)
    done = unmask("export", "--run", run, "--out", run / "face_generator.keras", "--format", "keras", "--overwrite")
    assert done.exit_code == 1 and "is a network of the run itself" in done.stderr and contents(run) == before


def test_a_run_of_mask_g_alone_cannot_be_exported(tmp_path: Path) -> None:
    mask_run = write_run(tmp_path / "mask", "mask", shapes=MICRO)
    done = unmask("export", "--run", mask_run, "--out", tmp_path / "mask.keras", "--format", "keras")
    assert done.exit_code == 1 and "paints no faces" in done.stderr


def test_only_the_keras_format_is_for_other_backends(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    done = unmask("export", "--run", run, "--out", tmp_path / "face.onnx", "--format", "onnx")
    assert done.exit_code == 1 and "Set KERAS_BACKEND=tensorflow" in done.stderr
    assert unmask("export", "--run", run, "--out", tmp_path / "face.keras", "--format", "keras").exit_code == 0
