"""maskify.execution and maskify.workplace: what a worker that dies costs is one photo at most, and it is listed."""

import os
from pathlib import Path

import pytest
from fakes import files_of, make_fake, named, run_build

from maskify.config import SynthesisConfig
from maskify.errors import MaskifyError
from maskify.execution import MOST_UNEXPLAINED
from maskify.folder import BUILD_FILE, pixel_versions
from maskify.locking import only_build_in
from maskify.manifest import Row, read_manifest
from maskify.record import read_frames
from maskify.shards import Shard
from maskify.workplace import MOST_DEATHS, RunWatch, check_machine, deadly_photos

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

DEADLY = ("deadly", "deadly-segfault", "deadly-killed", "deadly-late", "deadly-late-killed")
PHOTOS = named(*(f"photo{number}" for number in range(28)), *DEADLY)


@pytest.fixture(autouse=True)
def main_process_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAIN_PROCESS", str(os.getpid()))
    monkeypatch.setenv("MARKERS", str(tmp_path / "markers"))
    (tmp_path / "markers").mkdir()


def rows_and_payloads(folder: Path) -> dict[str, tuple[Row, list[bytes]]]:
    """Each photo's row without the places of its records, and their bytes."""
    found = {}
    for path in folder.glob("*.tfrecord"):
        payloads = iter(list(read_frames(path)))
        for row in read_manifest(folder / f"{path.stem}.manifest.jsonl"):
            found[row["key"]] = {**row, "offset": None}, [next(payloads) for _ in range(row["faces"])]
    return found


def test_photos_that_kill_their_process_are_listed_and_cost_no_other_photo(tmp_path: Path) -> None:
    summary = run_build(tmp_path / "out", PHOTOS, jobs=2)
    assert summary.total.reasons == {"crashed_worker": 5} and summary.total.written == 28
    assert not [name for name in files_of(tmp_path / "out") if name.startswith(".")]
    run_build(tmp_path / "undisturbed", PHOTOS)  # in this process, where nothing dies
    found, expected = rows_and_payloads(tmp_path / "out"), rows_and_payloads(tmp_path / "undisturbed")
    assert found.keys() == expected.keys()
    assert {key for key in found if found[key] != expected[key]} == set(DEADLY)


def test_a_process_that_is_killed_once_costs_nothing(tmp_path: Path) -> None:
    once = ["deadly-killed-once", "deadly-late-once", "deadly-once"]
    photos = named(*(f"photo{number}" for number in range(20)), *once)
    assert run_build(tmp_path / "out", photos, jobs=2).total.written == 23
    assert sorted(path.name for path in (tmp_path / "markers").iterdir()) == once
    run_build(tmp_path / "undisturbed", photos)
    assert files_of(tmp_path / "out") == files_of(tmp_path / "undisturbed")


def die_while_loading(config: SynthesisConfig) -> object:
    with open(Path(os.environ["MARKERS"], "starts"), "a") as stream:
        stream.write(".")
    os._exit(7)


def test_processes_that_die_before_any_photo_end_the_build_soon(tmp_path: Path) -> None:
    with pytest.raises(MaskifyError, match="before they came to a photo.* 0 of 1 shards are done.*--jobs 1 shows"):
        run_build(tmp_path / "out", named("a", "b"), jobs=2, make_synthesizer=die_while_loading)
    assert (tmp_path / "markers" / "starts").read_text() == "." * MOST_UNEXPLAINED
    assert list(files_of(tmp_path / "out")) == [BUILD_FILE]
    assert run_build(tmp_path / "out", named("a", "b"), make_synthesizer=make_fake).total.written == 2


def test_two_deaths_at_a_photo_are_its_fault_and_too_many_are_none() -> None:
    shard = Shard("test", 0, 1, tuple(named("a", "b", "c").photos))
    assert deadly_photos(shard, []) == deadly_photos(shard, [0]) == deadly_photos(shard, [2, 0, 1]) == set()
    assert deadly_photos(shard, [0, 2, 1, 2, 2, 0]) == {0, 2}
    for last, name in ((1, "b.jpg"), (3, "c.jpg")):  # 3: all photos were done, and the process died at the end
        with pytest.raises(MaskifyError, match=f"{MOST_DEATHS} worker processes died over test-00000-.*{name}.*--jobs"):
            deadly_photos(shard, [last] * MOST_DEATHS)


def test_a_worker_notices_that_its_build_is_over(tmp_path: Path) -> None:
    with only_build_in(tmp_path) as run:
        RunWatch(tmp_path, run).look(at_once=True)
        with pytest.raises(MaskifyError, match="is over"):
            RunWatch(tmp_path, "another").look()
    with pytest.raises(MaskifyError, match="is over"):
        RunWatch(tmp_path, run).look()


def test_a_machine_that_sees_other_files_or_has_other_versions_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskify.workplace._LOCK_SECONDS", 0.0)
    out, src = tmp_path / "out", tmp_path / "src"
    out.mkdir(), src.mkdir()
    versions = pixel_versions()
    with only_build_in(out) as run:
        with pytest.raises(MaskifyError, match=r"no photos in .*src.*same path"):
            check_machine(out, src, run, versions)
        (src / "a.jpg").touch()
        check_machine(out, src, run, versions)
        with pytest.raises(MaskifyError, match=r"dlib .* instead of 1\.2.*Install the same"):
            check_machine(out, src, run, {**versions, "dlib": "1.2"})
        with pytest.raises(MaskifyError, match="not the folder that the build has locked.*all workers share"):
            check_machine(tmp_path, src, run, versions)
