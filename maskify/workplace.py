"""What a worker makes sure of: that it is in the right place, that its build still runs, and what its forerunners
met."""

import os
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from maskify.errors import MaskifyError
from maskify.folder import pixel_versions
from maskify.locking import run_in
from maskify.shards import Shard

MOST_DEATHS = 20
"""Deaths of processes over one shard, two for each photo that is to blame, after which a build gives up."""

_LOOK_SECONDS = 2.0
_LOCK_SECONDS = 40.0  # a client of NFS may hear of a new file that late


class RunWatch:
    """Ends the work on a shard when its build is over: stopped, or killed and begun again.

    Args:
      folder: the build's folder.
      run: its run.
    """

    def __init__(self, folder: Path, run: str):
        self._folder = folder
        self._run = run
        self._next = 0.0

    def look(self, at_once: bool = False) -> None:
        """Looks every two seconds, or at once; raises MaskifyError where the build is over."""
        now = time.monotonic()
        if at_once or now >= self._next:
            self._next = now + _LOOK_SECONDS
            if run_in(self._folder) != self._run:
                raise MaskifyError(f"The build in {self._folder} is over; another may have begun.")


def deadly_photos(shard: Shard, deaths: Sequence[int]) -> set[int]:
    """Numbers of the photos that two processes died at.

    Args:
      shard: what they worked on.
      deaths: for each process how many photos it had done.

    Raises:
      MaskifyError: too many have died for it to be the photos.
    """
    if len(deaths) >= MOST_DEATHS:
        last = shard.photos[min(deaths[-1], len(shard.photos) - 1)]
        raise MaskifyError(
            f"{len(deaths)} worker processes died over {shard.name}, the last one at {last.path}: out of memory, or "
            "crashes in a library. With fewer --jobs it needs less memory; --jobs 1 shows a crash where it happens."
        )
    return {number for number, times in Counter(deaths).items() if times > 1}


def check_machine(folder: Path, root: Path, run: str, versions: Mapping[str, str | None]) -> None:
    """Makes sure that a machine of a cluster sees what the main process sees, and would make the same bytes.

    Raises:
      MaskifyError: it does not; says which machine.
    """
    host = socket.gethostname()
    until = time.monotonic() + _LOCK_SECONDS
    while (found := run_in(folder)) is None and time.monotonic() < until:
        time.sleep(0.5)
    if found != run:
        raise MaskifyError(
            f"{folder} on {host} is not the folder that the build has locked, or the build is over. "
            "--out must be a folder that all workers share, under the same path."
        )
    if not root.is_dir() or not any(os.scandir(root)):
        raise MaskifyError(f"{host} has no photos in {root}. All workers must see --src under the same path.")
    here = pixel_versions()
    other = [f"{name} {here[name]} instead of {version}" for name, version in versions.items() if here[name] != version]
    if other:
        raise MaskifyError(
            f"{host} has {', '.join(other)}: its records would differ. Install the same on all machines."
        )
