"""`unmask evaluate --compare`, on evaluations made of rows."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_unmask_cli import unmask

from unmask.errors import UnmaskError
from unmask.evaluation.compare import compare, load
from unmask.evaluation.embeddings import Embeddings, write_embeddings
from unmask.evaluation.estimates import DISTRIBUTION_METRICS, IMAGE_METRICS, MASK_METRICS, Distance, MethodResult
from unmask.evaluation.glossary import METRICS
from unmask.evaluation.results import Bootstrap, IdentityScale, MeanOf, Protocol, Results, write_results
from unmask.evaluation.rows import Row, write_rows
from unmask.evaluation.tables import table
from unmask.files import sha256_of

INTERVAL = Bootstrap(resamples=200)
NOISE = np.random.default_rng(1).normal(size=40)


def write_evaluation(
    folder: Path, shift: float = 0.0, noise: float = 0.0, mask_alone: bool = False, **about: object
) -> Path:
    """An evaluation of 40 photos, in which every metric is 20 plus the photo's NOISE plus `shift`: its metrics.json."""
    folder.mkdir(parents=True)
    values = 20 + shift + NOISE + noise * NOISE[::-1]
    rows = []
    for number, value in enumerate(values):
        scores = dict.fromkeys((*MASK_METRICS, *IMAGE_METRICS[:-1]), float(value))
        rows.append(Row(str(number), "cloth", 0.0, 0.2, -1, "unmask", identity_similarity=float(value), **scores))
        rows.append(Row(str(number), "cloth", 0.0, 0.2, -1, "masked", psnr=1.0))
    rows[0] = replace(rows[0], psnr=None)
    own = rows[::2]
    protocol = Protocol(
        "records", "a" * 64, "test", 40, 128, 256, "none", "completed", "face", {}, "c" * 64, "d" * 64,
        MeanOf("train", 9), 3, INTERVAL, {},
    )  # fmt: skip
    distances = {name: Distance(5 + shift, count=30 if name == "kid" else 40) for name in DISTRIBUTION_METRICS}
    method = MethodResult(
        "unmask", table(own, IMAGE_METRICS, INTERVAL, 0), {**distances, "fid": Distance(not_computed="no")}
    )
    write_rows(folder / "per_image.csv", rows)
    sha256 = None
    if not mask_alone:
        clean = np.random.default_rng(2).normal(size=(40, 4)).astype(np.float32)
        write_embeddings(folder / "embeddings.npz", Embeddings(clean + np.float32(shift), clean))
        sha256 = sha256_of(folder / "embeddings.npz")
    results = Results(
        replace(protocol, **about), sha256_of(folder / "per_image.csv"), sha256, table(own, MASK_METRICS, INTERVAL, 0),
        {} if mask_alone else {"unmask": method}, None if mask_alone else IdentityScale(None, None),
    )  # fmt: skip
    write_results(folder / "metrics.json", results)
    return folder / "metrics.json"


def test_an_evaluation_does_not_differ_from_itself(tmp_path: Path) -> None:
    one = load(write_evaluation(tmp_path / "a"))
    for metric, found in compare(one, one).items():
        assert found.a == found.b and found.difference.mean in (0, None) and found.better(metric) == ""


def test_the_difference_is_paired_and_says_which_is_better(tmp_path: Path) -> None:
    a, b = load(write_evaluation(tmp_path / "a")), load(write_evaluation(tmp_path / "b", shift=0.5, noise=0.1))
    found = compare(a, b)
    ssim, l1, psnr = found["ssim"].difference, found["l1"], found["psnr"].difference
    assert ssim.mean == pytest.approx(np.mean(0.5 + 0.1 * NOISE[::-1])) and ssim.count == 40
    assert 0 < ssim.low < ssim.mean < ssim.high < 0.6  # the photos' own spread, ten times as wide, has no part in it
    assert found["ssim"].better("ssim") == "B" and l1.better("l1") == "A"
    assert psnr.count == 39
    assert found["kid"].difference.mean == 0.5 and found["kid"].better("kid") == ""
    assert found["fid"].a is None and found["fid"].difference.mean is None
    frechet = found["embedding_frechet"]
    assert frechet.better("embedding_frechet") == "A" and frechet.difference.count == 40
    assert frechet.difference.mean == pytest.approx(4 * 0.5**2)  # four numbers are off by 0.5
    mirrored = compare(b, a)["ssim"]
    assert mirrored.difference.mean == pytest.approx(-ssim.mean) and mirrored.better("ssim") == "A"


def test_the_command_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    paths = [
        write_evaluation(tmp_path / name, shift, versions={"numpy": version, "keras": "3"})
        for name, shift, version in (("a", 0.0, "2.1"), ("b", 0.25, "2.2"))
    ]
    done = unmask("evaluate", "--compare", *paths, "--out", tmp_path / "found.json")
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("IoU")]
    assert line.split()[-1] == "B" and "0.250" in line and "face: 40 photos of the test split" in done.stdout
    assert "Versions of A and B differ: numpy 2.1 and 2.2\n" in done.stdout and "Left out" not in done.stdout
    assert "KID: of an even sample of 30 pictures." in done.stdout
    content = json.loads((tmp_path / "found.json").read_text())
    assert content["metrics"]["iou"]["difference"]["count"] == 40 and content["a"]["count"] == 40


