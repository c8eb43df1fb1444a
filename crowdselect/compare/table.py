"""The comparison as tables: one row a selection, ready for a page, a file or a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crowdselect.compare.coverage import cluster_coverage, distinct_tags, map_coverage
from crowdselect.compare.effects import cliffs_delta
from crowdselect.compare.orders import priorities
from crowdselect.compare.shares import KINDS
from crowdselect.compare.sides import SHOWN, SideBySide
from crowdselect.correlations import correlations

Cell = str | int | float
Row = dict[str, Cell]


@dataclass(frozen=True)
class Column:
    """What a column is called where there is room, what it says, and how many decimals a reader needs."""

    title: str
    help: str
    decimals: int | None = None  # None: a text or a whole number


COLUMNS: dict[str, Column] = {
    "selection": Column("Selection", "As it was named."),
    "strategy": Column("Strategy", "How its rows were chosen."),
    "rows": Column("Rows", "Fewer than asked where fewer are eligible."),
    "shared": Column("Shared", "Rows that the first selection holds too."),
    "jaccard": Column("Jaccard", "With the first: rows in both / rows in either, 0 to 1.", 3),
    "order": Column("Order ρ", "Spearman's ρ of its priorities and the first one's, over rows both could choose.", 3),
    **{name: Column("", "Its mean over the selection, by the first one's reward model.", 3) for name in SHOWN},
    "clusters": Column("Clusters", "Clusters with at least one of its rows."),
    "cluster_coverage": Column("Clusters covered", "Clusters with a selected row / clusters with an eligible row.", 3),
    "map_coverage": Column("Map covered", "Occupied cells with a selected row / occupied cells, 32 × 32 cells.", 3),
    "tags": Column("Tags", "Tags that at least one of its rows has: the diversity of InsTag."),
    "redundancy": Column(
        "Redundancy", "Mean cosine similarity of a row to its nearest neighbour inside the selection.", 3
    ),
    "robustness": Column(
        "Robustness, middle",
        "Of the two bounds beside it, to sort by: no estimate of its own. 1 where it asks no model.",
        3,
    ),
    "robustness_low": Column(
        "Robustness from", "Jaccard of what two halves of the crowd select: another crowd shares more, on average.", 3
    ),
    "robustness_high": Column(
        "to", "Jaccard of two of 200 bootstrap draws of the models: another crowd shares less, on average.", 3
    ),
    "core": Column("Core rows", "Its rows that at least 90 % of those draws choose too."),
    "top_model": Column("Most responses of", "The model that gives most of its responses."),
}


def selections_table(
    sides: SideBySide, clustering: str | None, projection: str | None, extra: Mapping[str, list[Cell]] | None = None
) -> list[Row]:
    """One row a selection: what it is, what it shares with the first, its means, and what it covers.

    `extra` holds further columns of COLUMNS, one value a selection, such as redundancy and robustness.
    """
    shared, pool = sides.overlap(), sides.pool.pool
    order = correlations({str(n): priorities(each.selection) for n, each in enumerate(sides.entries)}, "spearman")
    table: list[Row] = []
    for place, entry in enumerate(sides.entries):
        rows = sides.rows[place]
        row: Row = {
            "selection": entry.name,
            "strategy": entry.selection.recipe.select.strategy,
            "rows": len(entry.selection),
            "shared": int(shared.shared[0, place]),
            "jaccard": float(shared.jaccard[0, place]),
            "order": float(order.coefficient[0, place]),
            **{name: values[place] for name, values in (extra or {}).items()},
            **{metric: sides.mean(place, metric) for metric in SHOWN},
        }
        if clustering is not None:
            codes = pool.clusterings[clustering].codes
            row["clusters"] = len(np.unique(codes[rows][codes[rows] >= 0]))
            row["cluster_coverage"] = cluster_coverage(codes, sides.pool.rows, rows)
        if projection is not None:
            row["map_coverage"] = map_coverage(pool, projection, sides.pool.rows, rows)
        if pool.tags:
            row["tags"] = distinct_tags(pool, rows)
        table.append({**row, "top_model": _top_model(sides, place)})
    return table


def effects_table(sides: SideBySide, clustering: str | None) -> list[Row]:
    """One row a selection and metric or kind of group: its mean or distance, and the effect sizes against the pool.

    Metrics: `shift`, the difference of the means in the pool's standard deviations (Glass's delta), and Cliff's delta.
    Groups: the Jensen-Shannon distance of the shares, and Cramér's V between group and being selected.
    """
    table: list[Row] = []
    shift = sides.shifts(SHOWN)
    for column, metric in enumerate(SHOWN):
        pool = sides.pool.metric(metric)
        for place, name in enumerate(sides.names):
            delta = cliffs_delta(sides.values(place, metric), pool)
            table.append(
                {"selection": name, "of": metric, "mean": sides.mean(place, metric), "pool": sides.pool_mean(metric),
                 "shift": float(shift[place, column]), "cliffs_delta": delta,
                 "jensen_shannon": float("nan"), "cramers_v": float("nan")}
            )  # fmt: skip
    nothing = {"mean": float("nan"), "pool": float("nan"), "shift": float("nan"), "cliffs_delta": float("nan")}
    for kind in kinds(sides, clustering):
        shares = sides.shares(kind, clustering)
        for place, name in enumerate(sides.names):
            table.append(
                {"selection": name, "of": kind, **nothing, "jensen_shannon": float(shares.distances[place]),
                 "cramers_v": float(shares.associations[place])}
            )  # fmt: skip
    return table


def kinds(sides: SideBySide, clustering: str | None) -> list[str]:
    """The kinds of shares that there is something to say about: two groups or more."""
    pool = sides.pool.pool
    there = {
        "clusters": clustering is not None,
        "sources": len(set(pool.sources.tolist())) > 1,
        "tags": len(pool.tags) > 1,
        "models": len(pool.models) > 1,
    }
    return [kind for kind in KINDS if there[kind]]


def _top_model(sides: SideBySide, place: int) -> str:
    selection = sides.entries[place].selection
    models = selection.candidates.chosen[selection.positions]
    return sides.pool.pool.models[int(np.bincount(models).argmax())].name if len(models) else ""
