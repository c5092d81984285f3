"""The wheel: everything that the installed commands need is in it, and is found outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("maskify", "unmask", "templates", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def run(*command: str | Path, cwd: Path) -> str:
    """Runs a command far from the checkout and returns its stdout; fails with its stderr."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=inherited, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the sources, so that nothing left in build/ gets into it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", source, cwd=folder)
    (path,) = (folder / "dist").iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands' folder of a new environment that holds the wheel, and borrows its dependencies from this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    site_packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site_packages, "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n")
    return python.parent


def data_files(folder: Path) -> set[Path]:
    kinds = {".json", ".png", ".md"}
    return {path.relative_to(folder) for path in folder.rglob("*") if path.suffix in kinds}


def test_wheel_holds_every_file_of_the_checkout(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"maskify_templates/{path.as_posix()}" for path in data_files(ROOT / "templates")}
    expected |= {f"maskify/{path.as_posix()}" for path in data_files(ROOT / "maskify")}
    for package, folder in (("maskify", "maskify"), ("unmask", "unmask"), ("maskify_templates", "templates")):
        expected |= {f"{package}/{path.relative_to(ROOT / folder)}" for path in (ROOT / folder).rglob("*.py")}
    expected |= {f"unmask/finding/models/{path.name}" for path in (ROOT / "unmask/finding/models").iterdir()}
    expected |= {"maskify/py.typed", "unmask/py.typed"}
    assert expected - names == set()


def test_wheel_holds_nothing_but_the_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"maskify", "maskify_templates", "unmask"}


def test_wheel_names_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("LICENSE") for name in names if ".dist-info/" in name)


def test_installed_maskify_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import maskify; print(maskify.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_installed_templates_are_found(installed: Path, tmp_path: Path) -> None:
    listing = run(installed / "maskify", "templates", "list", cwd=tmp_path)
    names = {path.parent.name for path in (ROOT / "templates").glob("*/template.json")}
    assert len(names) >= 3
    assert {name for name in names if name not in listing} == set()


def test_installed_commands_build_records(installed: Path, tmp_path: Path) -> None:
    run(installed / "maskify", "sample", "--out", "photos", "-n", "3", cwd=tmp_path)
    run(installed / "maskify", "build", "--src", "photos", "--out", "records", "--jobs", "1", cwd=tmp_path)
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "records").glob("*.tfrecord")) == [
        "test",
        "train",
        "validation",
    ]


def test_installed_unmask_answers(installed: Path, tmp_path: Path) -> None:
    assert "Usage: unmask" in run(installed / "unmask", "--help", cwd=tmp_path)