@pytest.mark.parametrize(
    ("weights", "network", "lost"),
    [
        ("inception_sha256", "Inception", ("fid", "kid", "p_ids", "u_ids")),
        ("embedding_sha256", "the face embeddings", ("identity", "embedding_frechet")),
    ],
)
def test_features_of_other_weights_do_not_compare(
    tmp_path: Path, weights: str, network: str, lost: tuple[str, ...]
) -> None:
    a, b, without = (
        write_evaluation(tmp_path / name, **{weights: sha256}) for name, sha256 in (("a", "c"), ("b", "d"), ("c", None))
    )
    metrics = {*MASK_METRICS, *IMAGE_METRICS, *DISTRIBUTION_METRICS}
    assert set(compare(load(a), load(b))) == metrics - set(lost)
    assert set(compare(load(a), load(without))) == metrics  # where there is no value there is none to mix up
    done = unmask("evaluate", "--compare", a, b, "--out", tmp_path / "found.json")
    titles = ", ".join(METRICS[name].full_title for name in lost)
    assert f"Left out: {titles}. The weights of {network} are not the same in A and B.\n" in done.stdout
    assert set(json.loads((tmp_path / "found.json").read_text())["metrics"]) == metrics - set(lost)


def test_a_comparison_replaces_nothing_but_a_comparison(tmp_path: Path) -> None:
    a, b = write_evaluation(tmp_path / "a"), write_evaluation(tmp_path / "b", shift=1)
    link, other, found = tmp_path / "link.json", tmp_path / "notes.json", tmp_path / "found.json"
    link.symlink_to(a)
    other.write_text('{"a": 1}')
    kept = {path: path.read_bytes() for path in (a, b, a.with_name("per_image.csv"), link, other)}
    for path in kept:
        done = unmask("evaluate", "--compare", a, b, "--out", path)
        assert done.exit_code == 1 and "another" in done.stderr and str(path) in done.stderr
        assert "IoU" not in done.stdout and path.read_bytes() == kept[path]
    done = unmask("evaluate", "--compare", a, b, "--out", tmp_path)
    assert done.exit_code == 1 and "is a folder" in done.stderr
    for _ in range(2):
        assert unmask("evaluate", "--compare", a.parent, b.parent, "--out", found).exit_code == 0
    assert json.loads(found.read_text())["metrics"]["ssim"]["difference"]["mean"] == pytest.approx(1)


def test_mask_g_alone_compares_with_a_whole_run(tmp_path: Path) -> None:
    whole, alone = load(write_evaluation(tmp_path / "a")), load(write_evaluation(tmp_path / "b", mask_alone=True))
    assert set(compare(whole, alone)) == set(MASK_METRICS)
    other = replace(whole, results=replace(whole.results, mask=None))
    with pytest.raises(UnmaskError, match="no metric in common"):
        compare(other, alone)


@pytest.mark.parametrize("about", [{"records_sha256": "b" * 64}, {"image_size": 64}, {"resize": "other"}])
def test_other_photos_do_not_compare(tmp_path: Path, about: dict[str, object]) -> None:
    a, b = load(write_evaluation(tmp_path / "a")), load(write_evaluation(tmp_path / "b", **about))
    with pytest.raises(UnmaskError, match=f"not measured on the same photos .{next(iter(about))}"):
        compare(a, b)


def test_rows_of_another_evaluation_and_damaged_files_are_errors(tmp_path: Path) -> None:
    a, b = write_evaluation(tmp_path / "a"), write_evaluation(tmp_path / "b", shift=1)
    rows = a.with_name("per_image.csv")
    rows.write_bytes(b.with_name("per_image.csv").read_bytes())
    done = unmask("evaluate", "--compare", a, b)
    assert done.exit_code == 1 and "is not the file that" in done.stderr
    without = write_evaluation(tmp_path / "d")
    without.with_name("embeddings.npz").write_bytes(b.with_name("embeddings.npz").read_bytes())
    assert "embeddings.npz is not the file that" in unmask("evaluate", "--compare", without, b).stderr
    without.with_name("embeddings.npz").unlink()
    assert "embeddings.npz cannot be read" in unmask("evaluate", "--compare", without, b).stderr
    wrong = write_evaluation(tmp_path / "c", count=41)
    done = unmask("evaluate", "--compare", b, wrong)
    assert done.exit_code == 1 and "41 photos were measured, but" in done.stderr and "40 rows" in done.stderr
    rows.unlink()
    assert "per_image.csv cannot be read" in unmask("evaluate", "--compare", a, b).stderr
    b.write_text(b.read_text()[:300])
    done = unmask("evaluate", "--compare", b, b)
    assert done.exit_code == 1 and "half written" in done.stderr
