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
