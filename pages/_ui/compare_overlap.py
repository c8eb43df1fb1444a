"""Which rows the selections have in common, and whether they rank them alike."""

import streamlit as st

from crowdselect.compare.sets import intersections
from crowdselect.compare.sides import SideBySide
from crowdselect.figures.orders import order_matrix
from crowdselect.figures.overlap import overlap_matrix
from crowdselect.figures.sets import sets
from pages._ui.address import bound
from pages._ui.cards import card, chart, nothing
from pages._ui.compare_kept import orders_of
from pages._ui.text import count

CELLS = {"jaccard": "Jaccard", "rows": "Shared rows", "spearman": "Order ρ", "kendall": "Order τ"}
SETS = 24  # combinations that the set view has room for


def overlap_card(sides: SideBySide) -> None:
    """Every two of them; the diagonal holds their sizes."""
    with card(
        "Overlap and order", key="overlap_card",
        help="Jaccard index: rows in both / rows in either, 0 to 1; on the diagonal how many rows each has.  \n"
        "Order ρ: Spearman's rank correlation of the two priorities over all rows that both could choose.  \n"
        "Order τ: Kendall's τ-b of the places of the rows that both chose (of more than 5,000 an even sample).",
    ) as corner:  # fmt: skip
        with corner:
            shown = bound(
                st.segmented_control, "Cells show", list(CELLS), key="cells", default="jaccard", required=True,
                format_func=CELLS.get, label_visibility="collapsed",
                help="What two selections share, or whether they rank alike.",
            )  # fmt: skip
        if shown in ("spearman", "kendall"):
            found = orders_of(sides)
            matrix, rows = (found.pool, found.pool_rows) if shown == "spearman" else (found.shared, found.shared_rows)
            chart(
                order_matrix(sides.names, matrix, rows, "ρ" if shown == "spearman" else "τ"), "orders",
                "Rank correlation of every two selections",
            )  # fmt: skip
            return
        both = sides.overlap()
        chart(
            overlap_matrix(sides.names, both.jaccard, both.shared, shown == "rows"), "overlap",
            "Overlap of every two selections",
        )  # fmt: skip


def sets_card(sides: SideBySide) -> None:
    """Exactly which selections hold which rows."""
    with card(
        "Sets", key="sets_card",
        help="Each bar counts the rows that are in exactly the selections with a dot below it, and in no other; the "
        "bars of all combinations add up to the rows in any. Blue: the current selection holds them.",
    ):  # fmt: skip
        found = intersections(sides.rows, len(sides.pool.pool))
        if not found:
            nothing("No selection holds a row.")
            return
        chart(sets(sides.names, found[:SETS]), "sets", "Rows in exactly these selections, largest combinations first")
        if len(found) > SETS:
            rest = sum(each.rows for each in found[SETS:])
            others = count(rest, "row is", "rows are")
            st.caption(f"The {SETS} largest of {len(found):,} combinations; {others} in the others.")
