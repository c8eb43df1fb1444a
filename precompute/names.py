"""Short keys for the names of models and reward models."""

from typing import Literal

from crowdselect.errors import UserError
from precompute.database import Database, one, touch

# table -> its key and name, the tables that hold what bears the name, and those that are computed from these
KEYS = {
    "models": ("mid", "model", ("answers", "score_values"), ("ifd_rows", "answer_signals")),
    "reward_models": ("rid", "reward_model", ("score_values",), ("score_metrics",)),
}
MAX_NAMES = 32_767  # what a SMALLINT key holds


def add_names(db: Database, table: Literal["models", "reward_models"], names: str) -> None:
    """Give the names that the query `names` yields a key in `table`, in the order of their letters."""
    key, name, *_ = KEYS[table]
    found = db.execute(f"SELECT {name} FROM ({names}) ANTI JOIN {table} USING ({name}) ORDER BY 1").fetchall()  # noqa: S608
    there = one(db, f"SELECT coalesce(max({key}), -1) + 1 FROM {table}")  # noqa: S608
    if there + len(found) > MAX_NAMES:
        kind = table.replace("_", " ")
        raise UserError(f"More than {MAX_NAMES} {kind}, for example {found[-1][0]!r}: is the right field their name?")
    if found:
        rows = [(there + place, value) for place, (value,) in enumerate(found)]
        db.executemany(f"INSERT INTO {table} ({key}, {name}) VALUES (?, ?)", rows)  # noqa: S608
        if table == "models":
            touch(db, "models")


def drop_empty(db: Database, table: Literal["models", "reward_models"], name: str) -> None:
    """Take a name out of `table` for which nothing stands in the pool, and what was once computed from it."""
    key, column, holding, computed = KEYS[table]
    (found,) = db.execute(f"SELECT list({key}) FROM {table} WHERE {column} = ?", [name]).fetchone() or (None,)  # noqa: S608
    if not found or any(one(db, f"SELECT count(*) FROM {each} WHERE {key} = ?", found) for each in holding):  # noqa: S608
        return
    for each in (*computed, table):
        db.execute(f"DELETE FROM {each} WHERE {key} = ?", found)  # noqa: S608
    if table == "models":
        touch(db, "models")
