"""The families and sizes of the models: from a file, else from the shipped table, else guessed from the name."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crowdselect.errors import UserError
from precompute.database import Database, touch, transaction
from precompute.progress import plain, say

MODELS_FILE = "models.yaml"  # the origin of what was said of a model that generated its responses


def set_families(db: Database, csv: Path | None = None) -> int:
    """Give every model its family and size; returns how many changed. What an earlier file said outlives a guess."""
    from crowdselect.families import families

    rows = db.execute("SELECT model, family, params_b, origin FROM models ORDER BY model").fetchall()
    found = families([row[0] for row in rows], csv)
    changed = []
    for model, *before in rows:
        now = found[model]
        if before[2] in ("csv", MODELS_FILE) and now.origin != "csv":
            continue
        if before != [now.family, now.params_b, now.origin]:
            changed.append([now.family, now.params_b, now.origin, model])
    if changed:
        with transaction(db):
            db.executemany("UPDATE models SET family = ?, params_b = ?, origin = ? WHERE model = ?", changed)
            touch(db, "models")
    return len(changed)


def not_in_pool(db: Database, csv: Path) -> list[str]:
    """The models of a file that the workspace does not hold. UserError where it holds none of them."""
    from crowdselect.families import matches, read_families

    told = read_families(csv)
    names = [name for (name,) in db.execute("SELECT model FROM models ORDER BY model").fetchall()]
    known = {model.name for model in matches(names, told).values()}
    strangers = [model.name for model in told if model.name not in known]
    if told and len(strangers) == len(told):
        there = ", ".join([*names[:5], *(["…"] if len(names) > 5 else [])]) or "none yet"
        raise UserError(
            f"None of the {len(told):,} models of {csv.name} is in this workspace, which has {there}; write their names"
            " as they stand there."
        )
    return strangers


def show_families(db: Database) -> None:
    """The models with their families, and how to correct them."""
    table = Table("model", "family", "billions", "from", box=box.SIMPLE)
    rows = db.execute(
        "SELECT model, family, params_b, origin FROM models ORDER BY family NULLS LAST, params_b NULLS LAST, model"
    ).fetchall()
    for model, family, params_b, origin in rows:
        size = "" if params_b is None else f"{params_b:g}"
        table.add_row(*(Text(plain(text or "")) for text in (model, family, size, origin)))
    Console().print(table)
    say("Stability uses these families. To change them: attach families FILE.csv (columns model,family,params_b).")
