"""What a selection comes to, in numbers and charts."""

from functools import partial

import numpy as np
import streamlit as st

from crowdselect.figures.coverage import coverage as coverage_figure
from crowdselect.figures.distributions import Distribution, distributions, histogram
from crowdselect.reasons.shortfall import shortfall
from crowdselect.selection import Selection, gather
from crowdselect.stats import compare_metric, coverage
from pages._ui.cards import card, chart, colours, nothing, number, short, signed
from pages._ui.recipe import DEFAULT_WEIGHTS, metric_help, metric_legend, metric_title
from pages._ui.text import count, literal

ROW_HEIGHT = 128  # of one distribution


def shown_metrics(selection: Selection) -> list[str]:
    """The three metrics of the paper, the best reward, and every other one that has a weight."""
    weights = selection.recipe.select.weights if selection.recipe.select.strategy == "weighted" else {}
    names = [*DEFAULT_WEIGHTS, "reward", *(name for name, weight in weights.items() if weight)]
    return list(dict.fromkeys(names))


def number_cards(selection: Selection, asked: int) -> None:
    """How many of the `asked` rows, where the cut is, how the metrics moved, what is covered and what is left out."""
    pool = selection.candidates.pool
    left_out = len(pool) - selection.eligible
    metrics = shown_metrics(selection)
    unweighed = selection.recipe.select.strategy == "weighted" and not any(selection.recipe.select.weights.values())
    with st.grid(-(-(len(metrics) + 4) // 2), min_column_width=150, key="cards"):
        number(
            "Selected", f"{len(selection):,}",
            f"{asked:,} asked for" if len(selection) < asked else f"of {count(len(pool), 'row')}",
            help="Rows in the selection, and instructions in the workspace, or how many were asked for where fewer "
            "could be selected.",
        )  # fmt: skip
        number(
            "Cut-off", short(selection.cutoff), "all weights are 0" if unweighed else "score of the last row",
            help="The score that the last selected row has. Weighted: the sum of weight × normalised metric; where all "
            "weights are 0, every row has the same, and the order of the uuids decides.",
        )  # fmt: skip
        for name in metrics:
            compared = compare_metric(selection, name)
            number(
                literal(metric_legend(name)), short(compared.selected), "vs pool",
                delta=signed(compared.change),
                help=f"Mean over the selection; below it the difference to the eligible pool's mean, "
                f"{short(compared.pool)}.  \n{metric_help(name)}",
            )  # fmt: skip
        clustering = clustering_shown(selection)
        if clustering:
            spread = coverage(selection, clustering)
            number(
                "Clusters covered", f"{spread.covered} of {len(spread.labels)}", literal(clustering),
                help="Clusters with at least one selected row.",
            )  # fmt: skip
        else:
            number("Clusters covered", "–", "no clusters", "Run `python -m precompute run cluster`.")
        number(
            "Left out", f"{left_out:,}", "not eligible" if left_out else "every row is eligible",
            help=f"Rows that cannot be selected: {literal(shortfall(selection), 300)}." if left_out else
            "Rows that cannot be selected.",
        )  # fmt: skip


def nobody(selection: Selection) -> str:
    """Why nothing can be selected, and what to do."""
    if selection.unpaired and not len(selection.candidates):
        return "No instruction has a pair within the limits. Loosen them at the left, under Preference pairs."
    if selection.recipe.pool.where and not len(selection.candidates) and _without_filters(selection):
        return "No instruction that could be chosen meets all filters. Take one of them away at the top of the page."
    if len(selection.candidates) and not selection.eligible:
        return _unranked(selection)
    return "No row has the scores that these need. Choose “Available” under Scores and ties, or ingest scores."


def _without_filters(selection: Selection) -> int:
    """How many candidates there would be."""
    recipe, candidates = selection.recipe, selection.candidates
    spec = recipe.pool.model_copy(update={"where": ()})
    return len(gather(candidates.pool, spec, recipe.response, recipe.select.seed, candidates.methods))


def _unranked(selection: Selection) -> str:
    """There are candidates, but none has a value of all that counts."""
    select = selection.recipe.select
    weights = select.weights if select.strategy == "weighted" else {}
    empty = [n for n, weight in weights.items() if weight and not np.isfinite(selection.candidates.metric(n)).any()]
    if not empty:
        return "No row has all values that the strategy ranks by. Choose another at the left, or fewer weights."
    names = " and ".join(literal(metric_title(name)) for name in empty)
    return f"{names}: no row has a value. Set the weight to 0 at the left."


def clustering_shown(selection: Selection) -> str | None:
    """The recipe's clustering, else the workspace's first."""
    if selection.recipe.select.clusters:
        return selection.recipe.select.clusters.name
    return next(iter(selection.candidates.pool.clusterings), None)


def distribution_card(selection: Selection) -> None:
    """Each metric over the eligible pool and over the selection."""
    with card(
        "Distributions", colours=colours("selection", "pool"),
        help="Share of rows at each value: the eligible pool in grey, the selection in colour.",
    ):  # fmt: skip
        candidates = selection.candidates
        if not len(candidates):
            nothing(nobody(selection))
            return
        shown = []
        for name in shown_metrics(selection):
            values = candidates.metric(name)
            pool = candidates.kept(("histogram", name), partial(histogram, values))
            shown.append(Distribution(metric_legend(name), pool, values[selection.positions]))
        chart(distributions(shown, ROW_HEIGHT), "distributions", "Distribution of each metric, pool against selection")


def coverage_card(selection: Selection) -> None:
    """Every cluster's share of the selection beside its share of the pool."""
    with card(
        "Coverage", colours=colours("selection", "pool"),
        help="Each cluster's share of the eligible pool and of the selection, with counts on hover.",
    ):  # fmt: skip
        clustering = clustering_shown(selection)
        if clustering is None:
            nothing("No clusters yet. This groups the instructions by meaning:", "python -m precompute run cluster")
            return
        if not len(selection.candidates):
            nothing(nobody(selection))
            return
        spread = coverage(selection, clustering)
        figure = coverage_figure(spread.labels.tolist(), spread.names, spread.pool, spread.selected)
        chart(figure, "coverage", f"Share of each cluster of {clustering} in the pool and in the selection")
