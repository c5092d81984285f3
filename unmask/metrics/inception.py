"""Features of the Inception network that FID is defined on, by pytorch-fid, from its own weights or a file's."""

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from unmask.errors import UnmaskError
from unmask.files import sha256_of

DIM = 2048


class NotAvailable(Exception):
    """The features cannot be had here. The message says why, and what to do about it."""


class InceptionFeatures:
    """The final average pooling of Inception v3, as pytorch-fid computes it; on a GPU where PyTorch has one.

    Attributes:
      sha256: of the file of weights.
      device: name of what it computes on.
    """

    def __init__(self, weights: Path | None = None):
        """Loads the network.

        Args:
          weights: a file in the layout of pytorch-fid's own; None takes that, which PyTorch downloads once (91 MB) and
            keeps in its cache.

        Raises:
          NotAvailable: pytorch-fid is not installed, or its weights could not be downloaded, or are damaged there.
          UnmaskError: the file that was given is no file of these weights.
        """
        try:
            import torch
            from pytorch_fid.inception import FID_WEIGHTS_URL
        except ImportError as error:
            raise NotAvailable(f"{error}. It is computed with pytorch-fid: pip install 'maskify[fid]'.") from error
        path = weights or _downloaded(FID_WEIGHTS_URL)
        on_gpu = torch.cuda.is_available()
        self._device = torch.device("cuda" if on_gpu else "cpu")
        self.device = torch.cuda.get_device_name() if on_gpu else "cpu"
        self._network = _network(path).to(self._device).eval()
        self.sha256 = sha256_of(path)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features float32 [B, 2048] of images uint8 [B, H, W, 3] RGB, of any size: the network resizes them to 299."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(images)).to(self._device)
        with torch.inference_mode():
            (pooled,) = self._network(pixels.permute(0, 3, 1, 2).float() / 255)
        return pooled.flatten(1).cpu().numpy()


def _downloaded(url: str) -> Path:
    """pytorch-fid's own weights in PyTorch's cache, fetched if they are not there yet."""
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(url).name
    try:
        torch.hub.load_state_dict_from_url(url, map_location="cpu", check_hash=True, weights_only=True)
    except Exception as error:  # whatever a network does, or is in a damaged file
        what = f"in {path} cannot be read" if path.exists() else "could not be downloaded"
        raise NotAvailable(
            f"pytorch-fid's weights {what} ({_reason(error)}). "
            f"Fetch {url} on a machine with a network and name the file with --inception-weights FILE."
        ) from error
    return path


def _network(path: Path) -> Any:
    """pytorch-fid's network with weights of the file."""
    import torch
    from pytorch_fid import inception

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        # The package takes its weights from its URL alone, through this function.
        with mock.patch.object(inception, "load_state_dict_from_url", lambda *_, **__: state):
            return inception.InceptionV3([inception.InceptionV3.BLOCK_INDEX_BY_DIM[DIM]])
    except Exception as error:  # whatever is in the file
        raise UnmaskError(
            f"--inception-weights {path} does not hold pytorch-fid's weights ({_reason(error)}). "
            "They come from the releases of github.com/mseitzer/pytorch-fid."
        ) from error


def _reason(error: Exception) -> str:
    """An error's kind and the first line of what it says; PyTorch's go on for pages."""
    first, _, _ = str(error).strip().partition("\n")
    return f"{type(error).__name__}: {first}"
