"""Content digests: equal exactly when the public tables hold the same rows, whatever their order and keys."""

import hashlib

import pyarrow as pa

from crowdselect.schema import quoted
from crowdselect.store.content import NAMED, TABLES, digest
from precompute.database import Database, stamps, transaction

DATASET = "dataset"


def update_digests(db: Database) -> None:
    """Bring the table `digests` up to date; what has not been stamped since is not read again.

    Metrics follow from scores, and projections only draw. Embeddings have none either, although the strategy deita
    reads them: hashing 100,000 takes ten seconds, and two machines compute them a last digit apart.
    """

    def query(sql: str, params: list[str]) -> pa.Table:
        return db.sql(sql, params=params or None).to_arrow_table()

    now = stamps(db)
    before = {name: (known, stamp) for name, known, stamp in db.execute("FROM digests").fetchall()}
    fresh: dict[str, tuple[str, int | None]] = {}
    names = list(TABLES)
    for kind, (column, content) in NAMED.items():
        found = db.execute(f"SELECT DISTINCT {quoted(column)} {content.source} ORDER BY 1").fetchall()
        names += [f"{kind}:{value}" for (value,) in found]
    for name in names:
        stamp = now.get(name.removeprefix("response_"))  # signals have one kind of stamp, whatever they belong to
        fresh[name] = _kept(before, stamp, name) or (digest(query, name), stamp)
    whole = hashlib.sha256(repr(sorted((name, value) for name, (value, _) in fresh.items())).encode()).hexdigest()
    rows = [(name, value, stamp) for name, (value, stamp) in fresh.items()] + [(DATASET, whole, None)]
    with transaction(db):
        db.execute("DELETE FROM digests")
        db.executemany("INSERT INTO digests VALUES (?, ?, ?)", rows)


def _kept(before: dict[str, tuple[str, int | None]], stamp: int | None, name: str) -> tuple[str, int | None] | None:
    """The digest that is still right; None when the table has changed, or is not stamped (half made)."""
    return before[name] if stamp is not None and name in before and before[name][1] == stamp else None
