"""Runs the benchmarks: `python -m benchmarks [placement|detection|speed|training|removal ...] --src PHOTOS`."""

import tempfile
from pathlib import Path

import click

from benchmarks import detection, placement, removal, speed, training
from maskify.sample import make_sample

BENCHMARKS = {
    "placement": placement.run, "detection": detection.run, "speed": speed.run, "training": training.run,
    "removal": removal.run,
}  # fmt: skip
PHOTOS = {"training": 2000}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--src", type=click.Path(path_type=Path, exists=True), help="Photos.  [default: the sample set]")
@click.option("--wild", type=click.Path(path_type=Path, exists=True), help="Photos that are not aligned.")
@click.option("--limit", type=int, help="Photos to measure on.  [default: 1000; 2000 for training]")
def main(names: tuple[str, ...], src: Path | None, wild: Path | None, limit: int | None) -> None:
    """Prints tables of what was measured, on this machine, now."""
    with tempfile.TemporaryDirectory() as folder:
        photos = src or make_sample(Path(folder) / "photos", 48)
        for name in names or BENCHMARKS:
            click.echo(BENCHMARKS[name](photos, limit or PHOTOS.get(name, 1000)))
            click.echo()
        if wild:
            click.echo(detection.run_wild(wild, limit or 1000))


if __name__ == "__main__":
    main()
