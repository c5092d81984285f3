"""A program of its own: runs the lines by which a model card says that an export is used, and measures them.

    python fresh_process.py USAGE.json PHOTOS.npy OUTPUTS.npz

It needs NumPy and the export's own runtime alone, nothing of unmask. USAGE.json holds the three `lines`, the package
that `runs` the export, and whether it takes `any_number` of photos at once.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np


def main(usage: str, photos_file: str, outputs_file: str) -> None:
    """Writes `restored` and `map`, uint8 [N, S, S, C] each, of photos one by one; the same of all of them at once under
    `restored_together` and `map_together` where the export can; `seconds`, float64 [N], of each photo; and `version`, a
    string [], of the package."""
    told = json.loads(Path(usage).read_text(encoding="utf-8"))
    *setup, call = told["lines"]
    names: dict[str, Any] = {}
    exec("\n".join(setup), names)

    def run(photos: np.ndarray) -> dict[str, np.ndarray]:
        here = names | {"photos": photos}
        exec(call, here)
        return {name: np.asarray(here["outputs"][name]) for name in ("restored", "map")}

    photos = np.load(photos_file)
    run(photos[:1])  # the first is slower
    alone, seconds = [], []
    for photo in photos:
        start = time.perf_counter()
        alone.append(run(photo[np.newaxis]))
        seconds.append(time.perf_counter() - start)
    found: dict[str, Any] = {name: np.concatenate([one[name] for one in alone]) for name in alone[0]}
    if told["any_number"]:
        found |= {f"{name}_together": values for name, values in run(photos).items()}
    # asked of the package itself: others bring the same one along, such as onnxruntime-gpu
    version = import_module(told["runs"]).__version__
    np.savez(outputs_file, seconds=np.array(seconds), version=version, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
