"""The whole pool as a picture: how dense the points of a projection lie, grey on nothing, for either theme."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SIDE = 720  # pixels
GREY = 143


@dataclass(frozen=True)
class Extent:
    """The square of projection coordinates that a picture covers."""

    left: float
    bottom: float
    side: float

    @property
    def top(self) -> float:
        return self.bottom + self.side


def extent(points: np.ndarray) -> Extent:
    """The smallest square about the (n, 2) points, with a margin of 3 %; unit size about them if they are all one."""
    placed = points[np.isfinite(points).all(axis=1)]
    if not len(placed):
        return Extent(-0.5, -0.5, 1.0)
    low, high = placed.min(axis=0).astype(float), placed.max(axis=0).astype(float)
    side = max(float((high - low).max()), 1e-9) * 1.06 if (high > low).any() else 1.0
    centre = (low + high) / 2
    return Extent(float(centre[0] - side / 2), float(centre[1] - side / 2), side)


def density_png(points: np.ndarray, pixels: int = SIDE) -> bytes:
    """A grey PNG with transparency, `pixels` square, over `extent(points)`. (n, 2); NaN where a row has no place."""
    area = extent(points)
    placed = points[np.isfinite(points).all(axis=1)]
    counts, _, _ = np.histogram2d(
        placed[:, 1], placed[:, 0], bins=pixels, range=[[area.bottom, area.top], [area.left, area.left + area.side]]
    )
    radius = float(np.clip(2.2 - 0.55 * np.log10(max(len(placed), 1) / 1000), 0.8, 2.2))
    smooth = gaussian_filter(counts, radius)
    lone = 1.0 / (2 * np.pi * radius**2)  # the middle of a point that lies alone
    alpha = 1 - np.exp(-np.sqrt(smooth / lone) * 0.42)
    picture = np.empty((pixels, pixels, 2), dtype=np.uint8)
    picture[..., 0] = GREY
    picture[..., 1] = np.where(smooth > lone * 0.02, alpha * 235, 0)[::-1]
    stream = io.BytesIO()
    Image.fromarray(picture, "LA").save(stream, format="PNG", optimize=True)
    return stream.getvalue()
