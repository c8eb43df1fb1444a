"""Content digests: equal exactly when the public tables hold the same rows, whatever their order and keys."""

import hashlib

from crowdselect.schema import quoted
from precompute.database import Database, one, stamps, transaction

DATASET = "dataset"

# (what to digest, its columns): each is hashed apart, so that no two rows read the same when joined.
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "instructions": ("FROM instructions", ("uuid", "instruction", "source", "extra")),
    "responses": ("FROM responses", ("uuid", "model", "response", "extra")),
    "scores": ("FROM scores", ("uuid", "model", "reward_model", "score")),
    "models": ("FROM models", ("model", "family", "params_b")),
    "tags": ("FROM tags", ("uuid", "tag", "place")),
}
# A name of its own each: clusters:kmeans-30, signals:ifd.
NAMED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "clusters": ("FROM clusters", "clustering", ("uuid", "cluster")),
    "signals": ("FROM signals JOIN instructions USING (iid)", "name", ("uuid", "value")),
}


def update_digests(db: Database) -> None:
    """Bring the table `digests` up to date; what has not been stamped since is not read again.

    Metrics follow from scores, and projections only draw. Embeddings have none either, although the strategy deita
    reads them: hashing 100,000 takes ten seconds, and two machines compute them a last digit apart.
    """
    now = stamps(db)
    before = {name: (digest, stamp) for name, digest, stamp in db.execute("FROM digests").fetchall()}
    fresh: dict[str, tuple[str, int | None]] = {}
    for name, (source, columns) in TABLES.items():
        fresh[name] = _kept(before, now, name) or (_digest(db, source, columns), now.get(name))
    for kind, (source, key, columns) in NAMED.items():
        found = db.execute(f"SELECT DISTINCT {quoted(key)} {source} ORDER BY 1").fetchall()
        for (value,) in found:
            name = f"{kind}:{value}"
            fresh[name] = _kept(before, now, name) or (
                _digest(db, f"{source} WHERE {quoted(key)} = ?", columns, [value]),
                now.get(name),
            )
    whole = hashlib.sha256(repr(sorted((name, digest) for name, (digest, _) in fresh.items())).encode()).hexdigest()
    rows = [(name, digest, stamp) for name, (digest, stamp) in fresh.items()] + [(DATASET, whole, None)]
    with transaction(db):
        db.execute("DELETE FROM digests")
        db.executemany("INSERT INTO digests VALUES (?, ?, ?)", rows)


def _kept(before: dict[str, tuple[str, int | None]], now: dict[str, int], name: str) -> tuple[str, int | None] | None:
    """The digest that is still right; None when the table has changed, or is not stamped (half made)."""
    stamp = now.get(name)
    return before[name] if stamp is not None and name in before and before[name][1] == stamp else None


def _digest(db: Database, source: str, columns: tuple[str, ...], params: list[str] | None = None) -> str:
    """The number of rows, and the xor of their hashes."""
    cells = " || ".join(f"coalesce(md5({quoted(column)}::VARCHAR), '-')" for column in columns)
    query = f"SELECT count(*) || ':' || coalesce(bit_xor(md5_number({cells})), 0) {source}"
    return str(one(db, query, params or []))
