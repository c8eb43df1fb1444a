"""The cards of Compare: headline numbers, and metrics against the pool."""

import streamlit as st

from crowdselect.compare.sides import SHOWN, SideBySide, metric_titles
from crowdselect.figures.against_pool import outlines, pool_bins, shifts
from crowdselect.figures.many_against_pool import intervals, shift_cells
from crowdselect.figures.overlap import matrix_height, times_held
from crowdselect.figures.style import label
from crowdselect.overlap import times_chosen
from pages._ui.cards import card, chart, nothing, number, short
from pages._ui.text import count, literal

FEW = 7  # selections whose colours can be told apart
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
            "Selections", f"{len(sides.names)}", f"{count(total, 'row')} in all",
            help="The current one and those that it is compared with.",
        )  # fmt: skip
        number(
            "Rows in any", f"{union:,}", f"of {len(sides.pool):,} eligible rows",
            help="Different rows that at least one of the selections holds.",
        )  # fmt: skip
        number(
            "Rows in all", f"{all_of_them:,}", "every selection holds them",
            help="Rows that all of the selections agree on.",
        )  # fmt: skip
        number(
            "Nearest to the current", f"{jaccard[nearest]:.2f}" if nearest else "–",
            literal(sides.names[nearest], 40) if nearest else "add a selection above",
            help="The highest Jaccard index with the current selection: rows in both / rows in either.",
        )  # fmt: skip


def held_card(sides: SideBySide) -> None:
    """How many selections hold a row."""
    with card("Agreement", help="How many rows are in exactly one, two, … of the selections.", key="held_card"):
        held = times_chosen(sides.rows, len(sides.pool.pool))
        chart(
            times_held(held, len(sides.rows), matrix_height(len(sides))),
            "held",
            "How many rows are in one, two or all selections",
        )


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
        drawn = shifts if len(sides) <= FEW else shift_cells
        chart(drawn(sides.names, titles, shift, hover), "means", "Mean of each metric against the pool")


def outlines_card(sides: SideBySide) -> None:
    """Each metric's distribution, the pool and every selection."""
    with card(
        "Distributions", key="outlines_card",
        help="Share of rows at each value: the eligible pool filled in grey, every selection as a line. Of more than "
        f"{FEW} selections: the median, the middle half and the middle nine tenths; the pool's middle half in grey.",
    ):  # fmt: skip
        if not len(sides.pool):
            nothing(NOTHING)
            return
        pools = [sides.pool.metric(metric) for metric in SHOWN]
        values = [[sides.values(place, metric) for metric in SHOWN] for place in range(len(sides))]
        if len(sides) <= FEW:
            drawn = outlines(metric_titles(), [pool_bins(each) for each in pools], sides.names, values)
        else:
            drawn = intervals(metric_titles(), pools, sides.names, values)
        chart(drawn, "outlines", "Distribution of each metric")
