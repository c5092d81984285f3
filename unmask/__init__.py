"""unmask: networks that find a mask in a photo and paint the face behind it.

from unmask import Restorer

restorer = Restorer.load()  # or Restorer.load("runs/face"), a run of your own
clean = restorer.restore(photo).image  # uint8 [H, W, 3] RGB, as the photo
"""

from typing import TYPE_CHECKING, Any

from maskify import __version__

if TYPE_CHECKING:
    from unmask.restorer import Restorer

__all__ = ["Restorer", "__version__"]


def __getattr__(name: str) -> Any:
    """Loads Keras when `Restorer` is first asked for, and not before."""
    if name != "Restorer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from unmask.backend import load_backend

    load_backend(training=False)
    from unmask.restorer import Restorer

    return Restorer
