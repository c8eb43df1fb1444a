"""--dry-run: how many calls a run would make, with how many tokens and at what price. Nobody is called."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from precompute.database import Database, one, stamps
from precompute.fingerprints import fingerprint
from precompute.jobs.protocol import Job
from precompute.progress import plain, say

CHARACTERS = 4  # of English text a token, about
AROUND = 8  # tokens that a chat template adds to a message, about
UNKNOWN = 300  # tokens an answer, where neither max_tokens nor an earlier answer says more


def estimate(db: Database, jobs: list[tuple[Job, Any]]) -> dict[str, float]:
    """Print a row for each model that would be asked; {calls, tokens_in, tokens_out, cost} in all."""
    table = Table("job", "model", "calls", "tokens in", "tokens out", "cost", box=box.SIMPLE)
    total = {"calls": 0.0, "tokens_in": 0.0, "tokens_out": 0.0, "cost": 0.0}
    for job, params in jobs:
        for output in job.outputs(params) if hasattr(job, "asked") else ():
            questions = job.asked(output, params)  # type: ignore[attr-defined]
            if questions is None:
                continue
            with _undone(db):
                if _stale(db, job, params, output):
                    job.clear(db, output)
                found = _of_one(db, job, params, output, questions)
            total = {key: total[key] + found[key] for key in total}
            table.add_row(*(Text(plain(cell)) for cell in (job.NAME, questions.chat.label, *_cells(found))))
    table.add_row("all", "", *_cells(total))
    Console().print(table)
    say(
        f"{total['calls']:,.0f} calls, about {total['tokens_in']:,.0f} tokens in and {total['tokens_out']:,.0f} out,"
        f" about {total['cost']:,.2f} by the prices in the models file. Nothing was called."
    )
    instructions = one(db, "SELECT count(*) FROM instructions")
    for job, params in jobs:
        if "responses" in job.needs(params) and not one(db, "SELECT count(*) FROM answers"):
            more = f", one call an instruction: {instructions:,} more calls" if hasattr(job, "asked") else ""
            say(f"{job.NAME}: no responses are there yet; its work follows from those that `generate` brings{more}.")
    return total


@contextlib.contextmanager
def _undone(db: Database) -> Iterator[None]:
    """Whatever the block changes is taken back at its end."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _stale(db: Database, job: Job, params: Any, output: str) -> bool:
    """Whether a run would empty the output first, for it was made with other parameters."""
    made = one(db, "SELECT fingerprint FROM jobs WHERE job = ? AND output = ?", [job.NAME, output])
    return bool(made != fingerprint(job, output, params, stamps(db)))


def _of_one(db: Database, job: Job, params: Any, output: str, questions: Any) -> dict[str, float]:
    chat = questions.chat
    calls, sent = 0, 0
    for batch in job.batches(db, output, params):
        for row in batch.load().to_pylist():
            if row["answer"] is None:
                messages = json.loads(row["messages"])
                calls += 1
                sent += sum(len(message["content"]) // CHARACTERS + AROUND for message in messages)
    limit = chat.params.get("max_completion_tokens", chat.params.get("max_tokens"))
    before = one(db, "SELECT avg(tokens_out) FROM calls WHERE job = ? AND name = ?", [job.NAME, chat.label])
    each = before or (limit if isinstance(limit, int) else UNKNOWN)
    price = sent * chat.price_in + calls * each * chat.price_out
    return {"calls": calls, "tokens_in": sent, "tokens_out": calls * each, "cost": price / 1e6}


def _cells(found: dict[str, float]) -> list[str]:
    return [
        f"{found['calls']:,.0f}",
        f"{found['tokens_in']:,.0f}",
        f"{found['tokens_out']:,.0f}",
        f"{found['cost']:,.2f}",
    ]
