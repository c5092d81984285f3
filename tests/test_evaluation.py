"""unmask.evaluation, part by part: tables, distances of sets, the scale of identity, and what is not computed."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from evaluations import Painter, counting, faces, write_split

from unmask.evaluation.distribution import FeatureSet, embedding_distance, inception_distances
from unmask.evaluation.estimates import Distance, Estimate
from unmask.evaluation.features import Extractor
from unmask.evaluation.identity import identity_scale
from unmask.evaluation.inception import inception_extractor
from unmask.evaluation.measuring import Settings
from unmask.evaluation.results import Bootstrap
from unmask.evaluation.rows import Row
from unmask.evaluation.run import evaluate
from unmask.evaluation.summary import summary
from unmask.evaluation.tables import table
from unmask.evaluation.test_set import open_test_set
from unmask.metrics.gaussian import Gaussian, frechet_distance
from unmask.metrics.inception import NotAvailable

RNG = np.random.default_rng(5)
QUICK = Bootstrap(resamples=50)


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where features are kept; those of faces are mean colours."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("unmask.evaluation.measuring.embedding_extractor", lambda: counting([]))
    return tmp_path / "cache"


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
    features = FeatureSet.of(RNG.normal(size=(40, 5)).astype(np.float32))
    assert abs(embedding_distance(features, features).value) < 1e-9
    found = inception_distances(features, features)
    assert abs(found["fid"].value) < 1e-9 and found["kid"].low <= found["kid"].value <= found["kid"].high
    two = FeatureSet.of(features.features[:2])
    for distance in (embedding_distance(two, two), *inception_distances(two, two).values()):
        assert distance == Distance(not_computed="It takes at least 3 pictures.")


def test_p_ids_and_u_ids_take_as_many_pictures_as_features_have_dimensions() -> None:
    for count, computed in ((39, False), (40, True)):
        restored, clean = (FeatureSet.of(RNG.normal(size=(count, 40))) for _ in range(2))
        found = inception_distances(restored, clean)
        assert found["kid"].count == found["fid"].count == count
        for name in ("p_ids", "u_ids"):
            assert (found[name].value is not None) == computed and found[name].count == (count if computed else None)
            assert found[name].not_computed == (None if computed else "It takes at least 40 pictures.")


def test_a_large_set_is_sampled_but_for_fid_and_every_distance_counts_its_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("unmask.evaluation.distribution.MOST", 30)
    restored, clean = (FeatureSet.of(RNG.normal(size=(37, 2))) for _ in range(2))
    found = inception_distances(restored, clean)
    assert {name: it.count for name, it in found.items()} == {"fid": 37, "kid": 30, "p_ids": 30, "u_ids": 30}
    assert embedding_distance(restored, clean).count == 37


def test_the_frechet_distance_of_many_features_goes_through_them_in_blocks() -> None:
    sets = RNG.normal(size=(2500, 4)), RNG.normal(1, 2, size=(2500, 4))
    whole = [Gaussian(4), Gaussian(4)]
    for gaussian, features in zip(whole, sets, strict=True):
        gaussian.add(features)
    assert embedding_distance(*map(FeatureSet.of, sets)).value == pytest.approx(frechet_distance(*whole))


def test_the_clean_set_is_fitted_and_factored_once_for_all_methods(
    records: Path, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[int] = []
    of = FeatureSet.of
    monkeypatch.setattr(FeatureSet, "of", lambda values: fitted.append(len(values)) or of(values))
    some = write_split(tmp_path / "some", "test", faces(records, 4))
    evaluate(some, open_test_set(some, "test", None, 32), Painter(), Settings(quiet=True, fid=False))
    assert fitted == 6 * [4]  # clean photos and five methods
    gaussian = of(RNG.normal(size=(9, 3))).gaussian
    factor = gaussian.factor
    assert gaussian.factor is factor
    gaussian.add(RNG.normal(size=(9, 3)))
    np.testing.assert_allclose(gaussian.factor @ gaussian.factor.T, gaussian.covariance)


def test_without_inceptions_weights_the_rest_is_measured(
    records: Path, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def refuse(weights: Path | None) -> Iterator[Extractor]:
        raise NotAvailable("no network")
        yield

    monkeypatch.setattr("unmask.evaluation.measuring.inception_extractor", refuse)
    some = write_split(tmp_path / "some", "test", faces(records, 4))
    test_set = open_test_set(some, "test", None, 32)
    found = evaluate(some, test_set, Painter(), Settings(quiet=True)).results
    for method in found.methods.values():
        assert {method.distribution[name].not_computed for name in ("fid", "kid", "p_ids", "u_ids")} == {"no network"}
        assert method.distribution["embedding_frechet"].value is not None
    assert "Not computed: FID, KID, P-IDS, U-IDS. no network" in summary(found)
    assert found.protocol.inception_sha256 is None and found.protocol.embedding_sha256 == "of colours"


@pytest.mark.skipif(find_spec("pytorch_fid") is not None, reason="pytorch-fid is installed")
def test_where_pytorch_fid_is_not_installed_the_reason_comes_from_the_process_that_would_have_loaded_it() -> None:
    with pytest.raises(NotAvailable, match=r"pip install 'maskify\[fid\]'"), inception_extractor(None):
        pass


def test_memory_does_not_grow_with_the_records(
    records: Path, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unmask.evaluation.measuring.BATCH", 2)
    peaks = []
    for count in (10, 10, 40):  # the first loads what stays loaded
        folder = write_split(tmp_path / f"{len(peaks)}", "test", faces(records, count))
        test_set = open_test_set(folder, "test", None, None)
        tracemalloc.start()
        evaluate(folder, test_set, Painter(), Settings(quiet=True, fid=False))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    a_record = 7 * 128 * 128 * 3  # bytes of its pictures
    assert peaks[2] - peaks[1] < 30 * a_record / 10
