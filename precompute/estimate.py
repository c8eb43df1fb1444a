"""--dry-run: how many calls a run would make, with how many tokens and at what price. Nobody is called."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from precompute.database import Database, one, stamps
from precompute.fingerprints import fingerprint
from precompute.jobs.protocol import Job
from precompute.jobs.sent import Sent, message_tokens
from precompute.progress import plain, say

UNKNOWN = 300  # tokens an answer, where neither max_tokens nor an earlier answer says more


@dataclass(frozen=True)
class Share:
    """What one model would have to do: `rows` in all, by `calls` to a server; tokens and cost where it says."""

    job: str
    model: str
    rows: int
    calls: int
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """A share each model, and what cannot be known yet."""

    shares: list[Share] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> Share:
        sums = [sum(getattr(share, name) for share in self.shares) for name in list(Share.__dataclass_fields__)[2:]]
        return Share("all", "", *sums)

    def to_dict(self) -> dict[str, Any]:
        return {"shares": [asdict(share) for share in self.shares], "total": asdict(self.total), "notes": self.notes}


def estimate(db: Database, jobs: list[tuple[Job, Any]]) -> Estimate:
    """What `jobs` (with their parameters) would do now. The database stays as it is."""
    found = Estimate()
    instructions = one(db, "SELECT count(*) FROM instructions")
    for job, params in jobs:
        for output in job.outputs(params) if hasattr(job, "of_models") else ():
            with _undone(db):
                if _stale(db, job, params, output):
                    job.clear(db, output)
                share = _share(db, job, params, output)
            found.shares.extend([share] if share else [])
        if "responses" in job.needs(params) and not one(db, "SELECT count(*) FROM answers"):
            more = f", one call an instruction: {instructions:,} more calls" if hasattr(job, "asked") else ""
            found.notes.append(
                f"{job.NAME}: no responses are there yet; its work follows from those that `generate` brings{more}."
            )
    return found


def show(found: Estimate) -> None:
    """Print the shares as a table, their sum and the notes."""
    table = Table("job", "model", "rows", "calls", "tokens in", "tokens out", "cost", box=box.SIMPLE)
    for share in [*found.shares, found.total]:
        numbers = (share.rows, share.calls, share.tokens_in, share.tokens_out)
        cells = (share.job, share.model, *(f"{number:,.0f}" for number in numbers), f"{share.cost:,.2f}")
        table.add_row(*(Text(plain(cell)) for cell in cells))
    Console().print(table)
    total = found.total
    say(
        f"{total.calls:,} calls, about {total.tokens_in:,.0f} tokens in and {total.tokens_out:,.0f} out, about"
        f" {total.cost:,.2f} by the prices in the models file. Nothing was called."
    )
    for note in found.notes:
        say(note)


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


def _share(db: Database, job: Job, params: Any, output: str) -> Share | None:
    """What is left of one output; None for one that only reads answers."""
    if not hasattr(job, "asked"):
        return _sending(db, job, params, output)
    questions = job.asked(output, params)
    return None if questions is None else _asking(db, job, params, output, questions)


def _sending(db: Database, job: Job, params: Any, output: str) -> Share:
    """Of a job that asks no chat model: what it sends to its server, if it has one."""
    server = job.server(params) if hasattr(job, "server") else None
    rows, all_in_all = 0, Sent()
    for batch in job.batches(db, output, params):
        rows += batch.rows
        if server is not None:
            all_in_all += job.sent(batch.load(), output, params)  # type: ignore[attr-defined]
    if server is None:
        return Share(job.NAME, output, rows, 0)
    price = (all_in_all.tokens_in * server.price_in + all_in_all.tokens_out * server.price_out) / 1e6
    return Share(job.NAME, output, rows, all_in_all.calls, all_in_all.tokens_in, all_in_all.tokens_out, price)


def _asking(db: Database, job: Job, params: Any, output: str, questions: Any) -> Share:
    chat = questions.chat
    rows, sent = 0, 0
    for batch in job.batches(db, output, params):
        for row in batch.load().to_pylist():
            if row["answer"] is None:
                messages = json.loads(row["messages"])
                rows += 1
                sent += sum(message_tokens(message["content"]) for message in messages)
    limit = chat.params.get("max_completion_tokens", chat.params.get("max_tokens"))
    before = one(db, "SELECT avg(tokens_out) FROM calls WHERE job = ? AND name = ?", [job.NAME, chat.label])
    each = before or (limit if isinstance(limit, int) else UNKNOWN)
    price = (sent * chat.price_in + rows * each * chat.price_out) / 1e6
    return Share(job.NAME, chat.label, rows, 0 if chat.local else rows, sent, rows * each, price)
