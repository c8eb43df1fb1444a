"""A strategy's own parameters as widgets, made from what the strategy declares."""

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from crowdselect.pool import Pool
from crowdselect.strategies import parameters_of
from crowdselect.strategies.parameters import A_METRIC, A_SCORE, AN_EMBEDDING, WEIGHTED
from pages._ui.address import bound, title
from pages._ui.recipe import metric_title, weighable

LABELS = {
    "trade_off": "Score against diversity",
    "threshold": "Similarity threshold",
    "score_weight": "Weight of score",
    "of": "Length of",
    "by": "Score of a row",
}
HELP = {
    "trade_off": "λ in λ × score − (1 − λ) × highest cosine similarity to a row taken before. "
    "1 looks at the score alone, 0 at the similarity alone.",
    "threshold": "A row falls whose cosine similarity to one taken before is above this: lower removes more.",
    "score_weight": "0: every row counts the same. 1: a row counts by its score from 0 to 1, good rows first.",
    "score": "What makes a row good. Weighted sum: what the sliders below say.",
    "direction": "Top: the best, the longest, the highest first. Bottom: the worst, the shortest, the lowest.",
    "by": "Max: of its best response. Mean: of all its responses. Min: of its worst.",
    "of": "The instruction, or the response that is exported.",
    "unit": "Words between white space, or the tokens that a tokenizer of yours makes: the job Tokens on Data.",
    "variant": "Paper: InsTag’s own, most tags first, so that all are covered again and again. Crowdselect: the "
    "longest instructions of each tag, then the longest of all, as its published code does it. Crowdselect intended: "
    "the same with the quota counted for each tag.",
    "embeddings": "Whose vectors say how alike two rows are. Automatic: the computed ones, or the only ones there are.",
}


def strategy_parameters(strategy: str, pool: Pool) -> dict[str, Any]:
    """A widget for each declared parameter that counts; what they hold."""
    fields, values = parameters_of(strategy), dict[str, Any]()
    for name, field in fields.items():
        if name == "score" and values.get("score_weight") == 0:
            continue
        values[name] = _widget(f"{strategy}.{name}", name, field, pool)
    return values


def takes_weights(strategy: str, values: Mapping[str, Any]) -> bool:
    """Whether the strategy goes by the recipe's weights."""
    return WEIGHTED in (strategy, *values.values())


def apply_parameters(strategy: str, given: Mapping[str, Any], pool: Pool) -> list[str]:
    """Sets what the widgets hold to a recipe's parameters; what this pool cannot do stays as it is, and is said."""
    notes = []
    for name, field in parameters_of(strategy).items():
        value, options = given.get(name, field.default), choices_of(field, pool)
        if AN_EMBEDDING in field.metadata:  # the embedder alone is enough where it has one field
            named = [each for each in pool.embeddings if each.rpartition("/")[0] == value]
            value = named[0] if len(named) == 1 else value
        if options is not None and value not in options:
            notes.append(f"For {title(name).lower()} it says {value!r}, which is not in this workspace.")
        else:
            st.session_state[f"{strategy}.{name}"] = value
    return notes


def choices_of(field: FieldInfo, pool: Pool) -> list[Any] | None:
    """What the parameter can be in this pool; None where that is no list."""
    if A_SCORE in field.metadata:
        return [WEIGHTED, *weighable(pool)]
    if A_METRIC in field.metadata:
        return weighable(pool)
    if AN_EMBEDDING in field.metadata:
        return ["", *pool.embeddings]
    return _literals(field.annotation) or None


def _widget(key: str, name: str, field: FieldInfo, pool: Pool) -> Any:
    label, default = LABELS.get(name, title(name)), field.default
    about = f"{HELP.get(name, f'The parameter `{name}` of this strategy.')}  \nDefault: {_said(field, default)}."
    options = choices_of(field, pool)
    if options:
        return bound(
            st.selectbox, label, options, key=key, default=default if default in options else options[0],
            format_func=lambda value: _said(field, value), help=about,
        )  # fmt: skip
    if field.annotation is bool:
        return bound(st.toggle, label, key=key, default=default, help=about)
    if field.annotation in (int, float):
        low, high = (
            next((getattr(each, at) for each in field.metadata if hasattr(each, at)), None) for at in ("ge", "le")
        )
        kind = field.annotation
        return bound(
            st.number_input, label, None if low is None else kind(low), None if high is None else kind(high),
            step=0.05 if kind is float else 1, key=key, default=default, help=about,
        )  # fmt: skip
    return bound(st.text_input, label, key=key, default=default or "", help=about)


def _said(field: FieldInfo, value: Any) -> str:
    """What a value is called."""
    if A_SCORE in field.metadata and value == WEIGHTED:
        return "Weighted sum"
    if A_SCORE in field.metadata or A_METRIC in field.metadata:
        return metric_title(str(value))
    if AN_EMBEDDING in field.metadata:
        return str(value) or "Automatic"
    return title(str(value))


def _literals(annotation: Any) -> list[Any]:
    """The values of a Literal (also of one that may be None); none for other types."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return [value for part in get_args(annotation) for value in _literals(part)]
    return []
