"""Packs a finished run of `unmask train-face` as the networks that come along with the package.

    python -m tools.pack_weights --run runs/face --out unmask/weights

The folder that it writes is a run as any other: config.json and both networks, the weights in float16, which halves
the files. Keras computes in float32 with them. The run's training state stays behind.
"""

import io
import json
import zipfile
from pathlib import Path

import click
import h5py
import numpy as np

from unmask.files import write_json
from unmask.finished_run import CONFIG, FACE_FILE, MASK_FILE, finished_run

WEIGHTS = "model.weights.h5"
"""The weights within a .keras file, which is a zip archive."""

DAY = (2020, 1, 1, 0, 0, 0)
"""Date of the archive's members, so that the same weights give the same bytes."""


def halved(weights: bytes) -> bytes:
    """An HDF5 file with its floating-point numbers in float16.

    Raises:
      ValueError: a number is too large for float16.
    """
    target = io.BytesIO()
    with h5py.File(io.BytesIO(weights)) as source, h5py.File(target, "w") as out:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            made = (
                out.require_group(name) if isinstance(item, h5py.Group) else out.create_dataset(name, data=half(item))
            )
            made.attrs.update(item.attrs)

        source.visititems(copy)
    return target.getvalue()


def half(item: h5py.Dataset) -> np.ndarray:
    """The numbers of a data set, in float16 if they are floating-point."""
    numbers = item[()]
    if not np.issubdtype(numbers.dtype, np.floating):
        return numbers
    with np.errstate(over="ignore"):
        small = numbers.astype(np.float16)
    if not np.isfinite(small).all():
        raise ValueError(f"{item.name} has {np.abs(numbers).max()}, too large for float16. Ship float32.")
    return small


def packed(source: Path) -> bytes:
    """A .keras file with its weights in float16.

    Raises:
      click.ClickException: it is damaged.
    """
    target = io.BytesIO()
    try:
        _pack(source, target)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise click.ClickException(f"{source} is damaged: {error}") from error
    return target.getvalue()


def _pack(source: Path, target: io.BytesIO) -> None:
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in sorted(read.namelist()):
            content = read.read(name)
            member = zipfile.ZipInfo(name, DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(member, halved(content) if name == WEIGHTS else content)


@click.command()
@click.option("--run", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def main(run: Path, out: Path) -> None:
    """Packs the networks of RUN into OUT."""
    if out.resolve() == run.resolve():
        raise click.UsageError("--out is --run. Name another folder, as the run's own weights are float32.")
    finished_run(run).check_paints()
    networks = {name: packed(run / name) for name in (MASK_FILE, FACE_FILE)}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in networks.items():
        (out / name).write_bytes(content)
        before = (run / name).stat().st_size
        click.echo(f"{out / name}: {len(content) / 1e6:.1f} MB, {before / 1e6:.1f} MB before")
    write_json(out / CONFIG, json.loads((run / CONFIG).read_text(encoding="utf-8")))
    click.echo(f"Now measure them: unmask evaluate --run {out} --records DIR --out {out / 'evaluation'}")


if __name__ == "__main__":
    main()
