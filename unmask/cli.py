"""The command `unmask`. Heavy imports stay inside the commands, so that --help answers at once."""

from pathlib import Path
from typing import Any

import click

from unmask import __version__
from unmask.backend import load_backend
from unmask.cli_evaluation import check_evaluation, evaluation_options
from unmask.cli_export import export_options
from unmask.cli_options import PathOption, perceptual_options, training_options
from unmask.cli_removal import check_removal, removal_options
from unmask.cli_serving import serving_options


@click.group(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Finds the mask in a photo and paints the face behind it.

    \b
    unmask train-mask --records records/     stage 1: Mask G learns to find the mask
    unmask train-face --records records/     stage 2: Face G learns to paint the face
    unmask evaluate   --records records/     how well they do it, as tables, plots and pictures
    unmask remove photo.jpg --out clean.jpg  takes the masks off any photo
    unmask serve                             the same on a web page
    unmask export --out face.onnx --format onnx   the networks for another runtime

    The records are made by `maskify build`.
    """


@main.command("train-mask")
@training_options(run="runs/mask")
def train_mask(**options: Any) -> None:
    """Trains Mask G, the network that finds the mask.

    The same command goes on from where a run was stopped. Look at RUN/samples/ while it runs, or at
    `tensorboard --logdir RUN`.
    """
    load_backend()
    from unmask.training.commands import run_training

    run_training("mask", options)


@main.command("train-face")
@training_options(run="runs/face")
@click.option(
    "--mask-run", type=PathOption(), default=Path("runs/mask"), show_default=True,
    help="Run of train-mask whose Mask G finds the masks.",
)  # fmt: skip
@click.option(
    "--mask-checkpoint", type=click.IntRange(0), metavar="N",
    help="Take Mask G from this checkpoint of its run.  [default: the finished one]",
)  # fmt: skip
@perceptual_options
def train_face(**options: Any) -> None:
    """Trains Face G, the network that paints the face, against two discriminators.

    Reconstruction alone to 10 % of the run, with Face D whole to 40 %, then with Face D region too. The same command
    goes on from where a run was stopped. Look at RUN/samples/ while it runs, or at `tensorboard --logdir RUN`.
    """
    load_backend()
    from unmask.training.commands import run_training

    run_training("face", options)


@main.command()
@evaluation_options
def evaluate(**options: Any) -> None:
    """Measures a run's networks, or another program's pictures, on records that they have not seen.

    Writes report.html (tables, plots, pictures), metrics.json, per_image.csv and embeddings.npz, for --compare. The
    masked photo as it is, the clean photo as JPEG, inpainting and a mean face stand in the same tables, so that one
    sees what a number means.

    \b
    unmask evaluate --records records/ --run runs/face
    unmask evaluate --records records/ --restored pictures/ --out evaluations/other
    unmask evaluate --compare runs/face/evaluation/metrics.json evaluations/other/metrics.json
    """
    check_evaluation(options)
    if options["compare"]:
        from unmask.evaluation.commands import run_comparison

        first, second = options["compare"]
        run_comparison(first, second, options["out"])
        return
    from unmask.evaluation.commands import run_evaluation

    run_evaluation(options)


@main.command()
@removal_options
def remove(photos: tuple[str, ...], **options: Any) -> None:
    """Takes the masks off the faces in photos of any size and format.

    PHOTOS are files, folders, zip archives, or patterns such as "photos/*.jpg". Size, format, EXIF, colour profile and
    transparency stay, and so does every pixel outside of the mask and its soft edge. A photo without a mask is copied
    as it is. What is painted is a plausible face, not the person's own. The networks that come along are for research
    only.

    \b
    unmask remove photo.jpg                       writes photo-unmasked.jpg
    unmask remove holiday/ --out holiday-unmasked/ --save-side-by-side
    unmask remove crop.png --out clean.png --aligned --run runs/face
    """
    check_removal(photos, options)
    from unmask.removing import run_removal

    run_removal(photos, options)


@main.command()
@serving_options
def serve(**options: Any) -> None:
    """Shows a web page that takes the masks off photos.

    One drops, pastes or takes a photo, and downloads it without its masks. Programs can use it too; the page says how.
    Nothing is sent to any other host, and photos are deleted after about ten minutes.

    \b
    unmask serve
    unmask serve --run runs/face --port 8000
    unmask serve --host 0.0.0.0    for the whole network; there is no password
    """
    from unmask.serving.command import run_server

    run_server(options)


@main.command()
@export_options
def export(**options: Any) -> None:
    """Writes a run's networks as one file for another runtime, with a model card beside it.

    It takes a photo in the training frame, uint8 [N, S, S, 3] RGB, and gives the restored photo, uint8 [N, S, S, 3],
    and the map of what was replaced, uint8 [N, S, S, 1]. A LiteRT file takes one photo at a time.

    \b
    unmask export --run runs/face --out face.onnx   --format onnx   --check
    unmask export --run runs/face --out face.tflite --format litert --check
    unmask export --run runs/face --out face/       --format saved_model
    """
    from unmask.exporting.commands import run_export

    run_export(options)
