"""The texts of some rows, by the store's own numbers of them (`Pool.keys`): read when shown or exported, never held."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crowdselect.store.build import Build


@dataclass(frozen=True)
class Answer:
    """One model's response to an instruction."""

    model: str
    response: str
    n_words: int
    scores: dict[str, float] = field(default_factory=dict)  # reward model -> score


def instructions(build: Build, keys: Sequence[int]) -> list[str]:
    """The instruction of each key, in the order asked."""
    found = build.query(
        "SELECT iid, instruction FROM instructions JOIN (SELECT unnest(?::INTEGER[]) AS iid) USING (iid)", [list(keys)]
    )
    with build.whole():
        texts = dict(_rows(found))
        return [_there(texts[key]) for key in keys]


def responses(build: Build, keys: Sequence[int]) -> list[list[Answer]]:
    """Every model's response to each of the instructions, in the order asked, by model name, each with its scores."""
    answers = build.query(
        """SELECT iid, model, response, n_words FROM answers JOIN models USING (mid)
           WHERE iid = ANY(?::INTEGER[]) ORDER BY model""",
        [list(keys)],
    )
    cells = build.query(
        """SELECT iid, model, reward_model, score
           FROM score_values JOIN models USING (mid) JOIN reward_models USING (rid)
           WHERE iid = ANY(?::INTEGER[]) ORDER BY reward_model""",
        [list(keys)],
    )
    with build.whole():
        scores: dict[tuple[int, str], dict[str, float]] = {}
        for key, model, reward_model, score in _rows(cells):
            scores.setdefault((key, model), {})[reward_model] = score
        found: dict[int, list[Answer]] = {key: [] for key in keys}
        for key, model, response, words in _rows(answers):
            found[key].append(Answer(model, response, words, scores.get((key, model), {})))
        return [found[key] for key in keys]


def chosen_responses(build: Build, keys: Sequence[int], models: Sequence[str]) -> list[str]:
    """The response of models[i] to the instruction keys[i], in the order asked.

    The numbers are joined first: of the texts only those asked for are then read, not the whole column.
    """
    found = build.query(
        """
        WITH asked AS (SELECT unnest(?::INTEGER[]) AS iid, unnest(?::VARCHAR[]) AS model),
             places AS (SELECT a.rowid FROM answers a JOIN (FROM asked JOIN models USING (model)) USING (iid, mid))
        SELECT iid, model, response FROM answers a JOIN models USING (mid) WHERE a.rowid IN (FROM places)
        """,
        [list(keys), list(models)],
    )
    with build.whole():
        texts = {(key, model): response for key, model, response in _rows(found)}
        return [_there(texts[asked]) for asked in zip(keys, models, strict=True)]


def _there(text: str | None) -> str:
    """A text that is asked for by its row; ValueError where the row holds none."""
    if text is None:
        raise ValueError("a text is missing")
    return text


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
