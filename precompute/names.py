"""Short keys for the names of models and reward models."""

from typing import Literal

from crowdselect.errors import UserError
from precompute.database import Database, one, touch

MAX_NAMES = 32_767  # what a SMALLINT key holds


def add_names(db: Database, table: Literal["models", "reward_models"], names: str) -> None:
    """Give the names that the query `names` yields a key in `table`, in the order of their letters."""
    key, name = ("mid", "model") if table == "models" else ("rid", "reward_model")
    found = db.execute(f"SELECT {name} FROM ({names}) ANTI JOIN {table} USING ({name}) ORDER BY 1").fetchall()  # noqa: S608
    there = one(db, f"SELECT count(*) FROM {table}")  # noqa: S608
    if there + len(found) > MAX_NAMES:
        kind = table.replace("_", " ")
        raise UserError(f"More than {MAX_NAMES} {kind}, for example {found[-1][0]!r}: is the right field their name?")
    if found:
        rows = [(there + place, value) for place, (value,) in enumerate(found)]
        db.executemany(f"INSERT INTO {table} ({key}, {name}) VALUES (?, ?)", rows)  # noqa: S608
        if table == "models":
            touch(db, "models")
