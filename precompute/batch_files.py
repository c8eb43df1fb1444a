"""OpenAI batch files: questions out, answers in, joined by custom_id and never by their position.

A custom_id is a hash of the job, the model, the instruction's id and all that is sent. So an answer finds its question
again by itself, and one to a question that has changed since is refused.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from crowdselect.errors import UserError
from crowdselect.importers.labels import label
from crowdselect.importers.lines import Trouble, lines
from crowdselect.importers.strict_json import parse
from crowdselect.records import Reject
from precompute.command import Command
from precompute.database import Database, touch, transaction
from precompute.jobs.calls import MADE, Questions, made_row
from precompute.jobs.protocol import Batch, Job
from precompute.models.endpoint_answer import Answer, CallFailed, HalfAnswer, ServerFailed, answer_of
from precompute.models.said_error import message_of, said_error
from precompute.models_file import read_models
from precompute.parameters import jobs_named, parameters, with_models
from precompute.progress import say
from precompute.rejects import add_rejects, rejects_name, write_rejects
from precompute.runner import run_output

Asking = list[tuple[Job, Any]]
COMMIT = 500  # answers a transaction
SHOWN = 300  # characters of a service's own words
PARTS = {"generate": "models", "tag": "tag", "judge": "judge"}  # job -> its part of models.yaml


def chosen(models: Path, names: list[str], settings: list[str]) -> Asking:
    """The jobs that ask chat models: those called `names`, else all that models.yaml has a part for."""
    file = read_models(models)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise UserError(f"{unknown[0]!r} asks no chat model; choose from {', '.join(PARTS)}.")
    wanted = jobs_named(names or [name for name, part in PARTS.items() if getattr(file, part)])
    asking = [(job, params) for job, params in with_models(wanted, parameters(settings), models)]
    remote = [(job, params) for job, params in asking if not params.model.local]
    if not remote:
        raise UserError(f"{models.name} lists no model with a base_url that could be asked so.")
    return remote


def custom_id(asks: Questions, row: dict[str, Any]) -> str:
    """40 characters; services take 64."""
    return _hash(asks.job, asks.chat.label, row["uuid"], row["payload"])


def _hash(*key: str) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:40]


def write_files(db: Database, asking: Asking, folder: Path) -> list[Path]:
    """FOLDER/JOB-MODEL.jsonl for each job and model with calls left; the files' paths."""
    written = []
    for job, params, output, asks in _askings(asking):
        name = re.sub(r"[^\w.-]", "_", f"{job.NAME}-{asks.chat.label}")[:120] + ".jsonl"
        path, calls = folder / name, 0
        beside = path.with_name(path.name + ".tmp")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                for row in _rows(db, job, params, output):
                    file.write(orjson.dumps(_line(asks, row)) + b"\n")
                    calls += 1
            if calls:
                os.replace(beside, path)
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}); choose another --out.") from None
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        if calls:
            written.append(path)
        say(f"{job.NAME} {asks.chat.label}: {calls:,} calls" + (f" in {path}" if calls else ", nothing to write"))
    return written


def _askings(asking: Asking) -> Iterator[tuple[Job, Any, str, Questions]]:
    for job, params in asking:
        for output in job.outputs(params):
            asks = job.asked(output, params)  # type: ignore[attr-defined]
            if asks is not None:
                yield job, params, output, asks


def _rows(db: Database, job: Job, params: Any, output: str) -> Iterator[dict[str, Any]]:
    """The questions without an answer."""
    for batch in job.batches(db, output, params):
        yield from (row for row in batch.load().to_pylist() if row["answer"] is None)


def _line(asks: Questions, row: dict[str, Any]) -> dict[str, Any]:
    body = {"model": asks.chat.served, "messages": json.loads(row["messages"]), **asks.chat.params}
    return {"custom_id": custom_id(asks, row), "method": "POST", "url": "/v1/chat/completions", "body": body}


