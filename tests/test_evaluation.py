"""unmask.evaluation, part by part: what is measured on, what it is compared with, tables, features and processes."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from commands import records_of
from doubling import doubled
from evaluations import Painter, faces, write_split

from maskify.errors import MaskifyError
from maskify.record import Record
from unmask.errors import UnmaskError
from unmask.evaluation.distribution import embedding_distance, inception_distances
from unmask.evaluation.estimates import Estimate
from unmask.evaluation.features import Extractor, Features, feature_folder
from unmask.evaluation.identity import identity_scale
from unmask.evaluation.inception import inception_extractor
from unmask.evaluation.measuring import Settings
from unmask.evaluation.methods import baselines, mean_face
from unmask.evaluation.results import Interval, Results, read_results, write_results
from unmask.evaluation.rows import Row, read_rows, write_rows
from unmask.evaluation.run import evaluate
from unmask.evaluation.summary import summary
from unmask.evaluation.tables import table
from unmask.evaluation.test_set import open_test_set, resized
from unmask.evaluation.workers import map_ahead
from unmask.metrics.gaussian import Gaussian, frechet_distance
from unmask.metrics.inception import NotAvailable

RNG = np.random.default_rng(5)
QUICK = Interval(resamples=50)


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where features are kept."""
    folder = tmp_path / "features"
    folder.mkdir()
    monkeypatch.setattr("unmask.evaluation.extractors.feature_folder", lambda instead: folder)
    return folder


@pytest.fixture
def some(records: Path, tmp_path: Path) -> Path:
    """Six records to test on, of 128 pixels, without a train split."""
    return write_split(tmp_path / "some", "test", faces(records, 6))


def test_samples_are_records_at_the_size_asked_for(some: Path) -> None:
    (record, *_) = records_of(some)
    same, half, double = (open_test_set(some, "test", None, size).read(0) for size in (None, 64, 256))
    np.testing.assert_array_equal(same.masked, record.masked)
    np.testing.assert_array_equal(same.landmarks, record.landmarks)
    assert half.clean.shape == (64, 64, 3) and double.inside.shape == (256, 256) and half.inside.dtype == bool
    means = record.clean.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(half.clean - means).max() <= 0.5  # the area filter is the mean of two by two
    assert half.inside.mean() == pytest.approx(same.inside.mean(), abs=0.01)
    # A pixel's centre is at a whole number: the middle of the first two is at 0.5, which is 0 at half the size.
    np.testing.assert_allclose(half.landmarks, (record.landmarks - 0.5) / 2)
    assert [open_test_set(some, "test", None, size).resize for size in (128, 64, 256)] == ["none", "area", "cubic"]


def test_the_hash_of_a_test_set_is_that_of_its_content_and_order(records: Path, tmp_path: Path) -> None:
    some = faces(records, 3)
    hashes = [
        open_test_set(write_split(tmp_path / str(number), "test", chosen), "test", None, None).sha256
        for number, chosen in enumerate((some, some, some[::-1], [*some[:2], replace(some[2], identity=9)]))
    ]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


def test_a_key_that_is_there_twice_is_an_error(records: Path, tmp_path: Path) -> None:
    folder = write_split(tmp_path / "twice", "test", faces(records, 2) + faces(records, 1))
    with pytest.raises(UnmaskError, match="1 keys of its test split twice"):
        open_test_set(folder, "test", None, None)


def test_baselines_change_nothing_outside_of_the_map(some: Path) -> None:
    sample = open_test_set(some, "test", None, 64).read(1)
    mean = np.full((64, 64, 3), 7, np.uint8)
    made = baselines(sample, mean)
    for name in ("telea", "mean_face"):
        np.testing.assert_array_equal(made[name][~sample.inside], sample.masked[~sample.inside])
    assert (made["mean_face"][sample.inside] == 7).all()
    assert np.abs(made["telea"].astype(int) - sample.masked)[sample.inside].max() > 20
    assert 0 < np.abs(made["jpeg95"].astype(int) - sample.clean).mean() < 4


