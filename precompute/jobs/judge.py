"""Judge: a score from 0 to 5 that a model gives a response on a named dimension, after AlpaGasus.

The question is our own wording of AlpaGasus's; `judge.prompt` takes the published one word for word.

The output `answers` asks the model about each of the responses that recipes export; the output `direct_score` reads the
answers again, without a call, whenever there are new ones.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final, Literal

import duckdb
import pyarrow as pa
from pydantic import Field

from crowdselect.errors import UserError
from precompute.database import one, registered, stamps
from precompute.fingerprints import ATTACHED
from precompute.jobs import calls
from precompute.jobs.answers import KEY, TEXTS, Responses, wanted_answers
from precompute.jobs.chat import ASK, ChatParams, asked_of, told, workers
from precompute.jobs.judge_answers import score_in
from precompute.jobs.prompts import Prompt
from precompute.jobs.protocol import Batch
from precompute.models_file import Chat, ModelsFile

NAME = "judge"
VERSION = 1
INCREMENTAL = True
GPU = True  # its model uses one where there is one, if its weights run here
UNIT, REFUSED = "answers", "reason"
READ = "direct_score"
DIMENSION: Final = "accuracy"  # unless another is asked for

SCORES = pa.schema([*KEY, ("score", pa.float64())])
# The responses that the model may have been asked about.
ASKED = """
    SELECT iid, mid FROM answers SEMI JOIN (SELECT iid FROM calls WHERE job = 'judge') USING (iid)
    WHERE response IS NOT NULL ORDER BY iid, mid"""

NEEDS = ("instruction", "response")  # what a prompt has to hold; {dimension} it may
PROMPT = Prompt(
    system="You grade how well an AI assistant has responded to the instruction that follows, with its input if it has"
    " one.",
    user="### Instruction:\n{instruction}\n\n### Response:\n{response}\n\n"
    "Grade the {dimension} of the response to the instruction with a number from 0 to 5; the higher the number, the"
    " higher the {dimension}. Put that number alone on the first line of your answer. On the lines after it, explain"
    " your grade thoroughly and without bias.",
)
AGAIN = "The first line was not a number from 0 to 5. Answer with that number alone."


class Params(ChatParams):
    """`dimension`: what is graded. `responses`: of which responses, as in the job ifd."""

    dimension: Literal["accuracy", "helpfulness"] = DIMENSION
    responses: Responses = Field(default="best", exclude=True)  # the grade of one stays, whatever others are graded


def of_models(params: Params, models: ModelsFile) -> list[Params]:
    (found,) = told(params, models.judge, NAME, NEEDS)
    if found.prompt and found.dimension != DIMENSION and not found.prompt.holds("dimension"):
        raise UserError(f"judge.dimension={found.dimension} changes nothing: judge.prompt has no {{dimension}}.")
    return [found]


def outputs(params: Params) -> list[str]:
    return [ASK, READ]


def needs(params: Params) -> list[str]:
    return ["instructions", "responses"]


def makes(output: str) -> str:
    return f"signals:{READ}" if output == READ else "judge answers"


def concurrency(output: str, params: Params) -> int:
    return workers(output, params)


def asked(output: str, params: Params) -> calls.Questions | None:
    """What is asked of the model for this output; None for the one that asks nothing."""
    return _questions(params) if output == ASK else None


def _questions(params: Params) -> calls.Questions:
    model = asked_of(params, NAME)

    def messages(row: dict[str, Any]) -> list[dict[str, str]]:
        texts = {"instruction": row["instruction"], "response": row["response"], "dimension": params.dimension}
        return (params.prompt or PROMPT).messages(texts)

    def wrong(text: str) -> str | None:
        return None if score_in(text) is not None else "no score from 0 to 5 can be read in the answer"

    return calls.Questions(NAME, model, TEXTS, messages, wrong, AGAIN, params.tries)


def clear(db: duckdb.DuckDBPyConnection, output: str) -> None:
    """Answers that were paid for stay."""
    if output == READ:
        db.execute("DELETE FROM answer_signals WHERE name = ?", [READ])


def batches(db: duckdb.DuckDBPyConnection, output: str, params: Params) -> Iterator[Batch]:
    if one(db, "SELECT count(*) FROM jobs WHERE job = ? AND output = ?", [ATTACHED, f"signals:{READ}"]):
        raise UserError(f"{READ} was attached to this workspace; judge in another --workspace.")
    questions = _questions(params)
    if output == ASK:
        wanted = wanted_answers(db, params.responses)
        yield from calls.batches(db, questions, calls.unanswered(db, questions, wanted))
        return
    known = stamps(db)
    since = max(known.get(name, 0) for name in ("judge answers", "responses"))
    if since > known.get(f"signals:{READ}", 0):
        asked_about = db.sql(ASKED).to_arrow_table()
        yield Batch(asked_about.num_rows, partial(calls.answered, db, questions, asked_about))


def scores_by(db: duckdb.DuckDBPyConnection, params: Params, name: str) -> pa.Table:
    """SCORES of the responses that a model, filed under `name`, was asked about by these parameters."""
    chat = Chat(name=name, base_url="http://localhost", **params.request)  # nobody is asked there
    questions = _questions(params.model_copy(update={"model": chat}))
    return run(calls.answered(db, questions, db.sql(ASKED).to_arrow_table()), READ, params)


def run(batch: pa.Table, output: str, params: Params) -> pa.Table:
    """Of `answers`: see `calls.MADE`. Of `direct_score`: SCORES of all that have an answer."""
    questions = asked(output, params)
    if questions is not None:
        return calls.run(batch, questions)
    scores = [score_in(answer) for answer in batch["answer"].to_pylist()]
    return batch.select(["iid", "mid"]).append_column("score", pa.array(scores, pa.float64())).cast(SCORES)


def write(db: duckdb.DuckDBPyConnection, made: pa.Table, output: str, params: Params) -> int | None:
    questions = asked(output, params)
    if questions is not None:
        return calls.write_calls(db, made, questions)
    calls.begin_again(db, NAME, output)
    clear(db, output)
    with registered(db, made=made):
        db.execute("INSERT INTO answer_signals SELECT iid, mid, ?, score FROM made WHERE score IS NOT NULL", [READ])
    return None
