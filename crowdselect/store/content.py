"""What a build holds, table by table, as its content digests see it: keys and values, whatever order they lie in."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from crowdselect.schema import quoted

Query = Callable[[str, list[str]], pa.Table]


@dataclass(frozen=True)
class Content:
    """Where the rows of one table come from, the columns that name a row, and those that say something of it."""

    source: str  # FROM …, with one parameter where it is one of several of its kind
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return *self.key, *self.values


TABLES: dict[str, Content] = {
    "instructions": Content("FROM instructions", ("uuid",), ("instruction", "source", "extra")),
    "responses": Content("FROM responses", ("uuid", "model"), ("response", "extra")),
    "scores": Content("FROM scores", ("uuid", "model", "reward_model"), ("score",)),
    "models": Content("FROM models", ("model",), ("family", "params_b")),
    "tags": Content("FROM tags", ("uuid", "tag"), ("place",)),
}
# A digest of its own for each name: clusters:kmeans-30, signals:ifd. What comes before the colon names the column.
NAMED: dict[str, tuple[str, Content]] = {
    "clusters": ("clustering", Content("FROM clusters", ("uuid",), ("cluster",))),
    "signals": ("name", Content("FROM signals JOIN instructions USING (iid)", ("uuid",), ("value",))),
}


def content_of(name: str) -> tuple[Content, list[str]] | None:
    """The content that the digest `name` is of, with its parameters; None for a name of no table."""
    kind, _, value = name.partition(":")
    if kind in NAMED:
        column, content = NAMED[kind]
        return Content(f"{content.source} WHERE {quoted(column)} = ?", content.key, content.values), [value]
    return (TABLES[name], []) if name in TABLES else None


def digest(query: Query, name: str) -> str:
    """The number of rows, and the xor of their hashes; each cell is hashed apart, so that no two rows read the same."""
    found = content_of(name)
    if found is None:
        raise ValueError(f"{name!r} is the digest of no table")
    content, params = found
    cells = " || ".join(f"coalesce(md5({quoted(column)}::VARCHAR), '-')" for column in content.columns)
    sql = f"SELECT count(*) || ':' || coalesce(bit_xor(md5_number({cells})), 0) AS digest {content.source}"
    return str(query(sql, params)["digest"][0].as_py())
