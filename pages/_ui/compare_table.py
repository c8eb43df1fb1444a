"""The numbers of Compare as a table, and as a file."""

from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.compare.layouts import to_csv
from crowdselect.compare.sides import SHOWN, SideBySide
from crowdselect.compare.table import selections_table
from pages._ui.cards import card
from pages._ui.compare_entries import clustering
from pages._ui.recipe import metric_help, metric_title
from pages._ui.text import one_line


def table_card(sides: SideBySide) -> None:
    """One row a selection; the file holds the same rows with every digit."""
    rows = selections_table(sides, clustering(sides.entries[0].selection), None)
    with card("In numbers", help="Means over each selection, by the current reward model.", key="table_card") as corner:
        with corner:
            st.download_button(
                f"Download {len(rows)} rows as CSV", lambda: to_csv(rows), "comparison.csv", "text/csv",
                key="download_comparison", on_click="ignore", icon=":material/download:",
                help="Comma-separated, UTF-8. A text that a spreadsheet would run as a formula has an apostrophe "
                "before it.",
            )  # fmt: skip
        frame = pd.DataFrame(rows)
        for column in ("selection", "top_model"):
            frame[column] = [one_line(text) for text in frame[column]]
        st.dataframe(
            frame, key="comparison", hide_index=True, column_config=_columns(), placeholder="–",
            alt="Sizes, overlap and means of the selections",
        )  # fmt: skip


def _columns() -> dict[str, Any]:
    config = st.column_config
    means = {name: config.NumberColumn(metric_title(name), help=metric_help(name), format="%.4g") for name in SHOWN}
    return {
        **means,
        "selection": config.TextColumn("Selection", pinned=True, help="As chosen above."),
        "strategy": config.TextColumn("Strategy", help="How its rows were chosen."),
        "rows": config.NumberColumn("Rows", format="localized", help="Fewer than asked where fewer are eligible."),
        "shared": config.NumberColumn("Shared", format="localized", help="Rows that the current selection holds too."),
        "jaccard": config.NumberColumn("Jaccard", format="%.3f", help="With the current selection."),
        "clusters": config.NumberColumn("Clusters", help="Clusters with at least one of its rows."),
        "top_model": config.TextColumn("Most responses of", help="The model that gives most of its responses."),
    }
