"""Runs the benchmarks: `python -m benchmarks [placement|detection|speed ...] --src PHOTOS`."""

import tempfile
from pathlib import Path

import click

from benchmarks import detection, placement, speed
from maskify.sample import make_sample

BENCHMARKS = {"placement": placement.run, "detection": detection.run, "speed": speed.run}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--src", type=click.Path(path_type=Path, exists=True), help="Photos.  [default: the sample set]")
@click.option("--wild", type=click.Path(path_type=Path, exists=True), help="Photos that are not aligned.")
@click.option("--limit", type=int, default=1000, show_default=True, help="Photos to measure on.")
def main(names: tuple[str, ...], src: Path | None, wild: Path | None, limit: int) -> None:
    """Prints tables of what was measured, on this machine, now."""
    with tempfile.TemporaryDirectory() as folder:
        photos = src or make_sample(Path(folder) / "photos", 48)
        for name in names or BENCHMARKS:
            click.echo(BENCHMARKS[name](photos, limit))
            click.echo()
        if wild:
            click.echo(detection.run_wild(wild, limit))


if __name__ == "__main__":
    main()
