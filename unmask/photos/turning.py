"""EXIF's orientations: pixels as they lie in a file, and upright."""

from typing import Any

from numpy.typing import NDArray

Values = NDArray[Any]

_BACK = {6: 8, 8: 6}  # every other turn is undone by itself


def turned(pixels: Values, orientation: int) -> Values:
    """An upright view of stored pixels [H, W, ...]; `orientation` is EXIF's, 1 to 8 (EXIF 2.32, 4.6.4 A)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = slice(None, None, -1 if orientation in (3, 4, 7, 8) else 1)
    columns = slice(None, None, -1 if orientation in (2, 3, 6, 7) else 1)
    return pixels[rows, columns]


def turned_back(pixels: Values, orientation: int) -> Values:
    """The pixels as a file of that orientation stores them."""
    return turned(pixels, _BACK.get(orientation, orientation))
