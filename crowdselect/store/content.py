"""What a build holds, table by table, as its content digests see it: keys and values, whatever order they lie in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from crowdselect.schema import quoted

Query = Callable[[str, list[str]], pa.Table]


@dataclass(frozen=True)
class Content:
    """Where the rows of one table come from, the columns that name a row, and those that say something of it.

    `later` are columns that came to the table with schema 2: an empty one leaves the digest what it was without it.
    """

    source: str  # FROM …, with one parameter where it is one of several of its kind
    key: tuple[str, ...]
    values: tuple[str, ...]
    later: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return *self.key, *self.values

    def cells(self, there: Sequence[str]) -> str:
        """SQL that joins the hashes of a row's cells, each hashed apart, so that no two rows read the same.

        Of `later`, those that are `there`.
        """
        always = [f"coalesce(md5({quoted(column)}::VARCHAR), '-')" for column in self.columns]
        later = [column for column in self.later if column in there]
        if_filled = [f"coalesce('{column}' || md5({quoted(column)}::VARCHAR), '')" for column in later]
        return " || ".join([*always, *if_filled])


TABLES: dict[str, Content] = {
    "instructions": Content("FROM instructions", ("uuid",), ("instruction", "source", "extra"), ("prompt", "tools")),
    "responses": Content("FROM responses", ("uuid", "model"), ("response", "extra"), ("reasoning", "tool_calls")),
    "scores": Content("FROM scores", ("uuid", "model", "reward_model"), ("score",)),
    "models": Content("FROM models", ("model",), ("family", "params_b")),
    "tags": Content("FROM tags", ("uuid", "tag"), ("place",)),
}
# A digest of its own for each name: clusters:kmeans-30, signals:ifd. What comes before the colon names the column.
NAMED: dict[str, tuple[str, Content]] = {
    "clusters": ("clustering", Content("FROM clusters", ("uuid",), ("cluster",))),
    "signals": ("name", Content("FROM signals", ("uuid",), ("value",))),
    "response_signals": ("name", Content("FROM response_signals", ("uuid", "model"), ("value",))),
}


def content_of(name: str) -> tuple[Content, list[str]] | None:
    """The content that the digest `name` is of, with its parameters; None for a name of no table."""
    kind, _, value = name.partition(":")
    if kind in NAMED:
        column, content = NAMED[kind]
        return Content(f"{content.source} WHERE {quoted(column)} = ?", content.key, content.values), [value]
    return (TABLES[name], []) if name in TABLES else None


def digest(query: Query, name: str) -> str:
    """The number of rows, and the xor of their hashes."""
    found = content_of(name)
    if found is None:
        raise ValueError(f"{name!r} is the digest of no table")
    content, params = found
    cells = content.cells(query(f"SELECT * {content.source} LIMIT 0", params).column_names)
    sql = f"SELECT count(*) || ':' || coalesce(bit_xor(md5_number({cells})), 0) AS digest {content.source}"
    return str(query(sql, params)["digest"][0].as_py())
