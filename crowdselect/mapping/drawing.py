"""What was drawn on a map as filters of a recipe: polygons, and what the legend left to be seen."""

from collections.abc import Sequence

import numpy as np

from crowdselect.mapping.colouring import ColourBy, colouring
from crowdselect.mapping.lasso import Lasso
from crowdselect.mapping.scales import LEVELS, NONE, Scale
from crowdselect.metrics.disagreement import DISAGREEMENT
from crowdselect.pool import Pool
from crowdselect.recipe import Filter
from crowdselect.tags import main_tags


def drawn(pool: Pool, before: Sequence[Filter], lasso: Lasso) -> tuple[Filter, ...]:
    """The shape after `lasso` was drawn over `before`; empty where it was cleared.

    Inside are rows in any polygon that was added and in none that was taken away, in whatever order they were drawn.
    """
    if not lasso.polygon:
        return ()
    kept = [one for one in before if one.field == lasso.projection and (one.inside or one.outside)]
    first = kept[0] if kept and lasso.mode != "replace" else None
    inside, outside = (first.inside or (), first.outside or ()) if first else ((), ())
    if lasso.mode == "remove":
        outside = (*outside, lasso.polygon)
    else:
        inside = (*inside, lasso.polygon)
    shape = Filter(field=lasso.projection, inside=inside or None, outside=outside or None)
    return (shape, *shown(pool, lasso.colour, lasso.hidden))


def shown(pool: Pool, colour: ColourBy | None, hidden: frozenset[int]) -> tuple[Filter, ...]:
    """What a legend with these codes hidden still shows, as filters."""
    if colour is None or not hidden:
        return ()
    scale = colouring(pool, colour)
    if scale.kind == "numbers":
        return _range(DISAGREEMENT if colour.by == "disagreement" else colour.name, scale, hidden)
    labels = [label for code in hidden if code < len(scale.groups) for label in scale.groups[code]]
    if colour.by == "cluster":
        labels += [-1] if NONE in hidden else []
        return _none_of("cluster", [f"{colour.name}:{label}" for label in labels])
    if colour.by == "source":
        names = np.unique(pool.sources.astype(str))
        return _none_of("source", [str(names[label]) for label in labels] + ([""] if NONE in hidden else []))
    if colour.by == "best_model":
        return _none_of("best_model", [pool.models[label].name for label in labels])
    if not colour.name:
        tags, _ = main_tags(pool)
        return _none_of("main_tag", [tags[label] for label in labels] + ([""] if NONE in hidden else []))
    has, lacks = Filter.model_validate({"field": "tag", "in": [colour.name]}), _none_of("tag", [colour.name])
    return (*lacks,) * (0 in labels) + (has,) * (1 in labels)


def _range(name: str, scale: Scale, hidden: frozenset[int]) -> tuple[Filter, ...]:
    """Numbers are hidden below and above a range, and where there are none."""
    seen = [code for code in range(LEVELS) if code not in hidden]
    if not seen:
        return (Filter(field=name, min=scale.most, max=scale.least),)
    step = (scale.high - scale.low) / (LEVELS - 1)
    low = scale.low + (seen[0] - 0.5) * step if seen[0] > 0 else None
    high = scale.low + (seen[-1] + 0.5) * step if seen[-1] < LEVELS - 1 else None
    if low is None and high is None:
        if NONE not in hidden:
            return ()
        low = scale.least
    return (Filter(field=name, min=low, max=high),)


def _none_of(field: str, values: list[str]) -> tuple[Filter, ...]:
    return (Filter.model_validate({"field": field, "not_in": values}),) if values else ()
