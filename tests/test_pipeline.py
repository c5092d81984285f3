"""maskify.pipeline: the same bytes whatever happens, and nothing left behind by a build that did not end well."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fakes import SIZE, fake_photos, files_of, make_fake, make_slow_fake

from maskify.config import BuildConfig, SynthesisConfig
from maskify.errors import MaskifyError
from maskify.files import AtomicFile
from maskify.folder import BUILD_FILE, INFO_FILE
from maskify.locking import LOCK_FILE, builder_of, only_build_in
from maskify.manifest import keys_of, read_manifest
from maskify.photos import Photo, PhotoSet
from maskify.pipeline import Summary, build
from maskify.record import decode_record, read_frames

HERE = Path(__file__).parent
SRC = Path("/photos")
CONFIG = BuildConfig(shard_size=16)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


def run_build(out: Path, photos: PhotoSet | None = None, config: BuildConfig = CONFIG, **options: object) -> Summary:
    settings = {"make_synthesizer": make_fake, "progress": False, **options}
    return build(photos or fake_photos(160), SRC, out, config, **settings)  # type: ignore[arg-type]


def named(*keys: str) -> PhotoSet:
    return PhotoSet([Photo(key=key, path=f"/photos/{key}.jpg", split="test") for key in sorted(keys)], "folder", [])


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of a build of 160 photos in one process."""
    out = tmp_path_factory.mktemp("reference") / "records"
    run_build(out)
    return files_of(out)


def test_one_and_two_processes_write_the_same_bytes(tmp_path: Path, reference: dict[str, bytes]) -> None:
    run_build(tmp_path, jobs=2)
    assert files_of(tmp_path) == reference
    assert {BUILD_FILE, INFO_FILE} < set(reference) and len(reference) == 2 + 2 * 12


def test_each_input_photo_has_exactly_one_row_and_each_row_its_records(tmp_path: Path) -> None:
    summary = run_build(tmp_path)
    rows = []
    for manifest in tmp_path.glob("*.manifest.jsonl"):
        rows += (of_shard := read_manifest(manifest))
        keys = [key for row in of_shard for key in keys_of(row)]
        path = Path(str(manifest).replace(".manifest.jsonl", ".tfrecord"))
        records = [decode_record(payload) for payload in read_frames(path)]
        assert [record.key for record in records] == keys
    assert sorted(row["key"] for row in rows) == [photo.key for photo in fake_photos(160).photos]
    assert summary.total.records == sum(row["faces"] for row in rows) == 170
    assert (summary.total.photos, summary.total.written, summary.total.reasons) == (160, 150, {"no_face": 10})
    assert {row["source"] for row in rows} == {f"{row['key']}.jpg" for row in rows}


def test_further_faces_of_a_photo_have_numbered_keys_and_their_own_fields(tmp_path: Path) -> None:
    run_build(tmp_path, named("group"))
    (row,) = read_manifest(next(tmp_path.glob("*.manifest.jsonl")))
    payloads = list(read_frames(next(tmp_path.glob("*.tfrecord"))))
    assert [decode_record(payload).key for payload in payloads] == ["group", "group#2", "group#3"]
    assert [face["length"] for face in (row, *row["more"])] == [len(payload) for payload in payloads]
    assert [face["seed"] for face in (row, *row["more"])] == [0, 1, 2]


def test_an_unexpected_error_costs_one_photo_and_is_named(tmp_path: Path) -> None:
    run_build(tmp_path, named("one", "broken", "two"), max_skip=0.5)
    rows = {row["key"]: row for row in read_manifest(next(tmp_path.glob("*.manifest.jsonl")))}
    assert (rows["broken"]["reason"], rows["broken"]["detail"]) == ("internal_error", "TypeError: what is this?")
    assert rows["one"]["status"] == rows["two"]["status"] == "written" and rows["broken"]["offset"] is None


def fail_at_once(config: SynthesisConfig) -> object:
    raise MaskifyError("no landmark model")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_the_installation_ends_the_build_and_leaves_nothing_half(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(MaskifyError, match="no landmark model"):
        run_build(tmp_path, jobs=jobs, make_synthesizer=fail_at_once)
    assert list(files_of(tmp_path)) == [BUILD_FILE]
    run_build(tmp_path, config=replace(CONFIG, synthesis=SynthesisConfig(seed=5)))  # no shard, so nothing is lost


def test_a_worker_that_dies_ends_the_build_with_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIN_PROCESS", str(os.getpid()))
    photos = named(*(f"photo{n}" for n in range(30)), "deadly")
    with pytest.raises(MaskifyError, match=r"worker process died.* of 2 shards are done"):
        run_build(tmp_path, photos, jobs=2)
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]


