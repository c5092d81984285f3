"""unmask: networks that find a mask in a photo and paint the face behind it."""

from maskify import __version__

__all__ = ["__version__"]
