"""Commands of `maskify` that work on photos and templates rather than on records."""

from pathlib import Path
from typing import Any

import click

from maskify.cli_options import synthesis_config, synthesis_options


@click.command()
@click.option(
    "--src", type=click.Path(path_type=Path), required=True, help="Folder of photos, zip archive, or one photo."
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for masked photos."
)
@synthesis_options
@click.option("--binary-maps", is_flag=True, help="Also write NAME.map.png: 255 where a mask covers the photo.")
def apply(src: Path, out: Path, binary_maps: bool, **options: Any) -> None:
    """Puts masks on photos and writes photos: same size, same format, names and folders kept."""
    from maskify.apply import apply_to_photos
    from maskify.photos import list_photos

    photo_set = list_photos(src)
    for note in photo_set.notes:
        click.echo(note, err=True)
    written, skipped = apply_to_photos(photo_set, src, out, synthesis_config(options), binary_maps)
    for key, reason in skipped:
        click.echo(f"skipped {key}: {reason}", err=True)
    click.echo(f"{written:,} of {len(photo_set.photos):,} photos written to {out}; {len(skipped):,} skipped.")
    if not written:
        raise SystemExit(1)


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the photos.")
@click.option("-n", "--count", type=click.IntRange(1), default=24, show_default=True, help="How many photos.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides how they vary.")
def sample(out: Path, count: int, seed: int) -> None:
    """Makes a small photo set in CelebA's layout, to try maskify with.

    All photos are variations of one public-domain portrait that scikit-image ships (extra `demo`).
    """
    from maskify.sample import make_sample

    click.echo(f"{count:,} photos in {make_sample(out, count, seed)}")


@click.group()
def templates() -> None:
    """The mask library."""


@templates.command("list")
def list_templates() -> None:
    """Lists the packaged templates."""
    from maskify.templates import library, load_template, names

    for name in names():
        click.echo(f"{name:16} {load_template(library() / name).title}")
