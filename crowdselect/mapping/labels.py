"""Where the names of clusters stand on a map."""

import numpy as np

from crowdselect.pool import Pool


def cluster_labels(pool: Pool, projection: str, clustering: str) -> list[tuple[float, float, str, int]]:
    """(x, y, name, label) of each cluster that has points, the largest first, at the median of its points."""
    points, codes = pool.projections[projection], pool.clusterings[clustering].codes
    names = pool.clusterings[clustering].names
    placed = ~np.isnan(points).any(axis=1)
    labels = []
    for label in pool.clusterings[clustering].labels:
        rows = np.flatnonzero((codes == label) & placed)
        if len(rows):
            x, y = np.median(points[rows], axis=0)
            labels.append((len(rows), float(x), float(y), names.get(int(label)) or f"cluster {label}", int(label)))
    return [found[1:] for found in sorted(labels, key=lambda found: (-found[0], found[3]))]
