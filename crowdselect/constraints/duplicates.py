"""Which candidates are near-duplicates of each other, from the links that the job `duplicates` found."""

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.constraints.spec import Duplicates
from crowdselect.errors import UserError
from crowdselect.pool import Links


def duplicate_groups(candidates: Candidates, wanted: Duplicates) -> np.ndarray:
    """(n,) int: candidates of equal number are linked, over others if need be; -1 for one that no link touches.

    UserError where the job has not run, or found its links above the threshold that is wanted.
    """
    links = candidates.pool.duplicates.get(wanted.by)
    run = f"python -m precompute run duplicates --set duplicates.methods={wanted.by}"
    if links is None:
        raise UserError(f"Near-duplicates by {wanted.by} are not known in this workspace: run `{run}`.")
    threshold = links.threshold if wanted.threshold is None else wanted.threshold
    if threshold < links.threshold:
        raise UserError(
            f"Near-duplicates by {wanted.by} are known from {links.threshold:g} on, not from {threshold:g}: raise"
            f" constraints.duplicates.threshold, or run `{run} --set duplicates.{wanted.by}_threshold={threshold:g}`."
        )
    return groups_at(links, threshold, len(candidates.pool))[candidates.rows]


def groups_at(links: Links, threshold: float, n: int) -> np.ndarray:
    """(n,) int over pool rows: the component of each row in the links of at least `threshold`; -1 for lone rows."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    kept = links.rows[links.similarity >= threshold - 1e-9]
    if not len(kept):
        return np.full(n, -1)
    graph = coo_array((np.ones(len(kept), dtype=np.int8), (kept[:, 0], kept[:, 1])), shape=(n, n))
    _, codes = connected_components(graph, directed=False)
    codes = codes.astype(np.int64)
    return np.where(np.bincount(codes)[codes] > 1, codes, -1)
