"""Takes new photos of one portrait: turns the head a little, frames it as CelebA does, and changes light and colour."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from maskify import align

SUPERSAMPLING = 2  # the warp draws at twice the size; INTER_AREA then averages, so that no edge is jagged

# Both eyes, nose tip, mouth corners (image left first) in skimage.data.astronaut(): dlib's landmarks 36-41, 42-47, 30,
# 48 and 54, averaged over 24 jittered face boxes on the picture enlarged four times.
PORTRAIT_POINTS = np.array([[203.4, 101.5], [246.6, 103.7], [225.1, 127.0], [200.4, 139.0], [245.5, 140.6]])
MIRRORED_ORDER = [1, 0, 2, 4, 3]

# In portrait pixels; the eyes are 43 apart. The relief stands for the head: a flat print would turn like a poster.
CAMERA_DISTANCE = 600.0
RELIEF_HEIGHT, RELIEF_WIDTH = 45.0, 38.0


@dataclass(frozen=True, slots=True)
class Look:
    """The light and colours of a photo.

    Attributes:
      gain: factor on linear light.
      tint: factors on red, green and blue.
      saturation: 0 black-and-white, 1 as it is.
      contrast: factor on the distance to middle grey.
      lamp: how much brighter the lit side of the frame is than its middle, 0 to 1.
      noise: standard deviation of the grain in grey levels.
    """

    gain: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    contrast: float = 1.0
    lamp: float = 0.15
    noise: float = 1.0


LOOKS = {
    "studio": Look(lamp=0.05),
    "window light": Look(gain=0.95, tint=(0.96, 1.0, 1.08), lamp=0.7),
    "evening sun": Look(gain=1.05, tint=(1.16, 0.98, 0.70), saturation=1.1, lamp=0.4),
    "black and white": Look(saturation=0.0, contrast=1.1, lamp=0.3, noise=4.0),
    "overcast": Look(gain=0.8, tint=(0.84, 1.0, 1.2), saturation=0.8, contrast=0.9),
    "night": Look(gain=0.2, tint=(0.8, 0.95, 1.3), saturation=0.9, lamp=0.9, noise=6.0),
    "faded print": Look(gain=1.1, tint=(1.10, 1.0, 0.82), saturation=0.55, contrast=0.72, noise=3.0),
    "flash": Look(gain=1.55, tint=(1.03, 1.0, 0.96), contrast=1.08, lamp=0.1, noise=2.0),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """Everything drawn at random for one photo.

    Attributes:
      look: a name of LOOKS.
      mirrored: whether left and right are exchanged.
      turn, nod: degrees by which the head is turned to the image's right, and down.
      roll: degrees that are left over after alignment; positive is clockwise.
      scale: size that is left over after alignment.
      shift: x, y in pixels that are left over after alignment.
      light_from: degrees, where the lamp stands; 0 is to the right, 90 below.
      blur: standard deviation in pixels.
      quality: of the JPEG.
      noise_seed: decides the grain.
    """

    look: str
    mirrored: bool = False
    turn: float = 0.0
    nod: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    light_from: float = 180.0
    blur: float = 0.0
    quality: int = 95
    noise_seed: int = 0


def draw_shot(seed: int, index: int) -> Shot:
    """Draws photo number `index` (from 0) of a sample; looks take turns, so that a small sample has them all."""
    rng = np.random.default_rng([seed, index])
    looks = list(LOOKS)
    return Shot(
        look=looks[index % len(looks)],
        mirrored=bool(rng.random() < 0.5),
        turn=float(rng.uniform(-24, 24)),
        nod=float(rng.uniform(-12, 12)),
        roll=float(rng.normal(0, 1.8)),
        scale=float(rng.uniform(0.95, 1.04)),
        shift=(float(rng.normal(0, 1.2)), float(rng.normal(0, 1.0))),
        light_from=float(rng.uniform(0, 360)),
        blur=float(rng.choice([0.0, 0.0, 0.4, 0.9])),
        quality=int(rng.integers(60, 96)),
        noise_seed=int(rng.integers(2**31)),
    )


def take(portrait: np.ndarray, shot: Shot) -> tuple[np.ndarray, np.ndarray]:
    """Takes one photo.

    Args:
      portrait: scikit-image's astronaut, uint8 [512, 512, 3] RGB.
      shot: what was drawn for this photo.

    Returns:
      The photo, uint8 [218, 178, 3] RGB, and where its eyes, nose tip and mouth corners are, image left first,
      float64 [5, 2] in its pixels.
    """
    points = PORTRAIT_POINTS
    if shot.mirrored:
        portrait = np.ascontiguousarray(portrait[:, ::-1])
        points = (points * [-1, 1] + [portrait.shape[1] - 1, 0])[MIRRORED_ORDER]
    pivot = points[2]
    turned = _turn(points - pivot, shot)
    to_frame = align.similarity(turned, _framed(shot))
    return finish(_warp(portrait, pivot, shot, to_frame), shot), align.apply(to_frame, turned)


def finish(photo: np.ndarray, shot: Shot) -> np.ndarray:
    """Applies light, colours, blur and grain.

    Args:
      photo: uint8 [H, W, 3] RGB.
      shot: what was drawn for this photo.

    Returns:
      uint8 [H, W, 3] RGB.
    """
    look = LOOKS[shot.look]
    height, width = photo.shape[:2]
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    towards_lamp = across * math.cos(math.radians(shot.light_from)) + down * math.sin(math.radians(shot.light_from))
    light = look.gain * np.clip(1 + look.lamp * towards_lamp, 0.05, None)[..., None] * look.tint
    lit = 255 * ((photo / 255) ** 2.2 * light) ** (1 / 2.2)
    grey = (lit @ [0.299, 0.587, 0.114])[..., None]
    graded = 127.5 + look.contrast * (grey + look.saturation * (lit - grey) - 127.5)
    if shot.blur > 0:
        graded = cv2.GaussianBlur(graded, (0, 0), shot.blur)
    grain = np.random.default_rng(shot.noise_seed).normal(0, look.noise, photo.shape)
    return np.clip(np.rint(graded + grain), 0, 255).astype(np.uint8)


def _framed(shot: Shot) -> np.ndarray:
    """CelebA's mean points, moved by what the shot leaves over: float64 [5, 2]."""
    x, y = align.MEAN_POINTS.mean(axis=0)
    left_over = cv2.getRotationMatrix2D((x, y), -shot.roll, shot.scale)
    return align.apply(left_over, align.MEAN_POINTS) + shot.shift


