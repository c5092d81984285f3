"""unmask.metrics.inception: pytorch-fid's own FID; and what is said where it cannot be had."""

import hashlib
import sys
from http.client import IncompleteRead
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from unittest import mock
from urllib.error import URLError

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from unmask.errors import UnmaskError
from unmask.metrics.gaussian import Gaussian, frechet_distance
from unmask.metrics.inception import DIM, InceptionFeatures, NotAvailable

LOADER = "pytorch_fid.inception.load_state_dict_from_url"


@pytest.fixture(scope="module")
def torch() -> Any:
    pytest.importorskip("pytorch_fid")
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def weights(torch: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in the layout of pytorch-fid's own, of a size that keeps pictures apart up to the last layer."""
    from pytorch_fid.inception import fid_inception_v3

    torch.manual_seed(0)
    with mock.patch(LOADER), mock.patch("torch.nn.Module.load_state_dict"):
        network = fid_inception_v3()
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, 0)
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)  # as old as that of the release
    return path


def pictures(blur: float, count: int) -> NDArray[np.uint8]:
    """Clouds of random colour and contrast: uint8 [count, 64, 64, 3]."""
    rng = np.random.default_rng(0)
    noise = [cv2.GaussianBlur(rng.normal(size=(64, 64, 3)), (0, 0), blur) for _ in range(count)]
    clouds = [picture / picture.std() * rng.uniform(20, 60) + rng.uniform(60, 190, 3) for picture in noise]
    return np.clip(np.rint(clouds), 0, 255).astype(np.uint8)


def _sqrtm(matrix: NDArray[np.float64], disp: bool) -> tuple[NDArray[Any], float]:
    """SciPy's, called as before 1.18; pytorch-fid takes the root and leaves the error."""
    return sqrtm(matrix), 0.0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Matrix is singular")  # there are fewer pictures than features
def test_fid_is_pytorch_fids(torch: Any, weights: Path, tmp_path: Path) -> None:
    from pytorch_fid.fid_score import calculate_fid_given_paths

    features, fitted = InceptionFeatures(weights), []
    for name, blur in (("fine", 1.0), ("coarse", 3.0)):
        (tmp_path / name).mkdir()
        fitted.append(Gaussian(DIM))
        for number, picture in enumerate(pictures(blur, 40)):
            cv2.imwrite(str(tmp_path / name / f"{number:02}.png"), picture[..., ::-1])
        for start in range(0, 40, 16):
            fitted[-1].add(features(pictures(blur, 40)[start : start + 16]))
    folders = [str(tmp_path / "fine"), str(tmp_path / "coarse")]
    with (
        mock.patch(LOADER, return_value=torch.load(weights, weights_only=True)),
        mock.patch("pytorch_fid.fid_score.linalg.sqrtm", _sqrtm),
    ):
        expected = calculate_fid_given_paths(folders, batch_size=40, device="cpu", dims=DIM, num_workers=0)
    found = frechet_distance(*fitted)
    print(f"FID {found:.6f}, pytorch-fid {expected:.6f}")
    assert expected > 1
    assert found == pytest.approx(expected, abs=1e-3)
    assert abs(frechet_distance(fitted[0], fitted[0])) < 1e-3


def test_features_do_not_depend_on_the_batch(weights: Path) -> None:
    features = InceptionFeatures(weights)
    images = pictures(2.0, 3)
    together = features(images)
    assert together.shape == (3, DIM) and together.dtype == np.float32
    assert np.ptp(together, axis=0).max() > 0.01
    np.testing.assert_allclose(features(images[1:2]), together[1:2], atol=1e-4)
    assert features.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_a_file_of_other_weights_is_refused(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    for content in ({"conv": torch.zeros(3)}, [1, 2], None):
        torch.save(content, path)
        with pytest.raises(
            UnmaskError, match=r"--inception-weights .*weights\.pth does not hold pytorch-fid's weights"
        ):
            InceptionFeatures(path)


def test_a_file_that_is_damaged_or_missing_is_refused(torch: Any, tmp_path: Path) -> None:
    (tmp_path / "damaged.pth").write_bytes(b"PK\x03\x04 half a file")
    for name in ("damaged.pth", "missing.pth"):
        with pytest.raises(UnmaskError, match="does not hold pytorch-fid's weights"):
            InceptionFeatures(tmp_path / name)


def test_without_a_network_it_says_which_file_to_fetch(
    torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with (
        mock.patch("torch.hub.download_url_to_file", side_effect=URLError("no network")),
        pytest.raises(NotAvailable, match=r"no network.*https://\S+\.pth .*--inception-weights FILE"),
    ):
        InceptionFeatures()


@pytest.mark.parametrize("error", [IncompleteRead(b"half"), EOFError("nothing"), UnpicklingError("no pickle")])
def test_whatever_a_download_brings_is_no_crash(
    torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with (
        mock.patch("torch.hub.download_url_to_file", side_effect=error),
        pytest.raises(
            NotAvailable, match=rf"could not be downloaded \({type(error).__name__}.*--inception-weights FILE"
        ),
    ):
        InceptionFeatures()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"no weights"])
def test_damaged_weights_in_the_cache_are_named(
    torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    from pytorch_fid.inception import FID_WEIGHTS_URL

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = tmp_path / "hub" / "checkpoints" / FID_WEIGHTS_URL.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(NotAvailable, match=f"{path.name} cannot be read"):
        InceptionFeatures()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_fid", None)
    monkeypatch.setitem(sys.modules, "pytorch_fid.inception", None)
    with pytest.raises(NotAvailable, match=r"pip install 'maskify\[fid\]'"):
        InceptionFeatures()
