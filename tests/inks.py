"""An ICC profile of four inks whose light is that of linear RGB, small enough to be made in a test."""

import struct

import numpy as np

TO_XYZ = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
"""Linear sRGB to XYZ under D50 (ICC's sRGB profile)."""

D50 = np.array([0.9642, 1.0, 0.8249])


def cmyk_profile() -> bytes:
    """A printer's profile with tables both ways (ICC.1:2001-04, 6.5.7: lut8Type)."""
    there = _table(_lab_of_inks(_grid(4, 9)), 4, 9)
    back = _table(_inks_of_lab(_grid(3, 33)), 3, 33)
    tags, place, directory = [(b"A2B0", there), (b"B2A0", back)], 128 + 4 + 2 * 12, b""
    for name, content in tags:
        directory += name + struct.pack(">II", place, len(content))
        place += len(content)
    head = struct.pack(">I4sI4s4s4s12x4s28x", place, b"none", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp")
    head += struct.pack(">3I", *np.rint(D50 * 65536).astype(int)) + bytes(48)
    return head + struct.pack(">I", len(tags)) + directory + there + back


def _grid(channels: int, points: int) -> np.ndarray:
    axes = np.meshgrid(*[np.linspace(0, 1, points)] * channels, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1)


def _lab_of_inks(inks: np.ndarray) -> np.ndarray:
    xyz = ((1 - inks[:, :3]) * (1 - inks[:, 3:])) @ TO_XYZ.T / D50
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([(116 * y - 16) / 100, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255], axis=1)


def _inks_of_lab(lab: np.ndarray) -> np.ndarray:
    lightness, a, b = (lab * [100, 255, 255] - [0, 128, 128]).T
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=1)
    xyz = np.where(f**3 > 0.008856, f**3, (f - 16 / 116) / 7.787) * D50
    light = np.clip(xyz @ np.linalg.inv(TO_XYZ).T, 0, 1)
    return np.concatenate([1 - light, np.zeros((len(light), 1))], axis=1)


def _table(values: np.ndarray, inputs: int, points: int) -> bytes:
    outputs, identity = values.shape[1], struct.pack(">9i", *np.rint(65536 * np.eye(3)).astype(int).ravel())
    head = b"mft1" + bytes(4) + bytes([inputs, outputs, points, 0]) + identity
    cells = np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8).tobytes()
    return head + inputs * bytes(range(256)) + cells + outputs * bytes(range(256))
