"""The export as a .keras file, for Keras on any backend."""

import json
import zipfile
from pathlib import Path

import keras

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can hold


def write(network: keras.Model, path: Path) -> None:
    """Writes the network; `path` ends with .keras."""
    network.save(path)
    _remove_dates(path)


def _remove_dates(path: Path) -> None:
    """Keras writes the time into its file; without it the same network always gives the same bytes."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, _EPOCH), content)