def read_file(command: Command, asking: Asking, path: Path) -> None:
    """Store the answers in `path`; its other lines become rejects with line and reason. Reading it twice adds none."""
    rejects: list[Reject] = []
    found = _answers(path, rejects)
    read = len(found) + len(rejects)
    taken: set[str] = set()
    for job, params, output, asks in _askings(asking):
        engine = _Engine(asks, found, taken, rejects, label(path.name))
        run_output(command.db, job, params, output, engine, "batch", command.report)
    left = {key: line for key, (line, _) in found.items() if key not in taken}
    known = _answered(command.db) & set(left) if left else set()
    rejects += [
        Reject(
            label(path.name),
            line,
            f"custom_id {key[:80]!r} is {'answered already' if key in known else 'unknown here'}",
        )
        for key, line in left.items()
    ]
    rejects.sort(key=lambda reject: reject.line or 0)
    with transaction(command.db):
        command.db.execute("DELETE FROM rejects WHERE file = ?", [label(path.name)])
        add_rejects(command.db, rejects)
        touch(command.db, "rejects")
    write_rejects(command.db, command.workspace, label(path.name))
    say(f"{label(path.name)}: read {read:,} = kept {read - len(rejects):,} + rejected {len(rejects):,}")
    if not read:
        command.report.failures.append(f"{label(path.name)} holds no lines; give the file that the service gave back")
    if rejects:
        file = command.workspace.rejects / rejects_name(label(path.name))
        say(f"{label(path.name)}: why lines were rejected stands in {file}")
        if len(rejects) == read > len(known):
            first = f"line {rejects[0].line}: {rejects[0].reason}"
            command.report.failures.append(
                f"none of the {read:,} lines of {label(path.name)} was taken in ({first}); see {file}"
            )


def _answered(db: Database) -> set[str]:
    """The ids of all questions whose answers are here."""
    rows = db.execute("SELECT job, name, uuid, payload FROM calls JOIN instructions USING (iid)").fetchall()
    return {_hash(*row) for row in rows}


class _Engine:
    """Gives each question the answer that the file holds for it; the others stay unasked."""

    def __init__(
        self, asks: Questions, found: dict[str, tuple[int, Any]], taken: set[str], rejects: list[Reject], file: str
    ) -> None:
        self.asks, self.found, self.taken, self.rejects, self.file = asks, found, taken, rejects, file

    def __call__(
        self, job: Job, batches: Iterable[Batch], output: str, params: Any
    ) -> Iterator[tuple[Batch, pa.Table]]:
        rows: list[dict[str, Any]] = []
        for batch in batches:
            rows += [made for row in batch.load().to_pylist() if (made := self._made(row)) is not None]
            if len(rows) >= COMMIT:
                yield self._group(rows)
                rows = []
        if rows:
            yield self._group(rows)

    def _group(self, rows: list[dict[str, Any]]) -> tuple[Batch, pa.Table]:
        table = pa.Table.from_pylist(rows, MADE)
        return Batch(len(rows), lambda: table), table

    def _made(self, row: dict[str, Any]) -> dict[str, Any] | None:
        key = custom_id(self.asks, row)
        if key not in self.found or row["answer"] is not None:
            return None
        self.taken.add(key)
        line, body = self.found[key]
        answer: Answer | None = None
        try:
            answer = answer_of(body)
            wrong = self.asks.wrong(answer.text)
        except (CallFailed, HalfAnswer, ServerFailed) as error:
            wrong = str(error)
        if wrong:
            self.rejects.append(Reject(self.file, line, wrong))
        return made_row(row, answer, wrong)


def _answers(path: Path, rejects: list[Reject]) -> dict[str, tuple[int, Any]]:
    """custom_id -> (line, completion) of the lines that succeeded; `rejects` gets the others."""
    found: dict[str, tuple[int, Any]] = {}
    try:
        for number, line in lines(path):
            if isinstance(line, Trouble):
                rejects.append(Reject(label(path.name), number, line.reason))
            elif line.strip():
                key, body, reason = _result(line)
                if reason is None and key in found:
                    reason = f"repeats the custom_id of line {found[key][0]}"
                if reason is None:
                    found[key] = (number, body)
                else:
                    rejects.append(Reject(label(path.name), number, reason))
    except OSError as error:
        raise UserError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from None
    return found


def _result(line: bytes) -> tuple[str, Any, str | None]:
    """(custom_id, completion, None), or why the line has none."""
    try:
        fields = parse(line)
    except ValueError as error:
        return "", None, str(error)
    key, response = fields.get("custom_id"), fields.get("response")
    if not isinstance(key, str):
        return "", None, "no custom_id"
    if fields.get("error"):
        return key, None, f"the service failed: {str(said_error(fields['error']))[:SHOWN]}"
    status, body = (response.get("status_code"), response.get("body")) if isinstance(response, dict) else (None, None)
    if status is None and not body:
        return key, None, "neither an answer nor an error"
    if status not in (200, None):
        said = f": {message_of(body)}"[:SHOWN] if body else ""
        return key, None, f"status {status}{said}"
    return key, body, None
