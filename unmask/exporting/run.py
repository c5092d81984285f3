"""An export from a run: the network, checked before it appears, and its card."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from unmask.builds import data_of
from unmask.errors import UnmaskError
from unmask.evaluation.results import METRICS_FILE, Results, read_results
from unmask.exporting.card import Facts, card
from unmask.exporting.check import Checked, check
from unmask.exporting.crops import crops_of_records, crops_of_sample
from unmask.exporting.formats import Format, card_path
from unmask.exporting.network import bytes_network
from unmask.files import whole_file, whole_folder
from unmask.networks.saved import fingerprint
from unmask.records import index_records
from unmask.restorer import Restorer
from unmask.training.run_folder import RunFolder


def export(run: Path, out: Path, format: Format, records: Path | None, checked: bool) -> Checked | None:
    """Writes a run's networks to a file or folder, and a model card beside it. The same run gives the same bytes.

    Args:
      run: folder of a finished run of stage 2.
      out: the file, or the folder of a SavedModel; what is there is replaced.
      format: of the export.
      records: whose photos a check takes, and whose licences the card names if the run was trained on them.
      checked: whether to check the export. One that fails does not appear.

    Returns:
      What the check has found, if there was one.

    Raises:
      UnmaskError: the run is not finished or has no Face G, a file is damaged or cannot be written, or the check fails.
    """
    keras.utils.clear_session(free_memory=False)  # layers are named by how many there were before in the process
    restorer = Restorer.load(run)
    network = bytes_network(restorer)
    networks = {"Mask G": fingerprint(restorer.mask), "Face G": fingerprint(restorer.face)}
    results, data = measured(run, set(networks.values())), trained_on(run, restorer.settings, records)
    versions = RunFolder(run).config().get("versions", {})
    photos = _photos(records, restorer.size) if checked else None
    found = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(card_path(out)) as beside, (whole_file if format.ending else whole_folder)(out) as temporary:
            format.writer(network, temporary)
            if photos is not None:
                found = check(format, temporary, restorer, photos)
            facts = Facts(out.name, format, restorer.settings, versions, data, networks, results, found)
            beside.write_text(card(facts), encoding="utf-8")
    except OSError as error:
        raise UnmaskError(f"--out {out} cannot be written: {error.strerror or error}.") from error
    return found


def _photos(records: Path | None, size: int) -> np.ndarray:
    return crops_of_sample(size) if records is None else crops_of_records(records, size)


def measured(run: Path, networks: set[str]) -> Results | None:
    """What `unmask evaluate` has measured of the networks with these hashes of their weights; None for nothing.

    Raises:
      UnmaskError: the run's metrics.json is damaged.
    """
    path = run / "evaluation" / METRICS_FILE
    if not path.exists():
        return None
    results = read_results(path)
    return results if {network.sha256 for network in results.protocol.networks.values()} == networks else None


def trained_on(run: Path, settings: dict[str, Any], records: Path | None) -> dict[str, Any] | None:
    """What the run was trained on, as `data_of` has it: the run says so, or these records, if it was trained on them.

    Raises:
      UnmaskError: there are no such records.
    """
    if data := RunFolder(run).config().get("data"):
        return dict(data)
    if records is None:
        return None
    index = index_records(records, "train", settings.get("limit"))
    return data_of(index) if index.fingerprint() == settings.get("records") else None
