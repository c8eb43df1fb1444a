"""What a map's points are coloured by. To add one: a function from the pool to a Scale, and a line in COLOURINGS."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from crowdselect.concordance_spec import CONCORDANCE, ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.mapping.scales import Scale, categories, numbers
from crowdselect.metrics import ALL_METRICS, METRICS, ON_DEMAND
from crowdselect.metrics.disagreement import disagreement
from crowdselect.metrics.stability import Ties
from crowdselect.pool import Pool
from crowdselect.recipe import PoolSpec, ResponseSpec
from crowdselect.selection import crowd_scores, gather
from crowdselect.tags import main_tags


@dataclass(frozen=True)
class ColourBy:
    """A key of COLOURINGS, and what it needs: `name` says which clustering, metric or tag.

    What is of an answer is that of the one which `response` chooses by `seed`, as a recipe does.
    """

    by: str
    name: str = ""
    reward_model: str | None = None
    ties: Ties = "average"
    concordance: ConcordanceSpec = CONCORDANCE
    response: ResponseSpec = field(default_factory=ResponseSpec)
    seed: int = 0


def colouring(pool: Pool, colour: ColourBy) -> Scale:
    """The scale for every row of the pool. UserError for what this pool does not have."""
    if colour.by not in COLOURINGS:
        raise UserError(f"Unknown colour {colour.by!r}; choose one of {', '.join(COLOURINGS)}.")
    return COLOURINGS[colour.by](pool, colour)


def _cluster(pool: Pool, colour: ColourBy) -> Scale:
    if colour.name not in pool.clusterings:
        raise UserError(f"Unknown clustering {colour.name!r}; this workspace has {_listed(pool.clusterings)}.")
    clustering = pool.clusterings[colour.name]
    names = {int(label): clustering.names.get(int(label), str(label)) for label in clustering.labels}
    return categories(clustering.codes, names)


def _source(pool: Pool, colour: ColourBy) -> Scale:
    names, labels = np.unique(pool.sources.astype(str), return_inverse=True)
    labels = np.where(names[labels] == "", -1, labels) if len(names) else labels
    return categories(labels, [str(name) for name in names])


def _tag(pool: Pool, colour: ColourBy) -> Scale:
    """With a name: who has it. Without: each row by the most frequent of its tags."""
    if colour.name:
        if colour.name not in pool.tags:
            raise UserError(f"Unknown tag {colour.name!r}; this workspace has {len(pool.tags):,} tags.")
        has = np.zeros(len(pool), dtype=np.int64)
        has[pool.tags[colour.name]] = 1
        return categories(1 - has, [colour.name, "without it"], keep_order=True)
    tags, labels = main_tags(pool)
    return categories(labels, tags)


def _best_model(pool: Pool, colour: ColourBy) -> Scale:
    """The model with the highest score, the first by name on ties."""
    scores, _ = crowd_scores(pool, colour.reward_model)
    scored = ~np.isnan(scores).all(axis=0)
    best = np.where(scored, np.argmax(np.where(np.isnan(scores), -np.inf, scores), axis=0), -1)
    return categories(best, [model.name for model in pool.models])


def _metric(pool: Pool, colour: ColourBy) -> Scale:
    """Any metric over all rows that have it, or a signal of the pool."""
    if colour.name in pool.signals and colour.name not in METRICS:
        return numbers(pool.signals[colour.name])
    if colour.name not in ALL_METRICS and colour.name not in pool.response_signals:
        signals = pool.signal_names
        known = _listed([*METRICS, *signals, *(name for name in ON_DEMAND if name not in signals)])
        raise UserError(f"Unknown metric {colour.name!r}; choose one of {known}.")
    if colour.name == "length_instruction":
        return numbers(pool.instruction_words.astype(np.float64))
    spec = PoolSpec(
        reward_model=colour.reward_model, missing="available", ties=colour.ties, concordance=colour.concordance
    )
    candidates = gather(pool, spec, colour.response, colour.seed)
    values = np.full(len(pool), np.nan)
    values[candidates.rows] = candidates.metric(colour.name)
    return numbers(values)


def _disagreement(pool: Pool, colour: ColourBy) -> Scale:
    """How far reward models are apart: the standard deviation over them of a response's z-scores, mean over models."""
    if len(pool.scores) < 2:
        raise UserError(f"Disagreement needs two reward models; this workspace has {_listed(pool.scores)}.")
    return numbers(disagreement(pool))


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) or "none"  # type: ignore[call-overload]


COLOURINGS: dict[str, Callable[[Pool, ColourBy], Scale]] = {
    "cluster": _cluster,
    "metric": _metric,
    "source": _source,
    "tag": _tag,
    "best_model": _best_model,
    "disagreement": _disagreement,
}