def test_a_finished_build_is_left_as_it_is(tmp_path: Path, reference: dict[str, bytes]) -> None:
    run_build(tmp_path)
    before = {path.name: path.stat().st_ino for path in tmp_path.glob("t*")}
    summary = run_build(tmp_path)
    assert (summary.resumed_shards, summary.shards) == (12, 12) and summary.total.records == 170
    assert {path.name: path.stat().st_ino for path in tmp_path.glob("t*")} == before
    assert files_of(tmp_path) == reference


def test_broken_and_missing_shards_are_built_again_and_said(
    tmp_path: Path, reference: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    run_build(tmp_path)
    flipped, cut, foreign, gone, bare, other = sorted(tmp_path.glob("train*.tfrecord"))[:6]
    flipped.write_bytes(flipped.read_bytes()[:300] + b"?" + flipped.read_bytes()[301:])
    cut.write_bytes(cut.read_bytes()[:-7])
    foreign.write_bytes(other.read_bytes())
    gone.unlink()
    Path(str(bare).replace(".tfrecord", ".manifest.jsonl")).unlink()
    (tmp_path / ".train-00000-of-00009.tfrecord.999999.tmp").write_bytes(b"left by a dead run")
    summary = run_build(tmp_path)
    assert summary.resumed_shards == 12 - 5 and files_of(tmp_path) == reference
    said = capsys.readouterr().err
    assert said.count("The shard is built again.") == 4
    assert all(path.stem in said for path in (flipped, cut, foreign, bare)) and gone.stem not in said


def test_other_settings_are_refused_with_each_difference(tmp_path: Path) -> None:
    run_build(tmp_path)
    before = files_of(tmp_path)
    other = BuildConfig(SynthesisConfig(seed=7, image_format="png"), shard_size=16)
    with pytest.raises(MaskifyError) as caught:
        run_build(tmp_path, fake_photos(158), config=other, templates_hash="abc")
    for text in ("seed: 0, now 7", "image_format: jpeg, now png", "photos count: 160, now 158", "templates_hash",
                 "--overwrite", "another --out"):  # fmt: skip
        assert text in caught.value.message
    assert "shard_size" not in caught.value.message and files_of(tmp_path) == before


def test_other_versions_are_refused(tmp_path: Path) -> None:
    run_build(tmp_path)
    settings = json.loads((tmp_path / BUILD_FILE).read_text())
    settings["versions"]["opencv"] = "3.1"
    (tmp_path / BUILD_FILE).write_text(json.dumps(settings))
    with pytest.raises(MaskifyError, match=r"versions opencv: 3\.1, now"):
        run_build(tmp_path)


def test_settings_do_not_depend_on_where_templates_and_model_lie(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.dat").write_bytes(b"68 points")
        synthesis = SynthesisConfig(
            templates=(str(tmp_path / name / "mine"),), landmark_model=str(tmp_path / name / "model.dat")
        )
        run_build(tmp_path / "out", config=replace(CONFIG, synthesis=synthesis))
    assert all(str(tmp_path).encode() not in data for data in files_of(tmp_path / "out").values())


def test_overwrite_removes_what_maskify_made_and_nothing_else(tmp_path: Path, reference: dict[str, bytes]) -> None:
    run_build(tmp_path, config=replace(CONFIG, shard_size=7))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "train.tfrecord").write_text("mine too")
    run_build(tmp_path, overwrite=True)
    assert files_of(tmp_path) == {**reference, "notes.txt": b"mine", "train.tfrecord": b"mine too"}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["thesis.docx", "train-00000-of-00001.tfrecord"])
def test_a_folder_with_other_content_is_refused_and_not_touched(tmp_path: Path, name: str, overwrite: bool) -> None:
    (tmp_path / name).write_text("years of work")
    with pytest.raises(MaskifyError, match=f"{name}.*no build.json"):
        run_build(tmp_path, overwrite=overwrite)
    assert files_of(tmp_path) == {name: b"years of work"}


def test_shards_of_another_build_beside_ours_are_refused(tmp_path: Path) -> None:
    run_build(tmp_path)
    (tmp_path / "train-00000-of-00002.tfrecord").write_bytes(b"")
    with pytest.raises(MaskifyError, match="train-00000-of-00002.tfrecord"):
        run_build(tmp_path)


def test_damaged_settings_are_an_error_that_names_the_way_out(tmp_path: Path, reference: dict[str, bytes]) -> None:
    run_build(tmp_path)
    (tmp_path / BUILD_FILE).write_text("{")
    with pytest.raises(MaskifyError, match="damaged. Use --overwrite"):
        run_build(tmp_path)
    run_build(tmp_path, overwrite=True)
    assert files_of(tmp_path) == reference