def test_the_mean_face_is_that_of_the_train_split_where_there_is_one(records: Path, some: Path) -> None:
    def mean(of: list[Record]) -> np.ndarray:
        return np.rint(np.mean([resized(record.clean, 64) for record in of], axis=0))

    np.testing.assert_array_equal(mean_face(some, "test", 64), mean(records_of(some)))
    write_split(some, "train", faces(records, 2))
    np.testing.assert_array_equal(mean_face(some, "test", 64), mean(faces(records, 2)))
    with open(next(some.glob("train-*.tfrecord")), "r+b") as stream:
        stream.truncate(100)  # a damaged train split is no missing one: the test split must not stand in for it
    with pytest.raises(MaskifyError):
        mean_face(some, "test", 64)


def row(yaw: float = 0.0, area: float = 0.25, value: float | None = 1.0) -> Row:
    return Row("key", "cloth", yaw, area, -1, "unmask", psnr=value)


def test_a_lower_bound_belongs_to_its_bin() -> None:
    rows = [row(yaw=yaw) for yaw in (0, -9.99, 10, -10, 20, 30, -75)]
    counts = {name: metrics["psnr"].count for name, metrics in table(rows, ("psnr",), QUICK, 0).groups["yaw"].items()}
    assert counts == {"0-10": 2, "10-20": 2, "20-30": 1, "30+": 2}
    rows = [row(area=area) for area in (0, 0.0999, 0.1, 0.4, 1)]
    counts = {name: metrics["psnr"].count for name, metrics in table(rows, ("psnr",), QUICK, 0).groups["area"].items()}
    assert counts == {"0-10 %": 2, "10-20 %": 1, "40 %+": 2}


def test_rows_without_a_value_are_left_out_and_counted() -> None:
    metrics = table([row(value=2.0), row(value=None), row(value=4.0)], ("psnr", "ssim"), QUICK, 0).metrics
    assert metrics["psnr"].mean == 3 and metrics["psnr"].count == 2
    assert metrics["ssim"] == Estimate(None, None, None, 0)


def test_the_identity_scale_is_that_of_pairs_of_known_people() -> None:
    angles = np.radians([0, 60, 0, 90, 45])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    scale = identity_scale(embeddings, np.array([1, 1, 2, 2, -1]), 0)
    assert scale.same is not None and scale.other is not None
    assert scale.same.count == 2 and scale.same.mean == pytest.approx((0.5 + 0) / 2)
    # 0 and 0, 0 and 90, 60 and 0, 60 and 90 degrees
    assert scale.other.count == 4 and scale.other.mean == pytest.approx((1 + 0 + 0.5 + np.sqrt(0.75)) / 4)
    assert identity_scale(embeddings, np.full(5, -1), 0) == identity_scale(embeddings[:1], np.array([3]), 0)


def test_many_pairs_are_drawn_by_the_seed() -> None:
    embeddings, identities = RNG.normal(size=(3000, 3)), np.arange(3000) % 10
    scale = identity_scale(embeddings, identities, 1)
    assert scale == identity_scale(embeddings, identities, 1) != identity_scale(embeddings, identities, 2)
    assert scale.same is not None and scale.same.count == 2000


def test_a_set_has_no_distance_from_itself_and_two_pictures_have_none() -> None:
    features = RNG.normal(size=(40, 5)).astype(np.float32)
    assert abs(embedding_distance(features, features).value) < 1e-9
    found = inception_distances(features, features)
    assert abs(found["fid"].value) < 1e-9 and found["kid"].low <= found["kid"].value <= found["kid"].high
    for distance in (
        embedding_distance(features[:1], features[:1]),
        *inception_distances(features[:1], features[:1]).values(),
    ):
        assert distance.value is None and "at least 3" in distance.not_computed


