"""Which candidates a recipe's `where` lets through. A filter's field is a metric or signal, or one of FIELDS."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.bounds import whole_number
from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.mapping.polygon import inside
from crowdselect.metrics import ALL_METRICS
from crowdselect.metrics.disagreement import DISAGREEMENT
from crowdselect.pool import Pool
from crowdselect.recipe import Filter, Polygons
from crowdselect.tags import main_tags

TITLES = {"n_words": "length", "best_model": "best model", "main_tag": "main tag"}
SAID = 3  # values that a sentence names
NAMED = 12  # names that an error lists


def matching(candidates: Candidates, condition: Filter) -> np.ndarray:
    """(n,) bool: the candidates that meet the condition. A row without the value does not."""
    keep = np.ones(len(candidates), dtype=bool)
    if condition.contains is not None:
        keep &= _text(candidates, condition.contains)
    if condition.inside is not None:
        keep &= _inside(candidates, condition.field, condition.inside)
    if condition.outside is not None:
        keep &= ~_inside(candidates, condition.field, condition.outside)
    if condition.any_of is not None:
        keep &= _having(candidates, condition.field, condition.any_of)
    if condition.none_of is not None:
        keep &= ~_labelled(candidates, condition.field, condition.none_of)
    if condition.min is not None or condition.max is not None:
        name = _number(candidates, condition.field)
        values, margin = candidates.metric(name), candidates.margin(name)
        keep &= ~np.isnan(values)
        if condition.min is not None:
            keep &= values >= condition.min - margin
        if condition.max is not None:
            keep &= values <= condition.max + margin
    return keep


def sentence(condition: Filter) -> str:
    """The condition as a person would say it."""
    if condition.contains is not None:
        return f"text contains {condition.contains}"
    parts = [*_shapes("inside", condition.inside), *_shapes("outside", condition.outside)]
    if parts:
        return f"{' and '.join(parts)} drawn on {condition.field}"
    if condition.min is not None:
        parts.append(f"at least {condition.min:.6g}")
    if condition.max is not None:
        parts.append(f"at most {condition.max:.6g}")
    if condition.any_of is not None:
        parts.append(_listed(condition.any_of, "or"))
    if condition.none_of is not None:
        parts.append("not " + _listed(condition.none_of, "nor"))
    return f"{TITLES.get(condition.field, condition.field)} is {' and '.join(parts)}"


def _shapes(side: str, polygons: Polygons | None) -> list[str]:
    if not polygons:
        return []
    return [f"{side} a shape" if len(polygons) == 1 else f"{side} {len(polygons)} shapes"]


def _listed(values: tuple[str | int, ...], joined: str) -> str:
    names = [str(value) or "none" for value in values]
    if len(names) > SAID:
        return f"{', '.join(names[: SAID - 1])} {joined} {len(names) - SAID + 1:,} others"
    return f" {joined} ".join(names) or "nothing"


def _number(candidates: Candidates, field: str) -> str:
    """The metric that the field stands for."""
    name = "length_instruction" if field == "n_words" else field
    if name in FIELDS:
        raise UserError(f"Filter field {field!r} takes in and not_in, not min and max.")
    if name not in candidates.all_metric_names:
        known = ", ".join(["n_words", *candidates.all_metric_names, *FIELDS])
        raise UserError(f"Unknown filter field {field!r}; choose one of {known}.")
    return name


def needs_scores(condition: Filter, pool: Pool) -> bool:
    """Whether it looks at scores, or at the answer that they choose: an instruction without any has none to it."""
    without = condition.field in ("length_instruction", DISAGREEMENT)
    scored = {"best_model", *ALL_METRICS, *pool.response_signals}
    return condition.field in scored and not without


def _inside(candidates: Candidates, projection: str, polygons: Polygons) -> np.ndarray:
    """Inside any of them."""
    projections = candidates.pool.projections
    if projection not in projections:
        known = ", ".join(projections) or "none: run `python -m precompute run project`"
        raise UserError(f"Unknown projection {projection!r} in a filter; this workspace has {known}.")
    points = projections[projection][candidates.rows]
    return np.logical_or.reduce([inside(points, np.array(polygon)) for polygon in polygons])


def unknown_names(pool: Pool, field: str, values: Sequence[str | int]) -> list[str]:
    """Those of `values` that the pool has nowhere in the field."""
    names = FIELDS[field].names(pool) if field in FIELDS else values
    return [str(value) for value in values if str(value) not in names]


def _having(candidates: Candidates, field: str, values: tuple[str | int, ...]) -> np.ndarray:
    """Those with one of the values. UserError for one that no row has; rows may come and go, so uuids may be of any."""
    found = _labelled(candidates, field, values)
    unknown = unknown_names(candidates.pool, field, values) if field != "uuid" else []
    if unknown:
        kind = TITLES.get(field, field)
        raise UserError(f"Filter: this workspace has no {kind} {unknown[0]!r:.80}; it has {_known(candidates, field)}.")
    return found


def _known(candidates: Candidates, field: str) -> str:
    names = [name for name in FIELDS[field].names(candidates.pool) if name]
    shown = ", ".join(f"{name:.80}" for name in names[:NAMED]) or "none"
    return f"{shown} and {len(names) - NAMED:,} more" if len(names) > NAMED else shown


def _labelled(candidates: Candidates, field: str, values: tuple[str | int, ...]) -> np.ndarray:
    if field not in FIELDS:
        raise UserError(f"Filter field {field!r} takes min and max; in and not_in go with {', '.join(FIELDS)}.")
    return FIELDS[field].having(candidates, values)


def _text(candidates: Candidates, words: str) -> np.ndarray:
    pool = candidates.pool
    if pool.find is None:
        raise UserError("A text filter needs a published build; this pool holds no texts.")
    found = np.zeros(len(pool), dtype=bool)
    found[pool.find(words)] = True
    return found[candidates.rows]


def _source(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    return np.isin(candidates.pool.sources[candidates.rows].astype(str), [str(value) for value in values])


def _tag(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    tagged = np.zeros(len(candidates.pool), dtype=bool)
    for tag in candidates.pool.tags.keys() & {str(value) for value in values}:
        tagged[candidates.pool.tags[tag]] = True
    return tagged[candidates.rows]


def _uuid(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    wanted = {str(value) for value in values}
    return np.fromiter((uuid in wanted for uuid in candidates.pool.uuids[candidates.rows]), bool, len(candidates))


def _cluster(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    """Each value is `clustering:label`, e.g. kmeans-30:4."""
    keep = np.zeros(len(candidates), dtype=bool)
    for value in values:
        clustering, _, label = str(value).rpartition(":")
        number = whole_number(label)
        if number is None:
            raise UserError(f"Filter value {value!r:.80} is not CLUSTERING:LABEL, such as kmeans-30:4.")
        if clustering in candidates.pool.clusterings:
            keep |= candidates.cluster_codes(clustering) == number
    return keep


def _language(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    """Names of the clustering `language`, such as en."""
    found = candidates.pool.clusterings.get("language")
    if found is None:
        raise UserError("The languages are not known in this workspace: run `python -m precompute run language`.")
    names = {str(value) for value in values}
    wanted = [label for label in found.labels if found.names.get(int(label), str(label)) in names]
    return np.isin(found.codes[candidates.rows], wanted)


def _best_model(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    """The model with the highest score, the first by name on ties."""
    if not len(candidates.models):
        return np.zeros(len(candidates), dtype=bool)
    best = np.argmax(np.where(np.isnan(candidates.scores), -np.inf, candidates.scores), axis=0)
    names = np.array([model.name for model in candidates.models], dtype=object)
    return np.isin(names[best].astype(str), [str(value) for value in values])


def _main_tag(candidates: Candidates, values: tuple[str | int, ...]) -> np.ndarray:
    """The most frequent of its tags; an empty name stands for none."""
    tags, labels = main_tags(candidates.pool)
    names = {str(value) for value in values}
    wanted = [place for place, tag in enumerate(tags) if tag in names] + [-1] * ("" in names)
    return np.isin(labels[candidates.rows], wanted)


def _languages(pool: Pool) -> list[str]:
    found = pool.clusterings.get("language")
    return [] if found is None else [found.names.get(int(label), str(label)) for label in found.labels]


def _clusters(pool: Pool) -> list[str]:
    return [f"{name}:{label}" for name, each in pool.clusterings.items() for label in each.labels.tolist()]


@dataclass(frozen=True)
class Field:
    """Which candidates have one of some values, and the names that there are; an empty one stands for rows without."""

    having: Callable[[Candidates, tuple[str | int, ...]], np.ndarray]
    names: Callable[[Pool], Collection[str]]


FIELDS: dict[str, Field] = {
    "source": Field(_source, lambda pool: [*pool.source_codes[0], ""]),
    "tag": Field(_tag, lambda pool: pool.tags.keys()),
    "uuid": Field(_uuid, lambda pool: pool.row_of.keys()),
    "cluster": Field(_cluster, _clusters),
    "language": Field(_language, _languages),
    "best_model": Field(_best_model, lambda pool: [model.name for model in pool.models]),
    "main_tag": Field(_main_tag, lambda pool: [*pool.tags, ""]),
}
