"""What it means that a database cannot be used: one line that names the file as the workspace knows it."""

import re
from pathlib import Path

import duckdb
import pyarrow as pa

from crowdselect.errors import UserError

# DuckDB's own words; the process is there only where the kernel tells who it is
LOCKED = re.compile(r"Could not set lock on file .*?(?:\(PID (\d+)\)|$)", re.DOTALL)
LONGEST = 160  # characters of DuckDB's words


# What numpy, Arrow and Python say of values that no whole file holds: a row of no table, a name that is no text …
MISFIT = (LookupError, ValueError, TypeError, ArithmeticError, pa.ArrowException)


class UnusableError(UserError):
    """This file cannot be used; another one may be."""


class InUseError(UnusableError):
    """Another program holds the file: nothing is wrong with it, and it can be opened later."""


class DamagedError(UnusableError):
    """The file is not what was written: cut, overwritten, or without the tables and columns that belong in it."""


def in_use(error: Exception, name: str) -> InUseError | None:
    """The failure to raise where `error` says that another program has the file `name` open; else None."""
    found = LOCKED.search(str(error))
    if found is None:
        return None
    process = f" (process {found[1]})" if found[1] else ""
    return InUseError(f"{name} is open in another program{process}; close it and run this again.")


def no_access(error: Exception, name: str) -> UnusableError | None:
    """The failure to raise where `error` says that this user may not open the file `name`; else None."""
    if "Permission denied" not in str(error):
        return None
    return UnusableError(f"{name} may not be opened by this user (permission denied); change its owner or permissions.")


def words(error: Exception, path: Path, name: str) -> str:
    """The first line of what `error` says, with the file under its `name` instead of its path."""
    first = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return " ".join(first.replace(str(path), name).replace(str(path.parent), name).split())[:LONGEST]


def missing_part(error: Exception) -> bool:
    """Whether a statement of ours asked for a table or column that is not there."""
    return isinstance(error, duckdb.BinderException | duckdb.CatalogException)
