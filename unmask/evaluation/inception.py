"""Inception's features, from a process of its own: one that loads both TensorFlow and PyTorch's Triton crashes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from unmask.evaluation.features import Extractor
from unmask.evaluation.workers import processes
from unmask.metrics.inception import DIM, InceptionFeatures


@contextmanager
def inception_extractor(weights: Path | None) -> Iterator[Extractor]:
    """Inception's features as pytorch-fid has them, for as long as the block lasts.

    Args:
      weights: pytorch-fid's file; None for what the package downloads.

    Raises:
      NotAvailable: pytorch-fid is not installed, or there are no weights.
      UnmaskError: the file does not hold them, or the process died.
    """
    with processes(1) as pool:
        sha256, device = pool.submit(_about, weights).result()
        name = f"inception pytorch-fid {version('pytorch-fid')} torch {version('torch')} on {device}"
        yield Extractor(sha256, name, DIM, lambda images, _: pool.submit(_features, weights, images).result())


@cache
def _network(weights: Path | None) -> InceptionFeatures:
    return InceptionFeatures(weights)


def _about(weights: Path | None) -> tuple[str, str]:
    network = _network(weights)
    return network.sha256, network.device


def _features(weights: Path | None, images: np.ndarray) -> np.ndarray:
    return _network(weights)(images)
