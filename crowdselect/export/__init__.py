"""Every layout a selection can be written in. To add one: write a function below and name it in EXPORTERS.

Layouts as LLaMA-Factory (data/README.md), TRL (dataset_formats.md) and Axolotl (dataset-formats) read them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One selected instruction with its chosen response."""

    uuid: str
    instruction: str
    response: str
    model: str
    reward: float | None  # the chosen response's score under the recipe's reward model
    score: float | None  # what the strategy ranked by
    cluster: int | None  # in the recipe's clustering
    metrics: dict[str, float | None]
    synthetic: bool


@dataclass(frozen=True)
class Exporter:
    """A layout: what it is called, who reads it, and one JSON object a row."""

    title: str
    help: str
    layout: Callable[[Row], dict[str, Any]]


def records(row: Row) -> dict[str, Any]:
    """Everything that is known of the row."""
    record = {
        "uuid": row.uuid,
        "instruction": row.instruction,
        "response": row.response,
        "model": row.model,
        "reward": row.reward,
        "score": row.score,
        "cluster": row.cluster,
        "metrics": row.metrics,
    }
    return record | {"synthetic": True} if row.synthetic else record


def alpaca(row: Row) -> dict[str, Any]:
    """instruction, input, output."""
    return {"instruction": row.instruction, "input": "", "output": row.response}


def sharegpt(row: Row) -> dict[str, Any]:
    """conversations of human and gpt."""
    turns = [{"from": "human", "value": row.instruction}, {"from": "gpt", "value": row.response}]
    return {"conversations": turns}


def messages(row: Row) -> dict[str, Any]:
    """messages of user and assistant."""
    return {"messages": [_message("user", row.instruction), _message("assistant", row.response)]}


def prompt_completion(row: Row) -> dict[str, Any]:
    """prompt and completion, each a list of messages."""
    return {
        "prompt": [_message("user", row.instruction)],
        "completion": [_message("assistant", row.response)],
    }


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


EXPORTERS: dict[str, Exporter] = {
    "records": Exporter("Records", "All fields: uuid, model, reward, score, cluster, metrics.", records),
    "alpaca": Exporter("Alpaca", "instruction, input, output: LLaMA-Factory, Axolotl, Unsloth.", alpaca),
    "sharegpt": Exporter("ShareGPT", "conversations of human and gpt: LLaMA-Factory, Unsloth.", sharegpt),
    "messages": Exporter("Messages", "messages of user and assistant: TRL, Axolotl, OpenAI.", messages),
    "prompt_completion": Exporter("Prompt and completion", "TRL, loss on the completion alone.", prompt_completion),
}
