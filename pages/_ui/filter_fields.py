"""What can be filtered by in this pool, and how a filter is said with the pool's own names."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from crowdselect.filters import sentence
from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from pages._ui.projections import projection_title
from pages._ui.recipe import metric_legend, metric_title, weighable
from pages._ui.text import one_line

TEXT = "text"
LENGTH = "n_words"
LANGUAGE = "language"  # a clustering that is a field of its own
CLUSTER = "cluster "  # before a clustering's name
MOST_OPTIONS = 1_000


@dataclass(frozen=True)
class Field:
    """`options`: value -> label, for a field of labels; none for numbers and for text."""

    title: str
    help: str
    options: dict[str, str] | None = None


@st.cache_resource(max_entries=8, show_spinner=False)
def fields(path: str, _pool: Pool) -> dict[str, Field]:
    """Every field by its key, which for a clustering begins with `cluster `."""
    found = {
        LENGTH: Field("Length of the instruction", "Words, by white space."),
        TEXT: Field("Words in the instruction", "Instructions that hold every one of these words, in any case."),
    }
    sources = _frequent(Counter(str(source) for source in _pool.sources))
    if sources:
        found["source"] = Field("Source", "Where the instructions come from.", {one: one_line(one) for one in sources})
    tags = _frequent(Counter({tag: len(rows) for tag, rows in _pool.tags.items()}))
    if tags:
        found["tag"] = Field("Tag", "Instructions with any of these tags.", {one: one_line(one) for one in tags})
    if LANGUAGE in _pool.clusterings:
        called = _pool.clusterings[LANGUAGE]
        names = sorted(called.names.get(int(label), str(label)) for label in called.labels)
        found[LANGUAGE] = Field("Language", "What the instructions are written in, as ISO 639 calls it.",
                                {name: one_line(name) for name in names})  # fmt: skip
    for name in [each for each in _pool.clusterings if each != LANGUAGE]:
        title = "Cluster" if len({*_pool.clusterings} - {LANGUAGE}) == 1 else f"Cluster of {one_line(name, 40)}"
        found[CLUSTER + name] = Field(title, "Groups of instructions of near meaning.", clusters(_pool, name))
    models = {model.name: one_line(model.name) for model in _pool.models}
    found["best_model"] = Field("Best model", "Whose response has the highest score.", models)
    for name in weighable(_pool):
        if name != "length_instruction":
            found[name] = Field(metric_title(name), "The metric's value, under the current reward model.")
    return found


def clusters(pool: Pool, name: str) -> dict[str, str]:
    """`clustering:label` -> what the cluster is called."""
    names = pool.clusterings[name].names
    return {
        f"{name}:{label}": one_line(f"{label} · {names[int(label)]}" if names.get(int(label)) else str(label), 60)
        for label in pool.clusterings[name].labels
    }


def said(condition: Filter, pool: Pool) -> str:
    """The filter in words, with the pool's names for clusters, metrics and maps."""
    text = sentence(
        condition.model_copy(
            update={"any_of": _named(condition.any_of, pool), "none_of": _named(condition.none_of, pool)}
        )
    )
    title = projection_title(condition.field) if condition.field in pool.projections else None
    if condition.field in weighable(pool):
        title = metric_legend(condition.field)
    text = text.replace(condition.field, title, 1) if title and condition.contains is None else text
    return text[0].upper() + text[1:]


def _named(values: Sequence[str | int] | None, pool: Pool) -> tuple[str, ...] | None:
    if values is None:
        return None
    known = {key: label for name in pool.clusterings for key, label in clusters(pool, name).items()}
    return tuple(known.get(str(value), str(value)) for value in values)


def _frequent(counts: Counter[str]) -> list[str]:
    """Up to 1,000 names in order; where there are more, the most frequent ones."""
    most = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_OPTIONS]
    return sorted(name for name in most if name)
