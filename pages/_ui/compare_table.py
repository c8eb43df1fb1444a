"""The numbers of Compare as tables, and as files."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.compare.layouts import to_csv, to_latex
from crowdselect.compare.measures import redundancy_columns, robustness_columns, said_of
from crowdselect.compare.sides import SHOWN, SideBySide
from crowdselect.compare.table import COLUMNS, Cell, Row
from crowdselect.figures.robustness_of_each import robustness_of_each
from crowdselect.store import Build
from pages._ui.address import bound
from pages._ui.cards import card, chart
from pages._ui.compare_kept import effects_of, redundancy_of, robustness_of, table_of
from pages._ui.recipe import metric_help, metric_title
from pages._ui.text import count, one_line, show_sentence

FEW = 20  # rows that are shown without a scroll bar
WIDE = {"selection": 170, "top_model": 190}
LATEX = "A booktabs table as wide as the text; its first line names the packages. Every name is escaped."
HIDDEN: dict[str, Any] = {"robustness": None}  # for scripts: two bounds are shown, and no number between them


def table_card(sides: SideBySide, build: Build) -> None:
    """One row a selection; the files hold the same rows with every digit."""
    with card(
        "In numbers", help="Means over each selection, by the current reward model.", key="table_card", corner=True
    ) as corner:
        with corner, st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            deep = bound(
                st.toggle, "Robustness and redundancy", key="deep", default=False,
                help="Robustness: each selection is made again for 200 bootstrap draws of the models and for halves of "
                "them, which takes "
                "seconds for many rows. Redundancy: mean cosine similarity of a row to its nearest neighbour inside "
                "the selection. Both are kept until the choices change.",
            )  # fmt: skip
            place = st.container(horizontal=True, gap="xsmall", width="content")
        rows = _rows(sides, build, deep)
        with place:
            _downloads(rows, rows, "comparison", "Selections side by side.")
        _show(rows, "comparison", "Sizes, overlap and means of the selections", _columns() | HIDDEN)
        if deep:
            _robustness(rows)


def _robustness(rows: list[Row]) -> None:
    st.markdown("**Robustness of each**", help="The Jaccard index of the selection with the one that another crowd of "
                "the same kind would choose lies between these bounds, on average: two halves of the crowd, and "
                "bootstrap draw against bootstrap draw.")  # fmt: skip
    frame = pd.DataFrame(rows)
    numbers = [frame[name].to_numpy(float) for name in ("robustness_low", "robustness_high", "core")]
    chart(
        robustness_of_each(frame["selection"].tolist(), *numbers),
        "robust",
        "Bounds of the expected Jaccard index of each selection",
    )


def effects_card(sides: SideBySide) -> None:
    """How much each selection differs from the pool, on scales that can be compared."""
    if not len(sides.pool):
        return
    with card(
        "Effect sizes", key="effects_card",
        help="Against the eligible pool. Metrics and lengths: Cliff's δ = P(selected > pool) − P(selected < pool), −1 "
        "to 1; as a rule of thumb 0.15 is small, 0.33 medium, 0.47 large. Shares of clusters, sources, tags and "
        "models: the Jensen-Shannon distance, 0 as in the pool, 1 nothing in common; and Cramér's V between the group "
        "and being selected, 0 no relation, 1 the group decides.", corner=True,
    ) as corner:  # fmt: skip
        long = effects_of(sides)
        with corner, st.container(horizontal=True, gap="xsmall", width="content"):
            place = st.container(horizontal=True, gap="xsmall", width="content")
        wide: dict[str, Row] = {name: {"selection": name} for name in sides.names}
        config: dict[str, Any] = {}
        for row in long:
            of, mine = str(row["of"]), wide[str(row["selection"])]
            if of in SHOWN:
                mine[of] = row["cliffs_delta"]
                config[of] = _number(f"{metric_title(of)} δ", f"Cliff's δ.  \n{metric_help(of)}")
            else:
                mine[of], mine[f"{of}_v"] = row["jensen_shannon"], row["cramers_v"]
                config[of] = _number(f"{of.capitalize()} JS", f"Jensen-Shannon distance of the shares of {of}.")
                config[f"{of}_v"] = _number(f"{of.capitalize()} V", f"Cramér's V of {of} and being selected.")
        config["selection"] = _columns()["selection"]
        with place:
            _downloads(long, list(wide.values()), "effect-sizes", "Effect sizes against the pool.")
        _show(list(wide.values()), "effects", "Effect sizes of every selection against the pool", config)


def _rows(sides: SideBySide, build: Build, deep: bool) -> list[Row]:
    extra: dict[str, list[Cell]] = {}
    if deep:
        selections = [entry.selection for entry in sides.entries]
        with st.spinner("Drawing the crowd again…"):
            robust, notes = robustness_columns(selections, sides.names, lambda each: robustness_of(build, each))
            similar, why = redundancy_columns(selections, lambda each: redundancy_of(build, each))
        extra = {**similar, **robust}
        said = [why] if why else []
        said += said_of(notes)
        if said:
            show_sentence("\n".join(said))
    projection = next(iter(sides.pool.pool.projections), None)
    return table_of(sides, projection, extra)


def _downloads(rows: list[Row], printed: list[Row], name: str, caption: str) -> None:
    """`printed` are the rows as a paper has room for them."""
    what = count(len(rows), "row")
    st.download_button(
        "CSV", lambda: to_csv(rows), f"{name}.csv", "text/csv", key=f"download_{name.replace('-', '_')}",
        on_click="ignore", icon=":material/download:",
        help=f"{what}, comma-separated, UTF-8, every digit. A text that a spreadsheet would run as a formula has an "
        "apostrophe before it.",
    )  # fmt: skip
    st.download_button(
        "LaTeX", lambda: to_latex(printed, caption, f"tab:{name}"), f"{name}.tex", "text/x-tex",
        key=f"latex_{name.replace('-', '_')}", on_click="ignore", icon=":material/download:", help=LATEX,
    )  # fmt: skip


def _show(rows: list[Row], key: str, alt: str, config: Mapping[str, Any]) -> None:
    frame = pd.DataFrame(rows)
    for column in ("selection", "top_model"):
        if column in frame:
            frame[column] = [one_line(text) for text in frame[column]]
    st.dataframe(
        frame, key=key, hide_index=True, column_config=config, placeholder="–", alt=alt,
        height="content" if len(frame) <= FEW else 720,
    )  # fmt: skip


def _columns() -> dict[str, Any]:
    config = st.column_config
    columns: dict[str, Any] = {}
    for name, column in COLUMNS.items():
        if name in SHOWN:
            columns[name] = config.NumberColumn(metric_title(name), help=metric_help(name), format="%.4g")
        elif name in ("selection", "strategy", "top_model"):
            columns[name] = config.TextColumn(
                column.title, help=column.help, pinned=name == "selection", width=WIDE.get(name)
            )
        elif column.decimals is None:
            columns[name] = config.NumberColumn(column.title, help=column.help, format="localized")
        else:
            columns[name] = _number(column.title, column.help)
    return columns


def _number(title: str, help: str) -> Any:
    return st.column_config.NumberColumn(title, help=help, format="%.3f")
