"""Printed letters: rows of invented words, scattered letters, and one word in the middle."""

from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify.fabrics.tiles import Design, Tile, make_tile

Grey = NDArray[np.uint8]

WORDS = ("OVELU", "tamiro", "LUNDEK", "solenna", "MIRVANO", "BOLU", "keristo", "FENADI", "orimo", "SULVA", "NO 47", "R")
"""Made up: none is a brand or a word of a larger language."""


def _patch(text: str, face: str, height: int, weight: int, angle: float = 0.0) -> Grey:
    """A word as coverage: uint8 [H, W], cut to its ink. `face` is a font of OpenCV's own: sans, italic or uni."""
    canvas = np.zeros((3 * height, height * (len(text) + 3)), np.uint8)
    cv2.putText(canvas, text, (height, 2 * height), (255, 255, 255, 255), cv2.FontFace(face), height, weight=weight)
    if angle:
        side = max(canvas.shape)
        matrix = cv2.getRotationMatrix2D((1.4 * height, 1.6 * height), angle, 1.0)
        matrix[:, 2] += side / 4
        canvas = cv2.warpAffine(canvas, matrix, (side * 2, side * 2))
    x, y, width, rows = cv2.boundingRect(canvas)
    return canvas[y : y + rows, x : x + width].copy()


def _stamp(canvas: NDArray[np.uint8], patch: Grey, middle: tuple[float, float]) -> None:
    """Prints a patch onto one colour's plane, going on around its edges."""
    rows = (np.arange(len(patch)) + round(middle[1] - len(patch) / 2)) % len(canvas)
    columns = (np.arange(patch.shape[1]) + round(middle[0] - patch.shape[1] / 2)) % canvas.shape[1]
    index = np.ix_(rows, columns)
    canvas[index] = np.maximum(canvas[index], patch)


def _finished(planes: list[NDArray[np.uint8]], shrink: int, repeats: bool) -> Tile:
    size = (planes[0].shape[1] // shrink, planes[0].shape[0] // shrink)
    shares = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255 for plane in planes]
    shares += [np.zeros_like(shares[0])] * (3 - len(shares))
    return make_tile(np.dstack(shares), repeats)


def _rows(words: tuple[str, ...], face: str, weight: int, lines: int, across: int) -> Tile:
    """Rows of words, each row half a word further than the one above; the words and their colours take turns."""
    side = 1024
    planes = [np.zeros((side, side), np.uint8) for _ in words]
    pitch = side / lines
    for number, word in enumerate(words):
        patch = _patch(word, face, int(pitch * 0.72), weight)
        limit = 0.84 * side / across
        if patch.shape[1] > limit:
            scale = limit / patch.shape[1]
            patch = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
        for line in range(lines):
            for column in range(across):
                if (column + line) % len(words) == number:
                    x = (column + 0.5 + 0.5 * (line % 2)) * side / across
                    _stamp(planes[number], patch, (x, (line + 0.5) * pitch))
    return _finished(planes, 2, True)


def _letters(alphabet: str) -> Tile:
    """Letters of three colours, turned at random, on a shaken grid."""
    rng = np.random.default_rng(len(alphabet))
    side, cells = 1024, 7
    planes = [np.zeros((side, side), np.uint8) for _ in range(3)]
    for row in range(cells):
        for column in range(cells):
            letter = alphabet[int(rng.integers(len(alphabet)))]
            patch = _patch(
                letter, "sans", int(rng.integers(90, 135)), int(rng.choice([500, 900])), rng.uniform(-60, 60)
            )
            middle = (np.array([column, row]) + 0.5 + rng.uniform(-0.12, 0.12, 2)) * side / cells
            _stamp(planes[(row * 2 + column) % 3], patch, (float(middle[0]), float(middle[1])))
    return _finished(planes, 2, True)


def _centred(word: str, face: str, weight: int, under: str = "") -> Tile:
    """One word in the middle, above a smaller one or a line of the second colour."""
    planes = [np.zeros((512, 1024), np.uint8) for _ in range(2)]
    patch = _patch(word, face, 220, weight)
    scale = min(960 / patch.shape[1], 300 / patch.shape[0])
    patch = cv2.resize(patch, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    middle = 226 if under else 256
    _stamp(planes[0], patch, (512, middle))
    bottom = middle + len(patch) // 2 + 40
    if under == "-":
        cv2.rectangle(planes[1], (512 - patch.shape[1] // 2, bottom), (512 + patch.shape[1] // 2, bottom + 18), 255, -1)
    elif under:
        _stamp(planes[1], _patch(under, "sans", 64, 500), (512, bottom + 20))
    return _finished(planes, 2, False)


TEXT = (
    Design(partial(_rows, (WORDS[0],), "sans", 700, 8, 2), 2, (40, 75), (0, 0, -30, 30)),
    Design(partial(_rows, (WORDS[9],), "italic", 800, 5, 2), 2, (45, 90), (0, 0, 90, -15)),
    Design(partial(_rows, (WORDS[1], WORDS[3]), "italic", 500, 10, 2), 3, (45, 80), (0, 0, -20)),
    Design(partial(_rows, (WORDS[4],), "sans", 900, 6, 1), 2, (30, 60), (0, 45, -45)),
    Design(partial(_letters, "ABCDEFGHKLMNORSTUVXYZ"), 4, (50, 90)),
    Design(partial(_letters, "0123456789"), 4, (50, 90), weight=0.5),
    Design(partial(_centred, WORDS[2], "sans", 900), 2, (60, 105)),
    Design(partial(_centred, WORDS[6], "italic", 700), 2, (40, 100)),
    Design(partial(_centred, WORDS[7], "sans", 600, "-"), 3, (45, 90)),
    Design(partial(_centred, WORDS[5], "sans", 900, WORDS[8]), 3, (50, 95)),
    Design(partial(_centred, WORDS[10], "sans", 800), 2, (45, 90)),
    Design(partial(_centred, WORDS[11], "sans", 900), 2, (60, 100), weight=0.5),
    Design(partial(_centred, WORDS[9], "sans", 300), 2, (25, 60)),
)
