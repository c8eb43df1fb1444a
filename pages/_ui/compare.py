"""The cards of Compare: headline numbers, metrics against the pool, clusters and models."""

import streamlit as st

from crowdselect.compare.sides import SHOWN, SideBySide, metric_titles
from crowdselect.figures.against_pool import outlines, pool_bins, shifts
from crowdselect.figures.overlap import times_held
from crowdselect.figures.shares import against_pool, parts
from crowdselect.figures.style import label
from crowdselect.overlap import times_chosen
from pages._ui.cards import card, chart, nothing, number, short
from pages._ui.compare_entries import clustering
from pages._ui.text import literal

NOTHING = "No row is eligible under the current recipe, so there is nothing to compare. See “Left out” in Tune."


def number_cards(sides: SideBySide) -> None:
    """How many selections, how many rows are in any and in all of them, and which is nearest the current one."""
    held = times_chosen(sides.rows, len(sides.pool.pool))
    union, all_of_them = int((held > 0).sum()), int((held == len(sides.rows)).sum())
    jaccard = sides.overlap().jaccard[0]
    nearest = max(range(1, len(sides.names)), key=lambda place: jaccard[place], default=None)
    total = sum(len(rows) for rows in sides.rows)
    with st.grid(4, min_column_width=200, key="cards"):
        number(
            "Selections", f"{len(sides.names)}", f"{total:,} rows in all", key="card_selections",
            help="The current one and those that it is compared with.",
        )  # fmt: skip
        number(
            "Rows in any", f"{union:,}", f"of {len(sides.pool):,} eligible rows", key="card_any",
            help="Different rows that at least one of the selections holds.",
        )  # fmt: skip
        number(
            "Rows in all", f"{all_of_them:,}", "every selection holds them", key="card_all",
            help="Rows that all of the selections agree on.",
        )  # fmt: skip
        number(
            "Nearest to the current", f"{jaccard[nearest]:.2f}" if nearest else "–",
            literal(sides.names[nearest], 40) if nearest else "add a selection above", key="card_nearest",
            help="The highest Jaccard index with the current selection: rows in both / rows in either.",
        )  # fmt: skip


def held_card(sides: SideBySide) -> None:
    """How many selections hold a row."""
    with card("Agreement", help="How many rows are in exactly one, two, … of the selections.", key="held_card"):
        held = times_chosen(sides.rows, len(sides.pool.pool))
        height = max(250, 90 + 52 * len(sides.names))
        chart(times_held(held, len(sides.rows), height), "held", "How many rows are in one, two or all selections")


def means_card(sides: SideBySide) -> None:
    """Every metric's mean, in standard deviations from the pool's."""
    with card(
        "Means against the pool", key="means_card",
        help="How far the mean over a selection lies from the mean over the current recipe's eligible pool, in the "
        "pool's standard deviations. All selections are measured by the current reward model, whatever chose them; a "
        "response's length is that of the response each would export.",
    ):  # fmt: skip
        shift = sides.shifts(SHOWN)
        if not len(sides.pool):
            nothing(NOTHING)
            return
        titles = metric_titles()
        hover = [
            [
                f"{label(name)}<br>{title}: mean {short(sides.mean(place, metric))}, "
                f"pool {short(sides.pool_mean(metric))}"
                for metric, title in zip(SHOWN, titles, strict=True)
            ]
            for place, name in enumerate(sides.names)
        ]
        chart(shifts(sides.names, titles, shift, hover), "means", "Mean of each metric against the pool")


def outlines_card(sides: SideBySide) -> None:
    """Each metric's distribution, the pool and every selection."""
    with card(
        "Distributions", key="outlines_card",
        help="Share of rows at each value: the eligible pool filled in grey, every selection as a line.",
    ):  # fmt: skip
        if not len(sides.pool):
            nothing(NOTHING)
            return
        pools = [pool_bins(sides.pool.metric(metric)) for metric in SHOWN]
        values = [[sides.values(place, metric) for metric in SHOWN] for place in range(len(sides.names))]
        chart(outlines(metric_titles(), pools, sides.names, values), "outlines", "Distribution of each metric")


def clusters_card(sides: SideBySide) -> None:
    """Which clusters a selection prefers, and which it leaves out."""
    with card(
        "Clusters", key="clusters_card",
        help="A cluster's share of the selection divided by its share of the eligible pool: 1× is as in the pool, blue "
        "is more, orange less. Hover for both shares.",
    ):  # fmt: skip
        name = clustering(sides.entries[0].selection)
        if name is None or not len(sides.pool):
            nothing("No clusters yet. This groups the instructions by meaning:", "python -m precompute run cluster")
            return
        shares = sides.cluster_shares(name)
        chart(
            against_pool(sides.names, shares.names, shares.pool, shares.selected), "cluster_shares",
            "Each selection's share of the clusters against the pool's",
        )  # fmt: skip


def models_card(sides: SideBySide) -> None:
    """Whose responses a selection would export."""
    with card(
        "Models of the responses", key="models_card",
        help="The share of a selection's rows whose exported response is that model's. First line: the eligible pool.",
    ):  # fmt: skip
        if not len(sides.pool):
            nothing(NOTHING)
            return
        shares = sides.model_shares()
        chart(
            parts(["Eligible pool", *sides.names], shares.names, shares.with_pool), "models",
            "Each selection's share of the models",
        )  # fmt: skip
