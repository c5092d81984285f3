"""`unmask remove` on a photo of 8000 x 6000, from the command to the files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from removals import unmask

SIZE = (6000, 8000)


@pytest.mark.slow
@pytest.mark.usefixtures("blue_run_loaded")
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_photo_of_48_million_pixels_changes_within_its_map_alone(
    blue_run: Path, tmp_path: Path, masked_astronaut: np.ndarray, ending: str
) -> None:
    photo, out = tmp_path / f"photo{ending}", tmp_path / f"out{ending}"
    pixels = np.full((*SIZE, 3), (190, 140, 110), np.uint8)
    pixels[1000:5096, 2000:6096] = cv2.resize(masked_astronaut, (4096, 4096), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(pixels).save(photo, compress_level=1, quality=95)
    done = unmask("remove", photo, "--out", out, "--save-map", "--run", blue_run)
    assert done.exit_code == 0 and "1 mask removed" in done.stdout, done.output
    before, after = (np.asarray(Image.open(path)) for path in (photo, out))
    found = np.asarray(Image.open(f"{out}.map.png"))
    assert after.shape == before.shape == (*found.shape, 3) and 0.005 < (found > 0).mean() < 0.1
    far = cv2.dilate((found > 0).astype(np.uint8), np.ones((65, 65), np.uint8)) == 0
    if ending == ".png":
        np.testing.assert_array_equal(after[found == 0], before[found == 0])
    assert np.abs(after[far].astype(int) - before[far]).mean() < 0.2
    assert _blue(after) < 0.02 * _blue(before)


def _blue(photo: np.ndarray) -> int:
    return int((photo[..., 2].astype(np.int16) - photo[..., 0] > 90).sum())
