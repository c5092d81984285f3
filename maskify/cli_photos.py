"""Commands of `maskify` that work on photos and templates rather than on records."""

from pathlib import Path
from typing import Any

import click

from maskify.cli_options import synthesis_config, synthesis_options
from maskify.errors import MaskifyError, Skipped
from maskify.path_option import PathOption


@click.command()
@click.option("--src", type=PathOption(), required=True, help="Folder of photos, zip archive, or one photo.")
@click.option("--out", type=PathOption(file_okay=False), required=True, help="Folder for masked photos.")
@synthesis_options
@click.option("--binary-maps", is_flag=True, help="Also write NAME.map.png: 255 where a mask covers the photo.")
def apply(src: Path, out: Path, binary_maps: bool, **options: Any) -> None:
    """Puts masks on photos and writes photos: same size, same format, names and folders kept."""
    from maskify.apply import apply_to_photos
    from maskify.photos import list_photos

    config = synthesis_config(options)
    photo_set = list_photos(src)
    for note in photo_set.notes:
        click.echo(note, err=True)
    written, skipped = apply_to_photos(photo_set, src, out, config, binary_maps)
    for key, reason in skipped:
        click.echo(f"skipped {key}: {reason}", err=True)
    click.echo(f"{written:,} of {len(photo_set.photos):,} photos written to {out}; {len(skipped):,} skipped.")
    if not written:
        raise SystemExit(1)


@click.command()
@click.option("--out", type=PathOption(file_okay=False), required=True, help="Folder for the photos.")
@click.option("-n", "--count", type=click.IntRange(1), default=24, show_default=True, help="How many photos.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides how they vary.")
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


@templates.command()
@click.argument("folder", type=PathOption(exists=True, file_okay=False))
def check(folder: Path) -> None:
    """Checks the template in FOLDER: files, art, and how it sits on the mean face; exit code 1 if anything is wrong."""
    from maskify.kit import check_template

    problems = check_template(folder)
    for problem in problems:
        click.echo(f"{folder}: {problem}")
    if problems:
        raise SystemExit(1)
    click.echo(f"{folder} is sound. Look at it: maskify templates preview {folder}")


@templates.command("preview")
@click.argument("folders", type=PathOption(exists=True, file_okay=False), nargs=-1)
@click.option(
    "--photo",
    type=PathOption(exists=True, dir_okay=False),
    help="A photo of a face.  [default: the sample portrait]",
)
@click.option(
    "--out",
    type=PathOption(dir_okay=False),
    default="templates.png",
    show_default=True,
    help="The PNG.",
)
def preview_command(folders: tuple[Path, ...], photo: Path | None, out: Path) -> None:
    """Draws the templates in FOLDERS, or the whole library, on one face."""
    from maskify.decode import decode_photo
    from maskify.kit import preview_templates
    from maskify.sample import load_astronaut
    from maskify.templates import chosen

    try:
        pixels = decode_photo(photo.read_bytes()) if photo else load_astronaut()
    except Skipped as skipped:
        raise MaskifyError(f"--photo {photo} cannot be used: {skipped.reason} {skipped.detail}.") from skipped
    preview_templates(folders or chosen(()), pixels, out)
    click.echo(str(out))


@templates.command("import")
@click.argument("config", type=PathOption(exists=True, dir_okay=False))
@click.option("--out", type=PathOption(file_okay=False), required=True, help="Folder for the templates.")
def import_command(config: Path, out: Path) -> None:
    """Makes templates of MaskTheFace's masks.cfg: six-point pictures, with their left and right views."""
    from maskify.masks_cfg import import_masks

    for folder in import_masks(config, out):
        click.echo(str(folder))
    click.echo(f"Use them: maskify build --templates {out}/NAME ...")
