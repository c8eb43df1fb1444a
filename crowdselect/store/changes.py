"""What became of a table from one build to another: which rows came, went or say something else."""

from typing import Any

import numpy as np

from crowdselect.schema import quoted
from crowdselect.store.build import Build
from crowdselect.store.content import Content, content_of
from crowdselect.store.failures import DamagedError

SHOWN = 2  # rows named
LONGEST = 60  # characters of a value


def changes(name: str, old: Build, new: Build) -> str | None:
    """The difference in the table that the digest `name` is of, in words; None where both builds hold the same.

    Such as `scores: 1 of 16,905 rows differs: uuid u, model m, reward_model r: score 3.2 instead of 3.1`.
    """
    found = content_of(name)
    if found is None:
        return None
    content, params = found
    try:
        before, now = (_hashes(build, content, params) for build in (old, new))
    except DamagedError:
        return f"{name}: its columns are others"
    came, went = np.setdiff1d(now[0], before[0]), np.setdiff1d(before[0], now[0])
    both, places_before, places_now = np.intersect1d(before[0], now[0], return_indices=True)
    differ = both[before[1][places_before] != now[1][places_now]]
    parts = []
    if len(differ):
        verb = "differs" if len(differ) == 1 else "differ"
        rows = [_changed(old, new, content, params, int(key)) for key in differ[:SHOWN]]
        parts.append(f"{len(differ):,} of {len(now[0]):,} rows {verb}: {_listed(rows, len(differ))}")
    for keys, build, word in ((came, new, "came in"), (went, old, "went out")):
        if len(keys):
            rows = [_named(content, _row(build, content, params, int(key))) for key in keys[:SHOWN]]
            parts.append(f"{len(keys):,} {'row' if len(keys) == 1 else 'rows'} {word}: {_listed(rows, len(keys))}")
    return f"{name}: {', '.join(parts)}" if parts else None


def _hashes(build: Build, content: Content, params: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(n,) uint64 of each row's key, ascending, and of its values."""
    sql = f"SELECT hash({_names(content.key)}) AS key, hash({_names(content.values)}) AS value {content.source}"
    table = build.query(f"FROM ({sql}) ORDER BY key, value", params)
    return table["key"].to_numpy(), table["value"].to_numpy()


def _row(build: Build, content: Content, params: list[str], key: int) -> dict[str, Any]:
    sql = f"SELECT {_names(content.columns)} {content.source}"
    where = f"SELECT * FROM ({sql}) WHERE hash({_names(content.key)}) = ? ORDER BY ALL LIMIT 1"  # noqa: S608  fixed names
    row: dict[str, Any] = build.query(where, [*params, key]).to_pylist()[0]
    return row


def _changed(old: Build, new: Build, content: Content, params: list[str], key: int) -> str:
    before, now = _row(old, content, params, key), _row(new, content, params, key)
    values = [
        f"{column} {_short(now[column])} instead of {_short(before[column])}"
        for column in content.values
        if now[column] != before[column]
    ]
    return f"{_named(content, now)}: {', '.join(values)}"


def _named(content: Content, row: dict[str, Any]) -> str:
    return ", ".join(f"{column} {_short(row[column])}" for column in content.key)


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))


def _listed(rows: list[str], of: int) -> str:
    return " and ".join(rows) + (" and others" if of > len(rows) else "")


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
