"""The house: what holds for every file of the project, and what its commands promise before they do any work."""

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maskify import __version__

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"help", "setup", "demo", "test", "lint", "format", "types", "bench", "evaluate", "golden", "clean"}
MODULES = sorted([*(ROOT / "maskify").rglob("*.py"), *(ROOT / "unmask").rglob("*.py")])
LARGEST_FILE, LARGEST_NETWORKS = 2_000_000, 45_000_000
ON_PHOTOS = {
    "exporting", "finding", "pasting", "photos", "serving",
    "framing.py", "restoration.py", "restorer.py", "removing.py", "tasks.py",
}  # fmt: skip
"""What of unmask works on photos of any kind, as maskify does, and not on records alone."""

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


def project_files() -> list[Path]:
    """What git tracks or would track; without git there is nothing to say which files are the project's."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.splitlines() if (ROOT / name).is_file()]


def imported(path: Path) -> set[str]:
    """Every module named by an import of the file, wherever it stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def top_names(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_no_module_of_maskify_loads_tensorflow() -> None:
    program = (
        "import importlib, pkgutil, sys, maskify\n"
        "for module in pkgutil.walk_packages(maskify.__path__, 'maskify.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "print(len([name for name in sys.modules if name.startswith('maskify.')]))\n"
        "print({'tensorflow', 'keras'} & {name.split('.')[0] for name in sys.modules})\n"
    )
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    count, loaded = done.stdout.splitlines()
    assert int(count) > 3 and loaded == "set()"


@pytest.mark.parametrize("command", ["maskify", "unmask"])
def test_help_loads_nothing_heavy(command: str) -> None:
    program = f"import sys, {command}.cli\nprint(*sys.modules)"
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    heavy = {"cv2", "dlib", "google", "h5py", "joblib", "keras", "numpy", "PIL", "tensorflow"}
    assert heavy & set(done.stdout.split()) == set()


@pytest.mark.parametrize("command", ["maskify", "unmask"])
def test_help_answers_within_three_tenths_of_a_second(command: str) -> None:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        done = python("-m", command, "--help")
        seconds.append(time.perf_counter() - start)
        assert done.returncode == 0 and f"Usage: {command}" in done.stdout
    assert min(seconds) < 0.3


@pytest.mark.parametrize("command", ["maskify", "unmask"])
def test_version_is_that_of_the_distribution(command: str) -> None:
    assert __version__ in python("-m", command, "--version").stdout


@needs_make
def test_make_alone_lists_every_target() -> None:
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^make (\w+)", done.stdout, re.MULTILINE)) == TARGETS


@needs_make
def test_make_evaluate_measures_the_run_that_is_named() -> None:
    command = ["make", "--dry-run", "evaluate", "RECORDS=some/records", "RUN=runs/mine", "VENV=elsewhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 'unmask evaluate --records "some/records" --run "runs/mine"' in done.stdout
    assert ".[train,evaluate]" in done.stdout


def test_setup_cfg_lists_every_package() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    found = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in MODULES if path.stem == "__init__"}
    assert listed == found | {"maskify_templates"}


def test_dlib_is_imported_for_landmarks_embeddings_and_finding_faces_alone() -> None:
    named = {path for path in MODULES if "dlib" in top_names(path)}
    assert {path.name for path in named if path.parent.name != "finding"} == {"landmarks.py", "identity.py"}


OF_MASKIFY = {"__init__.py": "maskify.__version__", "records.py": "maskify.record", "builds.py": "maskify.manifest"}


def test_training_and_evaluation_read_records_and_nothing_else_of_maskify() -> None:
    for path in (ROOT / "unmask").rglob("*.py"):
        if not ON_PHOTOS & set(path.relative_to(ROOT / "unmask").parts):
            allowed = OF_MASKIFY.get(path.name, "nothing")
            of_maskify = {name for name in imported(path) if name.startswith("maskify.")}
            assert [name for name in of_maskify if not name.startswith(allowed)] == [], path


def test_what_works_on_photos_takes_no_part_in_training() -> None:
    for path in (ROOT / "unmask").rglob("*.py"):
        if {"training", "networks", "metrics"} & set(path.parts):
            of_unmask = {name.split(".")[1] for name in imported(path) if name.startswith("unmask.")}
            assert not of_unmask & {name.removesuffix(".py") for name in ON_PHOTOS}, path


def test_networks_losses_and_stages_are_for_every_backend() -> None:
    backends = {"tensorflow", "jax", "torch"}
    bound = {path.name for path in (ROOT / "unmask").rglob("*.py") if backends & top_names(path)}
    exporting = {"saved_model.py", "litert_file.py"}
    assert bound == {"devices.py", "gradients.py", "inception.py", "tensorflow_data.py"} | exporting


def test_maskify_does_not_import_unmask_and_nothing_imports_the_command_line() -> None:
    for path in MODULES:
        names = imported(path)
        assert path.parts[-2] != "maskify" or "unmask" not in top_names(path), path
        assert path.stem == "__main__" or not names & {"maskify.cli", "unmask.cli"}, path


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_files_are_small() -> None:
    sizes = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in project_files()}
    networks = {name: sizes.pop(name) for name in list(sizes) if name.endswith(".keras")}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}
    assert sum(networks.values()) < LARGEST_NETWORKS


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    elsewhere = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|mnt)/\w")
    for path in project_files():
        if path.suffix not in {".png", ".jpg", ".dat", ".npy", ".svm", ".keras"}:
            assert elsewhere.search(path.read_text(encoding="utf-8")) is None, path


def test_links_between_documents_lead_to_files() -> None:
    for path in project_files():
        if path.suffix == ".md":
            targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
            missing = [target for target in targets if "://" not in target and not (path.parent / target).exists()]
            assert missing == [], path


def test_ci_runs_lint_types_and_then_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"^make (\w+)", script.read_text(), re.MULTILINE) == ["lint", "types", "test"]
