"""A look at a file before it is taken in: `python -m pages._ui.data_look FILE FORMAT [FAMILIES]` prints it as JSON.

It runs in a process of its own, with bounded memory, for the file is whatever somebody made: the importers themselves
read its start, and what they would keep and refuse is counted. `columns FILE` prints the columns of a file to attach.
"""

import contextlib
import json
import resource
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from pages._ui.data_seen import Seen

MEMORY = 3 << 30  # bytes of address space; Arrow reserves more than it uses
SECONDS = 5.0
RECORDS = 5_000  # looked at
CHUNK = 500
SHOWN = 5  # records
TEXT, NAME, NAMES, FILES = 400, 200, 200, 50


def look(path: Path, format: str, families: Path | None) -> dict[str, Any]:
    """Files, format, counts, models with their families, reward models, the first records and the first refusals."""
    from crowdselect.families import families as families_of
    from crowdselect.importers import families_file, listing, read
    from crowdselect.importers.remarks import remarks

    listed = listing(path, format)
    found, seen = listed.sources, Seen()
    began, whole = time.monotonic(), True
    rows, models, judges, rejects = list[dict[str, Any]](), set[str](), set[str](), list[dict[str, Any]]()
    read_records = kept = refused = 0
    for source in found:
        if not whole:
            break
        for chunk in read(source, 0, CHUNK):
            read_records += chunk.read
            kept += chunk.records.num_rows
            refused += len(chunk.rejects)
            rejects += [_reject(reject) for reject in chunk.rejects[: SHOWN * 4 - len(rejects)]]
            models |= set(chunk.records["model"].unique().drop_null().to_pylist())
            judges |= set(chunk.scores["reward_model"].unique().to_pylist())
            rows += _records(chunk, SHOWN - len(rows))
            seen.add(chunk.records)
            if read_records >= RECORDS or time.monotonic() - began > SECONDS:
                whole = False
                break
    crowd = families_of(sorted(models), families or families_file(path))
    return {
        "formats": sorted({source.format or "unknown" for source in found}),
        "files": [{"file": source.label[:NAME], "bytes": source.path.stat().st_size} for source in found[:FILES]],
        "n_files": len(found),
        "left_out": [{"file": name[:NAME], "reason": reason[:TEXT]} for name, reason in listed.left_out[:NAMES]],
        "n_left_out": len(listed.left_out),
        "remarks": remarks(seen.unused(), seen.ids_of_responses()),
        "whole": whole,
        "read": read_records,
        "kept": kept,
        "rejected": refused,
        "rejects": rejects,
        "n_models": len(models),
        "models": [
            {"model": name[:NAME], "family": each.family, "params_b": each.params_b, "origin": each.origin}
            for name, each in islice(crowd.items(), NAMES)
        ],
        "reward_models": [name[:NAME] for name in sorted(judges)][:NAMES],
        "records": rows,
    }


def columns(path: Path) -> dict[str, Any]:
    """The columns of a file to attach, with their types where the file says them."""
    from crowdselect.importers.lines import Trouble
    from crowdselect.importers.parquet_file import schema
    from crowdselect.importers.rows import container, rows

    if not path.is_file():
        raise UserError(f"There is no file {str(path)!r}; check the path.")
    if container(path) == "parquet":
        found = schema(path)
        if isinstance(found, Trouble):
            raise UserError(f"{path.name}: {found.reason}.")
        return {"columns": [{"name": field.name[:NAME], "type": str(field.type)[:40]} for field in found][:NAMES]}
    seen = dict[str, str]()
    for row in islice(rows(path), 50):
        if isinstance(row.fields, dict):
            seen |= {name[:NAME]: type(value).__name__ for name, value in row.fields.items() if name not in seen}
    return {"columns": [{"name": name, "type": kind} for name, kind in seen.items()][:NAMES]}


def _records(chunk: Any, most: int) -> list[dict[str, Any]]:
    """The chunk's first records, cut short, with their scores."""
    if most <= 0:
        return []
    rows = chunk.records.slice(0, most).to_pylist()
    scores: dict[int, dict[str, float]] = {}
    for cell in chunk.scores.to_pylist():
        if cell["row"] >= most or len(scores.get(cell["row"], {})) >= SHOWN:
            continue
        scores.setdefault(cell["row"], {})[cell["reward_model"][:NAME]] = cell["score"]
    return [
        {
            "line": row["line"],
            "uuid": row["uuid"][:NAME],
            "instruction": row["instruction"][:TEXT],
            "model": (row["model"] or "")[:NAME],
            "response": (row["response"] or "")[:TEXT],
            "scores": scores.get(place, {}),
        }
        for place, row in enumerate(rows)
    ]


def _reject(reject: Any) -> dict[str, Any]:
    return {"file": reject.file[:NAME], "line": reject.line, "reason": reject.reason[:TEXT]}


def main(arguments: list[str]) -> int:
    """Prints what was found, or {"error": sentence}."""
    with contextlib.suppress(ValueError, OSError):  # where the system has a lower limit, or none to set
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        path = Path(arguments[1])
        if arguments[0] == "columns":
            found = columns(path)
        else:
            found = look(path, arguments[2], Path(arguments[3]) if len(arguments) > 3 else None)
    except UserError as error:
        found = {"error": str(error)}
    except MemoryError:
        found = {"error": f"{Path(arguments[1]).name} needs too much memory to read; split it into smaller files."}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
