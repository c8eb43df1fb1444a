"""The bytes that a map in a browser reads: points, masks, and messages of a header with bytes after it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from crowdselect.mapping.order import draw_order

NOWHERE = np.float32(1e30)  # where a row without a place is sent: outside every view, and no NaN for the graphics card


def encode_points(points: np.ndarray) -> bytes:
    """(n, 2) as little-endian float32 x, y in drawing order: 8 bytes a point."""
    placed = np.isfinite(points).all(axis=1, keepdims=True)
    return np.where(placed, points, NOWHERE)[draw_order(len(points))].astype("<f4").tobytes()


def encode_bytes(values: np.ndarray) -> bytes:
    """(n,) uint8 in drawing order: one byte a point."""
    return values[draw_order(len(values))].astype(np.uint8).tobytes()


def pack_mask(mask: np.ndarray) -> bytes:
    """(n,) bool in drawing order, eight points a byte, the first in the lowest bit."""
    return np.packbits(mask[draw_order(len(mask))], bitorder="little").tobytes()


def pack_gaps(mask: np.ndarray) -> bytes:
    """(n,) bool in drawing order, as how many points lie between one that is set and the next: LEB128 numbers.

    A byte for each set point where one in a hundred is: a tenth of the mask.
    """
    places = np.flatnonzero(mask[draw_order(len(mask))])
    gaps = np.diff(places, prepend=-1) - 1
    groups = gaps[:, None] >> (7 * np.arange(5))  # of seven bits, the lowest first
    needed = groups > 0
    needed[:, 0] = True
    more = np.zeros_like(needed)
    more[:, :-1] = needed[:, 1:]
    return ((groups & 127) | (more << 7))[needed].astype(np.uint8).tobytes()


def shortest(mask: np.ndarray) -> tuple[str, bytes]:
    """The mask as `bits` or as `gaps`, whichever is shorter."""
    few = int(mask.sum()) * 8 < len(mask)  # a gap takes a byte or more
    gaps = pack_gaps(mask) if few else b""
    return ("gaps", gaps) if few and len(gaps) * 8 < len(mask) else ("bits", pack_mask(mask))


def as_mask(rows: np.ndarray, n: int) -> np.ndarray:
    """(n,) bool from row numbers, or from what is a mask already."""
    if rows.dtype == bool:
        return rows
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    return mask


def message(header: Mapping[str, Any], *parts: bytes) -> bytes:
    """A header that says what follows: its length (uint32, little-endian), the header as JSON, then the parts."""
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])
