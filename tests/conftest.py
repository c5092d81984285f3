"""What the tests share: where the data for tests lies, and a picture that needs no data."""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

with suppress(ImportError):  # before any test loads TensorFlow: PyTorch's Triton, loaded after it, crashes the process
    import pytorch_fid.inception  # noqa: F401

import numpy as np
import pytest
from commands import ApplyMasks, maskify
from faces import FaceCrop, face_crop, shot
from PIL import Image

from maskify.apply import apply_to_faces, apply_to_photos
from maskify.config import SynthesisConfig
from maskify.landmarks import FaceFinder
from maskify.photos import list_photos
from maskify.sample import load_astronaut, make_sample
from maskify.synthesis import Synthesizer


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data: MASKIFY_SHARED, or `shared` beside the checkout. Tests that need it skip without."""
    folder = Path(os.environ.get("MASKIFY_SHARED") or Path(__file__).parents[2] / "shared")
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}; set MASKIFY_SHARED")
    return folder


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """uint8 [120, 96, 3] RGB: smooth, without symmetry, so that every turn of it and every swap of channels shows."""
    rows, columns = np.mgrid[0:120, 0:96].astype(np.float32)
    red = 40 + 180 * rows / 119
    green = 20 + 150 * columns / 95
    blue = 130 + 90 * np.sin(rows / 30) * np.cos(columns / 25)
    return np.rint(np.stack([red, green, blue], axis=2)).astype(np.uint8)


@pytest.fixture(scope="session")
def sample_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 photos in CelebA's layout, of the portrait that scikit-image ships."""
    return make_sample(tmp_path_factory.mktemp("sample") / "photos", 24)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos in CelebA's layout, one for each split."""
    return make_sample(tmp_path_factory.mktemp("few") / "photos", 3)


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    """The packaged landmark model, loaded once."""
    return FaceFinder()


@pytest.fixture(scope="session")
def face(finder: FaceFinder) -> FaceCrop:
    """A frontal face, 256 x 256."""
    return face_crop(finder, shot())


@pytest.fixture(scope="session")
def head() -> Image.Image:
    """A face in a picture of 260 x 300."""
    return Image.fromarray(load_astronaut()[:300, 100:360])


@pytest.fixture
def apply_masks(monkeypatch: pytest.MonkeyPatch, finder: FaceFinder) -> ApplyMasks:
    """Applies masks to a source, with the landmark model that is loaded already."""

    def run(src: Path, out: Path, binary_maps: bool = False, **settings: Any) -> tuple[int, list[tuple[str, str]]]:
        config = SynthesisConfig(**{"shadow": 0.0, **settings})
        return apply_to_photos(list_photos(src), src, out, config, binary_maps)

    monkeypatch.setattr("maskify.synthesis.FaceFinder", lambda *_: finder)
    return run


@pytest.fixture(scope="session")
def records(sample_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as the real command builds it, 128 x 128 and lossless. Tests that change something take a copy."""
    out = tmp_path_factory.mktemp("records") / "records"
    done = maskify("build", "--src", sample_photos, "--out", out, "--image-size", 128, "--lossless", "--jobs", 1)
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="session")
def test_records(records: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 records of 128 pixels to evaluate on, and 3 to take the mean face of."""
    from evaluations import faces, write_split

    folder = tmp_path_factory.mktemp("test") / "records"
    write_split(folder, "train", faces(records, 3))
    return write_split(folder, "test", faces(records, 12))


@pytest.fixture(scope="session")
def face_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of tiny networks that nobody trained, to evaluate."""
    from evaluations import write_run

    return write_run(tmp_path_factory.mktemp("runs") / "face")


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the report, which takes longer to draw than a few photos to measure."""
    monkeypatch.setattr("unmask.evaluation.report.write_report", lambda *_: None)


@pytest.fixture(scope="module")
def one_embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for a file's tests, and the network of face embeddings is loaded once."""
    from unmask.evaluation.extractors import embedding_extractor

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("unmask.evaluation.measuring.embedding_extractor", cache(embedding_extractor))
        yield


@pytest.fixture(scope="session")
def masked_astronaut(finder: FaceFinder) -> np.ndarray:
    """The astronaut in a blue mask of maskify's: uint8 [512, 512, 3]."""
    photo, config = load_astronaut(), SynthesisConfig(templates=("surgical",), colours=("#1010ff",), shadow=0.0)
    return apply_to_faces(photo, finder.find(photo)[:1], "astronaut", Synthesizer(config)).photo


@pytest.fixture(scope="session")
def blue_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run whose networks take what is blue for a mask, and paint skin."""
    from painters import write_blue_run

    return write_blue_run(tmp_path_factory.mktemp("runs") / "blue")


@pytest.fixture
def blue_run_loaded(blue_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads the networks of `blue_run` once, not for each command."""
    from unmask.restorer import Restorer

    load = Restorer.load.__func__  # type: ignore[attr-defined]
    blue = _loaded_once(blue_run)
    monkeypatch.setattr(
        Restorer, "load", classmethod(lambda cls, path=None: blue if path == blue_run else load(cls, path))
    )


@cache
def _loaded_once(run: Path) -> Any:
    from unmask.restorer import Restorer

    return Restorer.load(run)
