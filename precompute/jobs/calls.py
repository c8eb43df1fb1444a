"""Questions put to chat models, one a batch, and the table `calls`: every answer that was paid for, stored once.

A call is known by the job, the model's name, the instruction and the hash of all that was sent. What stands in `calls`
is never asked for again, whatever else is emptied or made anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from precompute.database import one, registered, touch
from precompute.jobs.protocol import Batch
from precompute.models.endpoint_answer import Answer, CallFailed, read
from precompute.models_file import Chat

PAGE = 1000  # questions whose texts are held at a time
SHOWN = 2000  # characters of an answer that was refused, in its reject
ASKED = pa.schema(
    [("iid", pa.int32()), ("mid", pa.int16()), ("uuid", pa.string()), ("subject", pa.string()),
     ("payload", pa.string()), ("messages", pa.string()), ("answer", pa.string()), ("finish", pa.string())]
)  # fmt: skip
MADE = pa.schema(
    [("iid", pa.int32()), ("subject", pa.string()), ("payload", pa.string()), ("answer", pa.string()),
     ("reasoning", pa.string()), ("finish", pa.string()), ("tokens_in", pa.int32()), ("tokens_out", pa.int32()),
     ("reason", pa.string()), ("paid", pa.bool_())]
)  # fmt: skip


@dataclass(frozen=True)
class Questions:
    """What a job asks of one model.

    `rows` is SQL for iid, uuid and texts of the instructions in the table `wanted` (iid), or also for mid and model of
    the answers in `wanted` (iid, mid). `messages` makes of such a row what is sent. `wrong` says what is wrong with an
    answer (None: nothing), `again` is said to a model that answered wrong.
    """

    job: str
    chat: Chat
    rows: str
    messages: Callable[[dict[str, Any]], list[dict[str, str]]]
    wrong: Callable[[str], str | None] = lambda text: None
    again: str = ""
    tries: int = 1

    @property
    def rejects(self) -> str:
        return f"{self.job} {self.chat.label}"


def payload_hash(chat: Chat, messages: list[dict[str, str]]) -> str:
    """A hash of all that decides the answer: model, parameters and messages, but neither address nor key."""
    sent = {"model": chat.path or chat.served, "params": chat.params, "messages": messages}
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()[:32]


def unanswered(db: duckdb.DuckDBPyConnection, asks: Questions, keys: pa.Table) -> pa.Table:
    """Those of `keys` whose question has no answer in `calls`, of those with the same question the first."""
    left, seen = [], set[tuple[int, str]]()
    for place, row in enumerate(row for page in _pages(db, asks, keys) for row in page.to_pylist()):
        question = (row["iid"], row["payload"])
        if row["answer"] is None and question not in seen:
            seen.add(question)
            left.append(place)
    return keys.take(pa.array(left, pa.int64()))


def batches(db: duckdb.DuckDBPyConnection, asks: Questions, keys: pa.Table) -> Iterator[Batch]:
    """One batch a question, their texts read a page at a time."""
    held: dict[int, pa.Table] = {}

    def load(place: int) -> pa.Table:
        page, row = divmod(place, PAGE)
        if page not in held:
            held.clear()
            held[page] = questions(db, asks, keys.slice(page * PAGE, PAGE))
        return held[page].slice(row, 1)

    for place in range(keys.num_rows):
        yield Batch(1, partial(load, place))


def questions(db: duckdb.DuckDBPyConnection, asks: Questions, keys: pa.Table) -> pa.Table:
    """ASKED, in the order of `keys` (iid, and mid where it is of answers), with what has been answered already.

    An answer that was kept and cannot be read, by a reader that has become stricter since, is none.
    """
    with registered(db, wanted=keys):
        rows = {(row["iid"], row.get("mid")): row for row in db.sql(asks.rows).to_arrow_table().to_pylist()}
        paid = {
            (iid, payload): {"answer": answer, "finish": finish}
            for iid, payload, answer, finish in db.execute(
                "SELECT iid, payload, answer, finish FROM calls SEMI JOIN wanted USING (iid)"
                " WHERE job = ? AND name = ? AND answer IS NOT NULL",
                [asks.job, asks.chat.label],
            ).fetchall()
            if asks.wrong(answer) is None
        }
    made = []
    for key in keys.to_pylist():
        row = rows[key["iid"], key.get("mid")]
        messages = asks.messages(row)
        payload = payload_hash(asks.chat, messages)
        subject = f"{row['uuid']}, {row['model']}" if "model" in row else row["uuid"]
        asked = {"uuid": row["uuid"], "subject": subject, "payload": payload, "messages": json.dumps(messages)}
        made.append({**key, **asked, **paid.get((key["iid"], payload), {})})
    return pa.Table.from_pylist(made, ASKED)


def answered(db: duckdb.DuckDBPyConnection, asks: Questions, keys: pa.Table) -> pa.Table:
    """iid, mid and answer of those of `keys` that have one."""
    pages = [page.select(["iid", "mid", "answer"]) for page in _pages(db, asks, keys)]
    table = pa.concat_tables(pages) if pages else ASKED.empty_table().select(["iid", "mid", "answer"])
    return table.filter(table["answer"].is_valid())


def _pages(db: duckdb.DuckDBPyConnection, asks: Questions, keys: pa.Table) -> Iterator[pa.Table]:
    for first in range(0, keys.num_rows, PAGE):
        yield questions(db, asks, keys.slice(first, PAGE))


def run(batch: pa.Table, asks: Questions) -> pa.Table:
    """MADE: the answers, or the reasons why there is none."""
    from precompute.models.endpoint import endpoint

    made = []
    for row in batch.to_pylist():
        paid = row["answer"] is None
        try:
            if paid:
                made.append(made_row(row, *_ask(endpoint(asks.chat), row, asks)))
            else:
                made.append(made_row(row, read(row["answer"], row["finish"] or "", None, None), None, paid))
        except CallFailed as error:
            made.append(made_row(row, None, str(error), paid))
    return pa.Table.from_pylist(made, MADE)


def _ask(model: Any, row: dict[str, Any], asks: Questions) -> tuple[Answer, str | None]:
    """The answer, and what is wrong with it after the last try; a model is told what was wrong with the one before."""
    messages = json.loads(row["messages"])
    said, wrong = list(messages), None
    for turn in range(asks.tries):
        answer = model.ask(said, f"{row['payload']} {turn}")
        wrong = asks.wrong(answer.text)
        if wrong is None:
            break
        said = [*messages, {"role": "assistant", "content": answer.text}, {"role": "user", "content": asks.again}]
    return answer, wrong


def made_row(row: dict[str, Any], answer: Answer | None, wrong: str | None, paid: bool = True) -> dict[str, Any]:
    """One row of MADE; what is `wrong` makes of it a reject that shows the answer."""
    reason = wrong if wrong is None or answer is None else f"{wrong}: {answer.text[:SHOWN]!r}"
    kept = answer if reason is None else None
    return {
        "iid": row["iid"],
        "subject": row["subject"],
        "payload": row["payload"],
        "answer": kept.text if kept else None,
        "reasoning": kept.reasoning if kept else None,
        "finish": kept.finish if kept else None,
        "tokens_in": answer.tokens_in if answer else None,
        "tokens_out": answer.tokens_out if answer else None,
        "reason": None if reason is None else f"{row['subject']}: {reason}",
        "paid": paid,
    }


def write_calls(db: duckdb.DuckDBPyConnection, made: pa.Table, asks: Questions, keep_text: bool = True) -> int:
    """Store new answers and renew the rejects of these questions, which the next run tries again; how many are new.

    Without `keep_text` the caller keeps an answer's text elsewhere, and gives it back when that place is emptied.
    """
    with registered(db, made=made):
        db.execute(
            "INSERT INTO calls SELECT ?, iid, ?, payload, CASE WHEN ? THEN answer END, finish, tokens_in, tokens_out"
            " FROM made WHERE paid AND answer IS NOT NULL",
            [asks.job, asks.chat.label, keep_text],
        )
        if one(db, "SELECT count(*) FROM rejects WHERE file = ?", [asks.rejects]):
            db.execute(
                "DELETE FROM rejects WHERE file = ? AND EXISTS"
                " (SELECT 1 FROM made WHERE starts_with(rejects.reason, made.subject || ': '))",
                [asks.rejects],
            )
        if made["reason"].null_count < made.num_rows:
            db.execute("INSERT INTO rejects SELECT ?, NULL, reason FROM made WHERE reason IS NOT NULL", [asks.rejects])
            touch(db, "rejects")
    return made.num_rows - made["answer"].null_count


def begin_again(db: duckdb.DuckDBPyConnection, job: str, output: str) -> None:
    """The rows of an output that is made whole each time count from 0."""
    db.execute("UPDATE jobs SET rows = 0 WHERE job = ? AND output = ?", [job, output])
