"""The template kit: checks a mask template, and shows templates on a face."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskify import align
from maskify.config import SynthesisConfig
from maskify.draw import draw_params
from maskify.errors import MaskifyError, Skipped
from maskify.landmarks import FaceFinder
from maskify.pose import HeadPose, camera_at, canonical_face, estimate_camera
from maskify.render import put_on
from maskify.sheet import Cell, Section, save_sheet
from maskify.templates import ART, Template, load_template

LEAST_ART_WIDTH = 512
"""Pixels: coarser art shows its pixels in large photos."""

CHECKED_POSES = (HeadPose(0, 0, 0), HeadPose(-25, 0, 0), HeadPose(25, 0, 0), HeadPose(0, -12, 0), HeadPose(0, 12, 0))
"""Head poses in which a template must sit well on the canonical face."""

PREVIEW_SIZE = 384
"""Side in pixels of the crop on which templates are shown."""


def check_template(folder: Path) -> list[str]:
    """What is wrong with a template; an empty list where nothing is.

    Raises:
      MaskifyError: its settings or one of its pictures cannot be used at all.
    """
    template = load_template(folder.resolve())
    template.texture(0)
    problems = []
    path = folder / template.settings.get("art", ART)
    art = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if art.shape[1] < LEAST_ART_WIDTH:
        problems.append(f"the art is {art.shape[1]} pixels wide; at least {LEAST_ART_WIDTH} are wanted")
    if not (art[..., 3] < 128).any():
        problems.append("the art is opaque everywhere: cut the mask out, so that its outline is not a rectangle")
    for pose in CHECKED_POSES:
        try:
            _on_canonical_face(template, pose)
        except Skipped as skipped:
            where = f"yaw {pose.yaw:.0f}, pitch {pose.pitch:.0f}"
            problems.append(f"on the canonical face at {where} degrees: {skipped.reason}, {skipped.detail}")
    return problems


def _on_canonical_face(template: Template, pose: HeadPose) -> None:
    """Puts the mask on a grey picture with the canonical face's landmarks; raises Skipped where it does not fit."""
    camera = camera_at(pose, size=256)
    landmarks = camera.project(canonical_face())[0]
    grey = np.full((256, 256, 3), 150, np.uint8)
    put_on(grey, landmarks, estimate_camera(landmarks), template, draw_params(0, [template], SynthesisConfig())[1], 0.0)


def preview_templates(folders: Sequence[Path], photo: NDArray[np.uint8], target: Path) -> None:
    """Draws each template on the largest face of a photo, three times in colours of its palette.

    Args:
      folders: of templates.
      photo: uint8 [H, W, 3] RGB.
      target: the PNG.

    Raises:
      MaskifyError: the photo shows no face, or the PNG cannot be written.
    """
    faces = FaceFinder().find(photo)
    if not faces:
        raise MaskifyError(
            "No face was found in the photo. Choose one of a face that looks at the camera, with --photo."
        )
    transform = align.frame_transform(faces[0].landmarks, PREVIEW_SIZE)
    landmarks = align.apply(transform, faces[0].landmarks).astype(np.float32)
    photo = align.crop(photo, transform, PREVIEW_SIZE)
    sections = []
    for folder in folders:
        template = load_template(folder.resolve())
        cells = [_try_on(photo, landmarks, template, seed) for seed in range(3)]
        sections.append(Section(f"{template.name}: {template.title}", cells))
    save_sheet("Mask templates", sections, 3, 288, target)


def _try_on(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], template: Template, seed: int) -> Cell:
    params = draw_params(seed, [template], SynthesisConfig())[1]
    try:
        return Cell(
            put_on(pixels, landmarks, estimate_camera(landmarks), template, params, SynthesisConfig.shadow).photo,
            params.colour,
        )
    except Skipped as skipped:
        return Cell(pixels, skipped.reason)
