"""The exported file itself: one JSON object a line, the same bytes from the command line and the app."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import orjson

from crowdselect.export import EXPORTERS, Row
from crowdselect.metrics import METRICS
from crowdselect.selection import Selection, crowd_scores
from crowdselect.store import texts
from crowdselect.store.build import Build

ROWS_AT_ONCE = 2_000


def export_lines(selection: Selection, build: Build) -> Iterator[bytes]:
    """The selection in its recipe's format, best first, a line at a time (each ends with a newline)."""
    layout = EXPORTERS[selection.recipe.export.format].layout
    for row in export_rows(selection, build):
        for line in layout(row):
            yield orjson.dumps(line) + b"\n"


def export_rows(selection: Selection, build: Build) -> Iterator[Row]:
    """The selected rows with their texts, best first."""
    candidates, pool, recipe = selection.candidates, selection.candidates.pool, selection.recipe
    scores, _ = crowd_scores(pool, recipe.pool.reward_model)
    columns = {name: candidates.metric(name) for name in _metric_names(selection)}
    score = selection.choice.score
    clustering = recipe.select.clusters
    codes = pool.clusterings[clustering.name].codes if clustering else None
    rejections = selection.rejected if EXPORTERS[recipe.export.format].paired else None
    for start in range(0, len(selection), ROWS_AT_ONCE):
        positions = selection.positions[start : start + ROWS_AT_ONCE]
        rows = candidates.rows[positions]
        uuids = [str(uuid) for uuid in pool.uuids[rows]]
        chosen = candidates.chosen[positions]
        models = [pool.models[model].name for model in chosen]
        instructions = texts.instructions(build, uuids)
        responses = texts.chosen_responses(build, uuids, models)
        rejected: Sequence[str | None] = [None] * len(rows)
        if rejections is not None:
            against = rejections[start : start + ROWS_AT_ONCE]
            rejected = texts.chosen_responses(build, uuids, [pool.models[model].name for model in against])
        for place, (position, row) in enumerate(zip(positions, rows, strict=True)):
            yield Row(
                uuid=uuids[place],
                instruction=instructions[place],
                response=responses[place],
                model=models[place],
                reward=_number(scores[chosen[place], row]),
                score=None if score is None else _number(score[position]),
                cluster=None if codes is None or codes[row] < 0 else int(codes[row]),
                metrics={name: _number(values[position]) for name, values in columns.items()},
                synthetic=pool.synthetic,
                rejected=rejected[place],
            )


def _metric_names(selection: Selection) -> list[str]:
    """The computed metrics, then the signals that the recipe weighs."""
    weighed = selection.recipe.select.weights if selection.recipe.select.strategy == "weighted" else {}
    return [*METRICS, *sorted(name for name in weighed if name not in METRICS)]


def _number(value: np.floating) -> float | None:
    return None if math.isnan(value) else float(value)
