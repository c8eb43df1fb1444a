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
    rejected: str | None = None  # the response that stands against the chosen one, where the layout is of pairs


Lines = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Exporter:
    """A layout: what it is called, who reads it, and the JSON objects of a row, as many for each."""

    title: str
    help: str
    layout: Callable[[Row], Lines]
    paired: bool = False  # whether it needs a rejected response
    lines: int = 1  # objects a row


def records(row: Row) -> Lines:
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
    return (record | {"synthetic": True} if row.synthetic else record,)


def alpaca(row: Row) -> Lines:
    """instruction, input, output."""
    return ({"instruction": row.instruction, "input": "", "output": row.response},)


def sharegpt(row: Row) -> Lines:
    """conversations of human and gpt."""
    turns = [{"from": "human", "value": row.instruction}, {"from": "gpt", "value": row.response}]
    return ({"conversations": turns},)


def messages(row: Row) -> Lines:
    """messages of user and assistant."""
    return ({"messages": [*_prompt(row), *_answer(row.response)]},)


def prompt_completion(row: Row) -> Lines:
    """prompt and completion, each a list of messages."""
    return ({"prompt": _prompt(row), "completion": _answer(row.response)},)


def preference(row: Row) -> Lines:
    """prompt, chosen and rejected, each a list of messages."""
    return ({"prompt": _prompt(row), "chosen": _answer(row.response), "rejected": _answer(row.rejected)},)


def kto(row: Row) -> Lines:
    """prompt, completion and label: the chosen response as true, then the rejected one as false."""
    return (
        {"prompt": _prompt(row), "completion": _answer(row.response), "label": True},
        {"prompt": _prompt(row), "completion": _answer(row.rejected), "label": False},
    )


def _prompt(row: Row) -> list[dict[str, str]]:
    return [{"role": "user", "content": row.instruction}]


def _answer(text: str | None) -> list[dict[str, str]]:
    if text is None:
        raise ValueError("a layout of pairs needs rows with a rejected response")
    return [{"role": "assistant", "content": text}]


EXPORTERS: dict[str, Exporter] = {
    "records": Exporter("Records", "All fields: uuid, model, reward, score, cluster, metrics.", records),
    "alpaca": Exporter("Alpaca", "instruction, input, output: LLaMA-Factory, Axolotl, Unsloth.", alpaca),
    "sharegpt": Exporter("ShareGPT", "conversations of human and gpt: LLaMA-Factory, Unsloth.", sharegpt),
    "messages": Exporter("Messages", "messages of user and assistant: TRL, Axolotl, OpenAI.", messages),
    "prompt_completion": Exporter("Prompt and completion", "TRL, loss on the completion alone.", prompt_completion),
    "preference": Exporter(
        "Preference",
        "prompt, chosen, rejected: DPO and ORPO with TRL, Axolotl; LLaMA-Factory by the bundle.",
        preference,
        paired=True,
    ),
    "kto": Exporter(
        "KTO",
        "prompt, completion, label: two lines an instruction, for TRL; others by the bundle.",
        kto,
        paired=True,
        lines=2,
    ),
}
