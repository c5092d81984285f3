"""The presets: sizes of the networks, losses and rates that go together. Chosen by name with --preset."""

from dataclasses import dataclass

from unmask.networks.discriminators import PatchGAN
from unmask.networks.unet import UNet


@dataclass(frozen=True)
class FaceLosses:
    """What Face G minimises: the weighted sum of its losses.

    Attributes:
      gan: "bce" or "hinge".
      in_map: L1 and SSIM count within the map alone, whatever its size; otherwise over the whole completed image.
      l1, ssim: weights of the reconstruction.
      perceptual: weight of the difference of VGG19's features.
      whole, region: weights of the adversarial losses.
      features: weight of feature matching, the difference of the discriminators' features.
    """

    gan: str
    in_map: bool
    l1: float
    ssim: float
    perceptual: float
    whole: float
    region: float
    features: float


@dataclass(frozen=True)
class Preset:
    """A preset.

    Attributes:
      mask, face, discriminator: shapes of the networks.
      losses: of stage 2.
      hide: Face G does not see what lies in the map.
      feather: share of the image's side by which the blending map is grown and softened; 0 for a hard edge.
      mask_rate, face_rate: Adam's learning rates.
      decay: the rates rise over the first 2 % of the run and fall to zero by a cosine; otherwise they stay.
      average: decay of the moving average of the generators' weights, which is what is kept; 0 for none.
      clip: the largest norm of a network's gradient; None for any.
    """

    mask: UNet
    face: UNet
    discriminator: PatchGAN
    losses: FaceLosses
    hide: bool
    feather: float
    mask_rate: float
    face_rate: float
    decay: bool
    average: float
    clip: float | None

    def feather_at(self, size: int) -> int:
        """`feather` in whole pixels of an image with this side."""
        return round(self.feather * size)


_SEED_WIDTHS = (32, 64, 128, 256, 512)

PRESETS = {
    # For tests and the demo: a minute on one core.
    "tiny": Preset(
        mask=UNet((12, 24, 32, 48), (1, 1, 1, 1)),
        face=UNet((16, 32, 48, 64), (1, 1, 1, 1), excite=True, rates=(1, 2)),
        discriminator=PatchGAN((8, 16, 32)),
        losses=FaceLosses("hinge", True, 10.0, 2.0, 5.0, 0.05, 0.1, 1.0),
        hide=True, feather=1 / 64, mask_rate=2e-3, face_rate=1e-3, decay=True, average=0.98, clip=1.0,
    ),
    # The forerunner's sizes and losses (GAN-based-face-mask-removal-version2), its errors mended.
    "seed": Preset(
        mask=UNet(_SEED_WIDTHS, (2, 2, 2, 2, 2), stem=1, residual=False),
        face=UNet(_SEED_WIDTHS, (2, 2, 2, 2, 2), stem=1, residual=False, excite=True, rates=(2, 4, 8)),
        discriminator=PatchGAN((64, 128, 256, 512)),
        losses=FaceLosses("bce", False, 100.0, 100.0, 100.0, 0.3, 0.7, 0.0),
        hide=False, feather=0, mask_rate=2e-4, face_rate=2e-4, decay=False, average=0, clip=None,
    ),
    # The default: residual blocks that work at half the image's side, so several times the photos a second.
    "base": Preset(
        mask=UNet((24, 48, 96, 160, 224), (1, 1, 2, 2, 2)),
        face=UNet((32, 64, 128, 256, 320), (1, 2, 3, 3, 2), excite=True, rates=(1, 2, 4)),
        discriminator=PatchGAN((48, 96, 192, 256)),
        losses=FaceLosses("hinge", True, 10.0, 2.0, 5.0, 0.05, 0.1, 1.0),
        hide=True, feather=1 / 64, mask_rate=1e-3, face_rate=5e-4, decay=True, average=0.999, clip=1.0,
    ),
}  # fmt: skip
