"""The maps that a pool has: their order and what they are called."""

from crowdselect.pool import Pool

TITLES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA", "pacmap": "PaCMAP", "localmap": "LocalMAP"}


def projections(pool: Pool) -> list[str]:
    """The well-known ones first, then the others by name."""
    known = list(TITLES)
    return sorted(pool.projections, key=lambda name: (known.index(name) if name in known else len(known), name))


def projection_title(name: str) -> str:
    return TITLES.get(name, name)
