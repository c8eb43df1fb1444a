"""Every setting: one list drives the environment, the help texts and the README."""

import os
from dataclasses import dataclass
from pathlib import Path

from crowdselect.errors import UserError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """A name (environment variable CROWDSELECT_<NAME>), its default and what it does."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("workspace", str(ROOT / "data" / "workspace"), "The directory that holds work.duckdb, builds/, recipes/ …"),
    Setting("memory_limit", "1GB", "How much memory DuckDB may take, for each process."),
    Setting("query_seconds", "20", "A query of the app that runs longer is stopped."),
    Setting("max_line_mb", "32", "A longer line of a JSONL file is refused unread."),
    Setting("hosts", "", "Further host names under which the app is reached, by commas; others are refused."),
    Setting("password", "", "What the app asks for before it shows anything; empty: no login of ours."),
    Setting("open", "", "1: the app may listen beyond this machine without a login, for a proxy that asks for one."),
    Setting("keep_builds", "3", "How many published builds stay on disk."),
)
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def setting(name: str) -> str:
    """The value of a setting: the environment's, else the default."""
    return os.environ.get(f"CROWDSELECT_{name.upper()}") or _DEFAULTS[name]


def on(name: str) -> bool:
    """A setting that is 1, or else off (empty or 0)."""
    text = setting(name)
    if text not in ("", "0", "1"):
        raise UserError(f"CROWDSELECT_{name.upper()}={text!r} is neither 1 nor 0.")
    return text == "1"


def number(name: str) -> float:
    """A setting that must be a positive number."""
    text = setting(name)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value > 0:
        raise UserError(f"CROWDSELECT_{name.upper()}={text!r} is not a positive number; try {_DEFAULTS[name]}.")
    return value
