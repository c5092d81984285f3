"""What the tests share: where the data for tests lies, and a picture that needs no data."""

import os
from pathlib import Path

import numpy as np
import pytest


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
