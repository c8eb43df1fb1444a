"""How many rows each cluster may give to a selection of `size`. Each maps (size, cluster sizes (k,)) to quotas (k,)."""

from collections.abc import Callable

import numpy as np


def equal(size: int, members: np.ndarray) -> np.ndarray:
    """size / k rounded up, the same for every cluster; the best `size` of those are kept (the paper's rule)."""
    return np.full(len(members), -(-size // max(len(members), 1)), dtype=np.int64)


def proportional(size: int, members: np.ndarray) -> np.ndarray:
    """In proportion to the cluster's rows, by largest remainder, so that they add up to `size`."""
    return _apportion(size, members.astype(np.float64))


def sqrt(size: int, members: np.ndarray) -> np.ndarray:
    """In proportion to the square root of the cluster's rows: between equal and proportional."""
    return _apportion(size, np.sqrt(members))


def _apportion(size: int, weights: np.ndarray) -> np.ndarray:
    if not weights.sum() > 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = size * weights / weights.sum()
    quotas = np.floor(exact).astype(np.int64)
    remainder = np.round(exact - quotas, 9)
    for cluster in np.argsort(-remainder, kind="stable")[: size - int(quotas.sum())]:
        quotas[cluster] += 1
    return quotas


QUOTAS: dict[str, Callable[[int, np.ndarray], np.ndarray]] = {
    "equal": equal,
    "proportional": proportional,
    "sqrt": sqrt,
}
