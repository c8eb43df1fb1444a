"""The exported file itself: one JSON object a line, the same bytes from the command line and the app."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import starmap

import numpy as np
import orjson

from crowdselect.export import EXPORTERS, Row
from crowdselect.metrics import METRICS
from crowdselect.pool import Pool
from crowdselect.selection import Selection, crowd_scores
from crowdselect.store import texts
from crowdselect.store.build import Build

ROWS_AT_ONCE = 20_000


def export_lines(selection: Selection, build: Build, most: int | None = None) -> Iterator[bytes]:
    """The selection in its recipe's format, best first, a line at a time (each ends with a newline).

    `most` rows alone where it is given: a preview reads no more than it shows.
    """
    layout = EXPORTERS[selection.recipe.export.format].layout
    for row in export_rows(selection, build, most):
        for line in layout(row):
            yield orjson.dumps(line) + b"\n"


def export_sha256(selection: Selection, build: Build) -> str:
    """The digest of the whole file, of which no more than a batch is held."""
    digest = hashlib.sha256()
    for line in export_lines(selection, build):
        digest.update(line)
    return digest.hexdigest()


def export_rows(selection: Selection, build: Build, most: int | None = None) -> Iterator[Row]:
    """The selected rows with their texts, best first; the `most` first where it is given."""
    candidates, pool, recipe = selection.candidates, selection.candidates.pool, selection.recipe
    scores, _ = crowd_scores(pool, recipe.pool.reward_model)
    metrics = {name: candidates.metric(name) for name in _metric_names(selection)}
    score = selection.choice.score
    clustering = recipe.select.clusters
    codes = pool.clusterings[clustering.name].codes if clustering else None
    rejections = selection.rejected if EXPORTERS[recipe.export.format].paired else None
    wanted = selection.positions[:most]
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        positions = wanted[start : start + ROWS_AT_ONCE]
        rows, chosen = candidates.rows[positions], candidates.chosen[positions]
        keys, models = pool.keys_of(rows), _names(pool, chosen)
        nothing = [None] * len(rows)
        rejected: Sequence[str | None] = nothing
        if rejections is not None:
            against = rejections[start : start + len(rows)]
            rejected = texts.chosen_responses(build, keys, _names(pool, against))
        values = zip(*(_numbers(column[positions]) for column in metrics.values()), strict=True)
        columns = (
            pool.uuids[rows].tolist(),
            texts.instructions(build, keys),
            texts.chosen_responses(build, keys, models),
            models,
            _numbers(scores[chosen, rows]),
            nothing if score is None else _numbers(score[positions]),
            nothing if codes is None else [None if code < 0 else code for code in codes[rows].tolist()],
            [dict(zip(metrics, each, strict=True)) for each in values],
            [pool.synthetic] * len(rows),
            rejected,
        )
        yield from starmap(Row, zip(*columns, strict=True))


def _metric_names(selection: Selection) -> list[str]:
    """The computed metrics, then the signals that the recipe weighs."""
    weighed = selection.recipe.select.weights if selection.recipe.select.strategy == "weighted" else {}
    return [*METRICS, *sorted(name for name in weighed if name not in METRICS)]


def _names(pool: Pool, models: np.ndarray) -> list[str]:
    return [pool.models[model].name for model in models.tolist()]


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if value != value else value for value in values.astype(np.float64).tolist()]
