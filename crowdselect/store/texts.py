"""The texts of a few rows: read when they are shown or exported, never held."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crowdselect.store.build import Build

# For a handful of rows one lookup each beats a join, whose text column is scanned whole.
FEW = 200


@dataclass(frozen=True)
class Answer:
    """One model's response to an instruction."""

    model: str
    response: str
    n_words: int
    scores: dict[str, float] = field(default_factory=dict)  # reward model -> score


def instructions(build: Build, uuids: Sequence[str], keys: Sequence[int] | None = None) -> list[str]:
    """The instruction of each uuid, in the order asked; sooner where their `keys` (`Pool.keys`) are given."""
    if keys is not None:
        found = build.query(
            "SELECT iid, instruction FROM instructions WHERE iid = ANY(?)", [[int(key) for key in keys]]
        )
        with build.whole():
            by_key = dict(zip(found["iid"].to_pylist(), found["instruction"].to_pylist(), strict=True))
            return [by_key[key] for key in keys]
    table = build.query(
        "SELECT uuid, instruction FROM instructions JOIN (SELECT unnest(?::VARCHAR[]) AS uuid) USING (uuid)",
        [list(uuids)],
    )
    with build.whole():
        texts = dict(zip(table["uuid"].to_pylist(), table["instruction"].to_pylist(), strict=True))
        return [texts[uuid] for uuid in uuids]


def responses(build: Build, uuid: str, key: int | None = None) -> list[Answer]:
    """Every model's response to one instruction, by model name, each with its scores; sooner with the row's `key`."""
    iid = key if key is not None else _key(build, uuid)
    if iid is None:
        return []
    answers = build.query(
        "SELECT model, response, n_words FROM answers JOIN models USING (mid) WHERE iid = ? ORDER BY model", [iid]
    )
    cells = build.query(
        """SELECT model, reward_model, score FROM score_values
           JOIN models USING (mid) JOIN reward_models USING (rid) WHERE iid = ? ORDER BY reward_model""",
        [iid],
    )
    scores: dict[str, dict[str, float]] = {}
    for cell in cells.to_pylist():
        scores.setdefault(cell["model"], {})[cell["reward_model"]] = cell["score"]
    return [Answer(**answer, scores=scores.get(answer["model"], {})) for answer in answers.to_pylist()]


def _key(build: Build, uuid: str) -> int | None:
    row = build.query("SELECT iid FROM instructions WHERE uuid = ?", [uuid])
    return row["iid"][0].as_py() if row.num_rows else None


def chosen_responses(build: Build, uuids: Sequence[str], models: Sequence[str]) -> list[str]:
    """The response of models[i] to uuids[i], in the order asked."""
    table = build.query(
        """
        WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS uuid, unnest(?::VARCHAR[]) AS model),
             keys AS (SELECT uuid, model, iid, mid FROM wanted JOIN instructions USING (uuid) JOIN models USING (model))
        SELECT uuid, model, response FROM answers JOIN keys USING (iid, mid)
        """,
        [list(uuids), list(models)],
    )
    with build.whole():
        keys = zip(table["uuid"].to_pylist(), table["model"].to_pylist(), strict=True)
        texts = dict(zip(keys, table["response"].to_pylist(), strict=True))
        return [texts[key] for key in zip(uuids, models, strict=True)]
