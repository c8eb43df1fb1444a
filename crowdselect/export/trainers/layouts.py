"""Layouts that only one trainer reads, for what an export's own format does not serve."""

from collections.abc import Callable

from crowdselect.export import EXPORTERS, Lines, Row


def sharegpt_pairs(row: Row) -> Lines:
    """conversations, chosen, rejected: LLaMA-Factory's pairs, where chosen and rejected are one message each."""
    return (
        {"conversations": [_turn("human", row.instruction)], "chosen": _turn("gpt", row.response),
         "rejected": _turn("gpt", row.rejected)},
    )  # fmt: skip


def sharegpt_kto(row: Row) -> Lines:
    """conversations and kto_tag, twice: LLaMA-Factory's labelled answers."""
    return tuple(
        {"conversations": [_turn("human", row.instruction), _turn("gpt", answer)], "kto_tag": tag}
        for answer, tag in ((row.response, True), (row.rejected, False))
    )


def conversation_pairs(row: Row) -> Lines:
    """chosen and rejected as whole conversations: Axolotl's ORPO."""
    return ({name: [*_asked(row), _said(answer)] for name, answer in _answers(row)},)


def text_kto(row: Row) -> Lines:
    """prompt, completion, label as plain texts: Axolotl's KTO, which puts the chat's marks around them."""
    return tuple(
        {"prompt": row.instruction, "completion": answer or "", "label": name == "chosen"}
        for name, answer in _answers(row)
    )


LAYOUTS: dict[str, Callable[[Row], Lines]] = {
    **{name: exporter.layout for name, exporter in EXPORTERS.items()},
    "sharegpt_pairs": sharegpt_pairs,
    "sharegpt_kto": sharegpt_kto,
    "conversation_pairs": conversation_pairs,
    "text_kto": text_kto,
}


def _answers(row: Row) -> tuple[tuple[str, str | None], ...]:
    return ("chosen", row.response), ("rejected", row.rejected)


def _turn(who: str, text: str | None) -> dict[str, str]:
    return {"from": who, "value": text or ""}


def _asked(row: Row) -> list[dict[str, str]]:
    return [{"role": "user", "content": row.instruction}]


def _said(text: str | None) -> dict[str, str]:
    return {"role": "assistant", "content": text or ""}