def _warp(portrait: np.ndarray, pivot: np.ndarray, shot: Shot, to_frame: np.ndarray) -> np.ndarray:
    """Draws the frame: every pixel looks up where on the relief its ray lands; uint8 [218, 178, 3]."""
    width, height = align.CELEBA_SIZE
    columns, rows = np.meshgrid(np.arange(width * SUPERSAMPLING), np.arange(height * SUPERSAMPLING))
    pixels = (np.stack([columns, rows], -1) + 0.5) / SUPERSAMPLING - 0.5  # pixel centres stay centres
    seen = align.apply(cv2.invertAffineTransform(to_frame), pixels)
    source = (_turn_back(seen, shot) + pivot).astype(np.float32)
    large = cv2.remap(portrait, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(large, align.CELEBA_SIZE, interpolation=cv2.INTER_AREA)


def _turn(points: np.ndarray, shot: Shot) -> np.ndarray:
    """Portrait points relative to the pivot, float [..., 2], as the camera sees them once the head has turned."""
    x, y, z = np.moveaxis(np.concatenate([points, -_relief(points)[..., None]], -1) @ _rotation(shot).T, -1, 0)
    return np.stack([x, y], -1) * (CAMERA_DISTANCE / (CAMERA_DISTANCE + z))[..., None]


def _turn_back(seen: np.ndarray, shot: Shot, rounds: int = 8) -> np.ndarray:
    """The inverse of `_turn`: where each camera ray meets the relief, found by stepping to the height under it."""
    to_head = _rotation(shot)  # v @ R turns by the inverse of R
    eye = np.array([0.0, 0.0, -CAMERA_DISTANCE]) @ to_head
    ray = np.concatenate([seen, np.full((*seen.shape[:-1], 1), CAMERA_DISTANCE)], -1) @ to_head
    points = seen
    for _ in range(rounds):
        along = (-_relief(points) - eye[2]) / ray[..., 2]
        points = eye[:2] + along[..., None] * ray[..., :2]
    return points


def _relief(points: np.ndarray) -> np.ndarray:
    """How far the head stands out towards the camera at points relative to the nose, float [...]."""
    return RELIEF_HEIGHT * np.exp(-np.square(points / RELIEF_WIDTH).sum(-1) / 2)


def _rotation(shot: Shot) -> np.ndarray:
    """Turn (to the image's right), then nod (down), as float64 [3, 3]; x right, y down, z away from the camera."""
    sin_turn, cos_turn = math.sin(math.radians(shot.turn)), math.cos(math.radians(shot.turn))
    sin_nod, cos_nod = math.sin(math.radians(shot.nod)), math.cos(math.radians(shot.nod))
    turn = np.array([[cos_turn, 0, -sin_turn], [0, 1, 0], [sin_turn, 0, cos_turn]])
    nod = np.array([[1, 0, 0], [0, cos_nod, -sin_nod], [0, sin_nod, cos_nod]])
    return nod @ turn
