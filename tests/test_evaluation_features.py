"""unmask.evaluation.features and extractors: features are computed once, and come from whole files alone."""

import os
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from evaluations import Painter, counting, faces, write_split

from unmask.errors import UnmaskError
from unmask.evaluation.features import Features, feature_folder
from unmask.evaluation.measuring import Settings
from unmask.evaluation.run import evaluate
from unmask.evaluation.test_set import open_test_set

RNG = np.random.default_rng(5)
IMAGES, LANDMARKS = RNG.integers(0, 256, (4, 8, 8, 3), np.uint8), np.zeros((4, 68, 2))


def fill(path: Path, calls: list[int] | None = None) -> np.ndarray:
    """The features of IMAGES, by way of a file: they are the mean colours."""
    features = Features(counting([] if calls is None else calls), {"clean": path})
    with features.filling(4):
        features.add({"clean": IMAGES[:3]}, LANDMARKS[:3])
        features.add({"clean": IMAGES[3:]}, LANDMARKS[3:])
    found = features.of("clean")
    np.testing.assert_allclose(found, IMAGES.mean(axis=(1, 2)), rtol=1e-6)
    return found


def test_features_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    path, calls = tmp_path / "clean.npy", []
    features = Features(counting([]), {"clean": path})
    with pytest.raises(ZeroDivisionError), features.filling(4):
        features.add({"clean": IMAGES[:3]}, LANDMARKS[:3])
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    fill(path, calls)
    fill(path, calls)
    assert calls == [3, 1]  # the second time they were there


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "clean.npy"
    fill(path)
    whole = path.read_bytes()
    np.savez(tmp_path / "other.npz", IMAGES)
    halves = [whole[: len(whole) - 4 * numbers] for numbers in (1, 6, 12)]
    for content in (b"", b"PK", b"PK\x03\x04", (tmp_path / "other.npz").read_bytes(), b"\x93NUMPY", *halves):
        path.write_bytes(content)
        fill(path)
        assert path.read_bytes() == whole
    np.save(path, np.zeros((3, 3), np.float32))
    fill(path)
    assert path.read_bytes() == whole


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = Features(counting([]), {"clean": tmp_path / "kept" / "clean.npy"})
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(features, "_streams", {"clean": full})
        with pytest.raises(UnmaskError, match="cannot be written to .*kept: No space left.*XDG_CACHE_HOME"):
            features.add({"clean": IMAGES}, LANDMARKS)


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
@pytest.mark.parametrize("most", [0, 100, 150])
def test_a_file_that_may_not_grow_is_an_error_and_leaves_nothing(tmp_path: Path, most: int) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        with pytest.raises(UnmaskError, match="cannot be written to .*: File too large"):
            fill(tmp_path / "clean.npy")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnmaskError, match="cannot be written to .*nowhere: No such file"):
        fill(tmp_path / "nowhere" / "clean.npy")


def test_features_go_elsewhere_where_the_cache_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert feature_folder(tmp_path) == tmp_path / "cache" / "unmask" / "features"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert feature_folder(tmp_path) == tmp_path
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as where nobody says what is home
    assert feature_folder(tmp_path) == tmp_path


def test_what_killed_processes_left_in_the_cache_is_removed_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = feature_folder(tmp_path)
    kept, left, growing = folder / "kept.npy", folder / ".17.tmp.left.npy", folder / ".18.tmp.growing.npy"
    for path, days in ((kept, 400), (left, 1.1), (growing, 0.9)):
        path.touch()
        os.utime(path, (0, time.time() - days * 86400))
    feature_folder(tmp_path)
    assert sorted(folder.iterdir()) == sorted([kept, growing])


def test_what_follows_from_the_records_is_computed_once(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("unmask.evaluation.measuring.embedding_extractor", lambda: counting([]))
    monkeypatch.setattr("unmask.evaluation.measuring.inception_extractor", lambda weights: nullcontext(counting(calls)))
    some = write_split(tmp_path / "some", "test", faces(records, 6))

    def computed(size: int = 32) -> int:
        """Pictures that went through Inception."""
        calls.clear()
        results = evaluate(some, open_test_set(some, "test", None, size), Painter(), Settings(quiet=True)).results
        assert results == found.setdefault(size, results)
        return sum(calls)

    found: dict[int, object] = {}
    assert computed() == 6 * 6  # clean photos and five methods
    assert computed() == 6  # its own pictures alone
    assert computed(size=48) == 6 * 6
    for what, value in (("FEATURES_VERSION", 7), ("__version__", "9"), ("pixel_versions", lambda: {"pillow": "0"})):
        monkeypatch.setattr(f"unmask.evaluation.extractors.{what}", value)
        assert computed() == 6 * 6 and computed() == 6


def test_the_name_of_face_embeddings_says_what_else_decides_them() -> None:
    import dlib
    import keras

    from unmask.evaluation.extractors import embedding_extractor

    made = embedding_extractor()
    for part in (f"keras {keras.__version__}", keras.backend.backend(), f"dlib {dlib.__version__}", "CPU"):
        assert part in made.name or part == "CPU" and "GPU" in made.name
    assert len(made.sha256) == 64 and made.sha256 not in made.name