def test_too_many_skipped_photos_fail_with_the_reasons_but_keep_the_shards(tmp_path: Path) -> None:
    photos = named("faceless1", "faceless2", "broken", "good1", "good2")
    with pytest.raises(MaskifyError) as caught:
        run_build(tmp_path, photos)
    assert "3 of 5 photos were skipped (60%, --max-skip is 30%)" in caught.value.message
    assert "2  no_face" in caught.value.message and "1  internal_error" in caught.value.message
    assert (tmp_path / INFO_FILE).exists() and list(tmp_path.glob("test*.tfrecord"))
    assert run_build(tmp_path, photos, max_skip=0.6).total.skipped == 3


def test_info_describes_the_build_and_nothing_of_the_machine(tmp_path: Path) -> None:
    run_build(tmp_path / "records", licences=["CelebA: research only"], templates_hash="f00")
    text = (tmp_path / "records" / INFO_FILE).read_text()
    info = json.loads(text)
    assert info["settings"] == json.loads(json.dumps(asdict(CONFIG))) and info["licences"] == ["CelebA: research only"]
    assert info["features"][4]["name"] == "landmarks" and info["features"][4]["shape"] == [68, 2]
    assert info["total"]["photos"] == 160 and sum(info["total"]["yaw"].values()) == info["total"]["records"] == 170
    assert sum(split["records"] for split in info["splits"].values()) == 170
    assert sum(shard["bytes"] for shard in info["shards"]) == sum(
        path.stat().st_size for path in (tmp_path / "records").glob("*.tfrecord")
    )
    assert info["templates_hash"] == "f00" and str(tmp_path) not in text and "/photos" not in text


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MaskifyError, match="--out .*file cannot be used"):
        run_build(tmp_path / "file")


def test_a_full_disk_is_an_error_that_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: AtomicFile, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run_build(tmp_path)
    next(tmp_path.glob("train*.tfrecord")).unlink()
    monkeypatch.setattr(AtomicFile, "write", full)
    with pytest.raises(MaskifyError, match="cannot be written: No space left on device. The same command goes on"):
        run_build(tmp_path)
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]


def test_a_second_build_into_the_same_folder_is_told_who_is_there(tmp_path: Path) -> None:
    assert builder_of(tmp_path) is None
    with only_build_in(tmp_path):
        assert builder_of(tmp_path) == f"process {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(MaskifyError, match=rf"process {os.getpid()} on .* is writing"):
            run_build(tmp_path)
    assert files_of(tmp_path) == {}


def test_a_lock_left_by_a_killed_build_is_no_lock(tmp_path: Path, reference: dict[str, bytes]) -> None:
    (tmp_path / LOCK_FILE).write_text("1 elsewhere")
    assert builder_of(tmp_path) is None
    run_build(tmp_path)
    assert files_of(tmp_path) == reference


def start(out: Path, jobs: int) -> subprocess.Popen[str]:
    """The same build as the reference, slower, in a process group of its own; waits until shards are there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    command = [sys.executable, str(HERE / "fakes.py"), str(out), "--jobs", str(jobs)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(lambda: len(list(out.glob("*.tfrecord"))) >= 2 and any(out.glob(".*.tmp")))
    return process


def wait_for(condition: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def members(group: int) -> list[int]:
    """Living processes of a process group."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


@needs_signals
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path, reference: dict[str, bytes], jobs: int) -> None:
    out = tmp_path / "records"
    process = start(out, jobs)
    process.kill()
    process.communicate()
    assert not (out / INFO_FILE).exists()
    summary = run_build(out, make_synthesizer=make_slow_fake, jobs=jobs)
    assert 2 <= summary.resumed_shards < 12
    assert files_of(out) == reference
    wait_for(lambda: members(process.pid) == [])  # the workers noticed that their build was killed


@needs_signals
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_stopped_build_says_how_to_go_on_and_leaves_nothing_behind(
    tmp_path: Path, reference: dict[str, bytes], jobs: int, number: signal.Signals, whole_group: bool
) -> None:
    out = tmp_path / "records"
    process = start(out, jobs)
    sent = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, number)  # a terminal's Ctrl-C reaches the whole group
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - sent < 5 and process.returncode == 128 + number
    done = len(list(out.glob("*.tfrecord")))
    assert stderr.endswith(f"\nStopped: {done} of 12 shards are done. The same command goes on from there.\n")
    assert "Traceback" not in stderr and "Warning" not in stderr
    wait_for(lambda: members(process.pid) == [], 3)
    assert not [name for name in files_of(out) if name.startswith(".")] and not (out / INFO_FILE).exists()
    run_build(out)
    assert files_of(out) == reference


def test_images_keep_the_size_that_the_synthesizer_gave(tmp_path: Path) -> None:
    run_build(tmp_path, named("one"))
    (payload,) = read_frames(next(tmp_path.glob("*.tfrecord")))
    assert decode_record(payload).clean.shape == (SIZE, SIZE, 3)