def test_the_frechet_distance_of_many_features_goes_through_them_in_blocks() -> None:
    first, second = RNG.normal(size=(2500, 4)), RNG.normal(1, 2, size=(2500, 4))
    whole = [Gaussian(4), Gaussian(4)]
    for gaussian, features in zip(whole, (first, second), strict=True):
        gaussian.add(features)
    assert embedding_distance(first, second).value == pytest.approx(frechet_distance(*whole), rel=1e-9)


def counting(calls: list[int]) -> Extractor:
    """Features that are a picture's mean colour; lists how many pictures were looked at."""

    def extract(images: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        return images.mean(axis=(1, 2))

    return Extractor("colour", 3, extract)


def test_features_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    images, landmarks, calls = RNG.integers(0, 256, (4, 8, 8, 3), np.uint8), np.zeros((4, 68, 2)), []
    paths = {"clean": tmp_path / "clean.npy"}
    with pytest.raises(ZeroDivisionError), Features(counting(calls), paths).filling(4) as nothing:
        Features(counting(calls), paths)
        raise ZeroDivisionError(nothing)
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        features = Features(counting(calls), paths)
        with features.filling(4):
            features.add({"clean": images[:3]}, landmarks[:3])
            features.add({"clean": images[3:]}, landmarks[3:])
        np.testing.assert_allclose(features.of("clean"), images.mean(axis=(1, 2)), rtol=1e-6)
    assert calls == [3, 1]  # the second time they were there
    paths["clean"].write_bytes(paths["clean"].read_bytes()[:-4])
    with features.filling(4):
        features.add({"clean": images}, landmarks)
    np.testing.assert_allclose(features.of("clean"), images.mean(axis=(1, 2)), rtol=1e-6)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = Features(counting([]), {"clean": tmp_path / "kept" / "clean.npy"})
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(features, "_streams", {"clean": full})
        with pytest.raises(UnmaskError, match="cannot be written to .*kept: No space left.*XDG_CACHE_HOME"):
            features.add({"clean": np.zeros((2, 8, 8, 3), np.uint8)}, np.zeros((2, 68, 2)))


def test_features_go_elsewhere_where_the_cache_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert feature_folder(tmp_path) == tmp_path / "cache" / "unmask" / "features"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert feature_folder(tmp_path) == tmp_path


def test_what_follows_from_the_records_is_computed_once(
    some: Path, features: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr("unmask.evaluation.measuring.inception_extractor", lambda weights: nullcontext(counting(calls)))
    test_set = open_test_set(some, "test", None, None)
    first, _ = evaluate(some, test_set, Painter(), Settings(quiet=True))
    assert sum(calls) == 6 * 6  # clean photos and five methods
    again, _ = evaluate(some, test_set, Painter(), Settings(quiet=True))
    assert sum(calls) == 6 * 6 + 6 and again == first  # its own pictures alone
    fid = {name: method.distribution["fid"].value for name, method in first.methods.items()}
    assert fid["jpeg95"] < fid["masked"]
    smaller = open_test_set(some, "test", None, 64)
    evaluate(some, smaller, Painter(), Settings(quiet=True))
    assert sum(calls) == 6 * 6 + 6 + 6 * 6


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order_and_errors_as_they_are(jobs: int) -> None:
    batches = [[1, 2, 3], [4], [5, 6]]
    assert list(map_ahead(jobs, doubled, batches)) == [2, 4, 6, 8, 10, 12]
    with pytest.raises(UnmaskError, match="-1 is negative"):
        list(map_ahead(jobs, doubled, [[1], [-1], [2]]))


def test_a_process_that_dies_is_an_error_that_names_the_option() -> None:
    with pytest.raises(UnmaskError, match="--jobs 1"):
        list(map_ahead(2, doubled, [[1, 99], [2]]))


def test_batches_are_made_two_ahead_and_no_further() -> None:
    made: list[int] = []

    def batches() -> Iterator[list[int]]:
        for number in range(5):
            made.append(number)
            yield [number]

    results = map_ahead(2, doubled, batches())
    next(results)
    assert made == [0, 1]
    next(results)
    assert made == [0, 1, 2]
    results.close()


def test_without_inceptions_weights_the_rest_is_measured(
    some: Path, features: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def refuse(weights: Path | None) -> Iterator[Extractor]:
        raise NotAvailable("no network")
        yield

    monkeypatch.setattr("unmask.evaluation.measuring.inception_extractor", refuse)
    test_set = open_test_set(some, "test", None, 64)
    found, _ = evaluate(some, test_set, Painter(), Settings(quiet=True))
    for method in found.methods.values():
        assert {method.distribution[name].not_computed for name in ("fid", "kid", "p_ids", "u_ids")} == {"no network"}
        assert method.distribution["embedding_frechet"].value is not None
    assert "Not computed: FID, KID, P-IDS, U-IDS. no network" in summary(found)


@pytest.mark.skipif(find_spec("pytorch_fid") is not None, reason="pytorch-fid is installed")
def test_where_pytorch_fid_is_not_installed_the_reason_comes_from_the_process_that_would_have_loaded_it() -> None:
    with pytest.raises(NotAvailable, match=r"pip install 'maskify\[fid\]'"), inception_extractor(None):
        pass


def test_memory_does_not_grow_with_the_records(
    records: Path, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unmask.evaluation.measuring.embedding_extractor", lambda: counting([]))
    peaks = []
    for count in (10, 10, 40):  # the first loads what stays loaded
        folder = write_split(tmp_path / f"{len(peaks)}", "test", faces(records, count))
        test_set = open_test_set(folder, "test", None, None)
        tracemalloc.start()
        evaluate(folder, test_set, Painter(), Settings(batch_size=2, quiet=True, fid=False))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    print(peaks)
    a_record = 7 * 128 * 128 * 3  # bytes of its pictures
    assert peaks[2] - peaks[1] < 30 * a_record / 10


def test_rows_survive_the_file(tmp_path: Path) -> None:
    rows = [
        Row("a, \"b\"\nc\udcff", "cloth", -1 / 3, 0.1, -1, "unmask", iou=1 / 7, psnr=None, l1=0.0),
        Row("d#2", "kf94", 2.0, 0.2, 12, "masked", identity_similarity=0.9),
    ]  # fmt: skip
    write_rows(tmp_path / "rows.csv", rows)
    assert read_rows(tmp_path / "rows.csv") == rows


def test_rows_that_are_damaged_or_missing_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with pytest.raises(UnmaskError, match="cannot be read"):
        read_rows(path)
    write_rows(path, [row(), row()])
    whole = path.read_text()
    for text, message in ((whole[:-8], "row 2"), ("", "its columns are"), (whole.replace("0.25", "x"), "row 1")):
        path.write_text(text)
        with pytest.raises(UnmaskError, match=message):
            read_rows(path)


def test_results_that_are_half_written_or_of_another_version_are_errors(tmp_path: Path, results: Results) -> None:
    path = tmp_path / "metrics.json"
    with pytest.raises(UnmaskError, match="cannot be read"):
        read_results(path)
    write_results(path, results)
    whole = path.read_text()
    assert read_results(path) == results
    for text in (whole[: len(whole) // 2], "", "[]", "{}", whole.replace('"split"', '"spilt"')):
        path.write_text(text)
        with pytest.raises(UnmaskError, match="damaged, half written.*unmask evaluate"):
            read_results(path)
    path.write_text(whole.replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(UnmaskError, match="schema version 2; this is for 1"):
        read_results(path)


@pytest.fixture
def results(some: Path, features: Path) -> Results:
    found, _ = evaluate(some, open_test_set(some, "test", None, 64), Painter(), Settings(quiet=True, fid=False))
    return found
