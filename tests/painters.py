"""Masks that a test can see, and networks that find them and paint over them: what is blue is mask."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

SIZE = 64
BLUE, SKIN = (0, 0, 255), (200, 150, 120)


class BluePainter:
    """A painter of the training frame: finds what is blue, and paints skin."""

    size, feather = SIZE, 1

    def paint(self, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        red, _, blue = np.moveaxis(crop.astype(np.float32), 2, 0)
        found = np.clip((blue - red) / 255, 0, 1)
        return found, np.broadcast_to(np.array(SKIN, np.uint8), crop.shape)


def with_mask(photo: np.ndarray, middle: tuple[float, float], radius: float) -> np.ndarray:
    """A copy of a photo with a blue ellipse on it."""
    masked = np.ascontiguousarray(photo).copy()
    axes = round(radius), round(0.7 * radius)
    return cv2.ellipse(masked, (round(middle[0]), round(middle[1])), axes, 0, 0, 360, BLUE, -1)


def masked_face(width: int = SIZE, height: int | None = None) -> np.ndarray:
    """A photo in the training frame, uint8 [H, W, 3]: soft colours, and blue where a mask would be."""
    height = height or width
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    photo = np.stack([170 + 40 * rows / height, 120 + 60 * columns / width, 90 + 30 * rows / height], axis=2)
    noise = np.random.default_rng(0).normal(0, 2, photo.shape)
    photo = np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)
    return with_mask(photo, (width / 2, 0.7 * height), 0.25 * width)


def write_blue_run(path: Path) -> Path:
    """A finished run whose networks do what `BluePainter` does."""
    from unmask.networks.saved import FACE_FILE, MASK_FILE

    path.mkdir(parents=True)
    _pointwise(3, 1, np.array([[-20.0], [0.0], [20.0]]), [-10.0]).save(path / MASK_FILE)
    _pointwise(4, 3, np.zeros((4, 3)), [value / 127.5 - 1 for value in SKIN]).save(path / FACE_FILE)
    settings = {"stage": "face", "preset": "tiny", "image_size": SIZE, "steps": 1}
    (path / "config.json").write_text(json.dumps({"settings": settings}))
    return path


def _pointwise(channels: int, out: int, kernel: np.ndarray, bias: list[float]) -> Any:
    import keras

    image = keras.Input((None, None, channels))
    layer = keras.layers.Conv2D(out, 1)
    network = keras.Model(image, layer(image))
    layer.set_weights([kernel[None, None].astype(np.float32), np.array(bias, np.float32)])
    return network


def read(path: Path) -> np.ndarray:
    """A file's own pixels, as Pillow or OpenCV gives them without turning or converting."""
    with Image.open(path) as image:
        deep = cv2.imread(str(path), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
        return deep if deep is not None and deep.dtype == np.uint16 and deep.ndim == 3 else np.asarray(image)


def metadata(path: Path) -> dict[str, Any]:
    """What a file says beside its pixels."""
    with Image.open(path) as image:
        exif = image.getexif()
        facts = {"icc": image.info.get("icc_profile"), "dpi": image.info.get("dpi"), "xmp": image.info.get("xmp")}
        kept = {tag: exif.get(tag) for tag in (271, 274, 306)}
        return facts | kept | {"mode": image.mode, "format": image.format, "exif": dict(exif.get_ifd(34665))}
