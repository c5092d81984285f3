"""Woven patterns: stripes and checks, thread by thread."""

from functools import partial

import cv2
import numpy as np

from maskify.fabrics.tiles import Design, Float, Tile, make_tile

Bands = tuple[tuple[int, int], ...]
"""(colour, width) one after the other; a width is in threads, or in any unit for stripes."""

MIXES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0, 0]], np.float32)
"""Shares of the colours 1 to 3 of each colour; and, as number 4, of a half-tone between 0 and 1."""

STRIPE_BANDS: tuple[Bands, ...] = (
    ((0, 1), (1, 1)),  # awning or seersucker, by size
    ((0, 5), (1, 1)),  # pin
    ((0, 2), (1, 1)),  # Breton
    ((0, 6), (1, 1), (0, 1), (1, 1)),  # double line
    ((0, 8), (1, 1), (0, 1), (1, 4), (0, 1), (1, 1)),  # ticking
    ((0, 4), (1, 4), (0, 1), (2, 2), (0, 1), (1, 4)),  # regimental
    ((0, 6), (1, 2), (2, 4), (1, 1), (3, 3), (1, 1), (0, 2), (3, 1), (2, 1)),  # serape
    ((0, 3), (4, 2), (1, 3), (4, 2)),  # shaded
)


def _stripes(bands: Bands) -> Tile:
    fine = 4096
    edges = np.cumsum([0, *(width for _, width in bands)])
    place = (np.arange(fine) + 0.5) / fine * edges[-1]
    colours = np.array([colour for colour, _ in bands])[np.searchsorted(edges, place, side="right") - 1]
    shares = MIXES[colours].reshape(1, 512, fine // 512, 3).mean(axis=2)
    return make_tile(np.repeat(shares, 4, axis=0))


def _threads(half: Bands, mirrored: bool) -> list[int]:
    """The colour of each thread of a sett; most are mirrored at the middles of their first and last bands."""
    threads = [colour for colour, width in half for _ in range(width)]
    return threads + threads[::-1] if mirrored else threads


def _check(half: Bands, twill: int, size: int, mirrored: bool = True) -> Tile:
    """Warp and weft with the same sett. `twill` 1 is plain weave, 2 is 2/2 twill."""
    threads = np.array(_threads(half, mirrored))
    warp, weft = np.meshgrid(threads, threads)
    i, j = np.meshgrid(np.arange(len(threads)), np.arange(len(threads)))
    on_top = (i + j) % (2 * twill) < twill
    shares: Float = MIXES[np.where(on_top, warp, weft)]
    if len(threads) < size:
        return make_tile(shares.repeat(size // len(threads), axis=0).repeat(size // len(threads), axis=1))
    return make_tile(cv2.resize(shares, (size, size), interpolation=cv2.INTER_AREA))


CROSSED = (0.0, 0.0, 0.0, 45.0)
"""Degrees: along the thread, or cut on the bias."""

STRIPES = (
    Design(partial(_stripes, STRIPE_BANDS[0]), 2, (4, 22), (0, 0, 90, 45), 3),
    Design(partial(_stripes, STRIPE_BANDS[1]), 2, (5, 12), (0, 0, 90), 2),
    Design(partial(_stripes, STRIPE_BANDS[2]), 2, (8, 18), (90, 90, 0), 3),
    Design(partial(_stripes, STRIPE_BANDS[3]), 2, (10, 22), (0, 90, 45)),
    Design(partial(_stripes, STRIPE_BANDS[4]), 2, (14, 30), (0, 90)),
    Design(partial(_stripes, STRIPE_BANDS[5]), 3, (20, 50), (0, 45, -45, 90)),
    Design(partial(_stripes, STRIPE_BANDS[6]), 4, (30, 60), (0, 90)),
    Design(partial(_stripes, STRIPE_BANDS[7]), 2, (10, 30), (0, 90)),
)

CHECKS = (
    Design(partial(_check, ((0, 16), (1, 16)), 1, 256), 2, (5, 16), CROSSED, 3),  # gingham
    Design(partial(_check, ((0, 32), (1, 32)), 2, 256), 2, (22, 60), CROSSED, 2),  # buffalo
    Design(partial(_check, ((0, 30), (1, 2)), 2, 256), 2, (12, 35), CROSSED),  # windowpane
    Design(partial(_check, ((0, 15), (1, 2), (0, 30), (2, 2), (0, 15)), 1, 256, False), 3, (14, 30)),  # tattersall
    Design(partial(_check, ((0, 4), (1, 4)), 2, 256, False), 2, (5, 14), (0,)),  # houndstooth
    Design(partial(_check, ((0, 24), (1, 4), (0, 4), (1, 16), (2, 2), (1, 14)), 2, 512), 3, (30, 65), CROSSED, 2),
    Design(
        partial(_check, ((0, 22), (1, 8), (3, 2), (1, 2), (2, 12), (0, 4), (1, 2), (0, 6), (3, 2), (0, 4)), 2, 512),
        4,
        (35, 75),
        CROSSED,
        2,
    ),
    Design(
        partial(_check, ((0, 4), (1, 2), (0, 2), (1, 2), (0, 12), (1, 14), (2, 14), (1, 2), (2, 12)), 2, 512),
        3,
        (35, 70),
        CROSSED,
    ),
)
"""The last three are tartans of the Scottish kind, none a registered one."""
