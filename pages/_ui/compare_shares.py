"""What the selections are made of: clusters, sources, tags, and the models whose responses they take."""

import streamlit as st

from crowdselect.compare.sides import SideBySide
from crowdselect.figures.shares import against_pool, parts
from pages._ui.cards import card, chart, nothing
from pages._ui.compare import NOTHING
from pages._ui.compare_entries import clustering
from pages._ui.compare_kept import kinds_of, shares_of

MOST = 40  # groups that a chart has room for
RATIO = (
    "share of the selection divided by its share of the eligible pool: 1× is as in the pool, blue is more, orange less."
    " Hover for both shares."
)


def made_of_card(sides: SideBySide) -> None:
    """Every kind of shares, the chart of one at a time: those that nobody looks at are not drawn."""
    kinds = {"Clusters": _clusters} | {
        title: part for title, part in (("Sources", _sources), ("Tags", _tags)) if title.lower() in kinds_of(sides)
    }  # fmt: skip
    kinds["Models"] = _models
    with card("What they are made of", key="made_of_card", help="Which parts of the pool each selection prefers."):
        tabs = st.tabs(list(kinds), key="made_of", bind="query-params")
        for tab, part in zip(tabs, kinds.values(), strict=True):
            if tab.open:
                with tab:
                    part(sides)


def _clusters(sides: SideBySide) -> None:
    """Which clusters a selection prefers, and which it leaves out."""
    if clustering(sides.entries[0].selection) is None:
        nothing("No clusters yet. This groups the instructions by meaning:", "python -m precompute run cluster")
        return
    st.caption(f"A cluster’s {RATIO}")
    _against("clusters", sides, "cluster_shares")


def _sources(sides: SideBySide) -> None:
    """Where its instructions come from."""
    st.caption(f"A source’s {RATIO}")
    _against("sources", sides, "source_shares")


def _tags(sides: SideBySide) -> None:
    """What they are about."""
    st.caption(f"A tag’s {RATIO} A row with several tags counts once for each; shares are of all tags given.")
    _against("tags", sides, "tag_shares")


def _models(sides: SideBySide) -> None:
    """Whose responses a selection would export."""
    if not len(sides.pool):
        nothing(NOTHING)
        return
    st.caption(
        "The share of a selection’s rows whose exported response is that model’s. First line: the eligible pool."
    )
    shares = shares_of(sides, "models")
    chart(
        parts(["Eligible pool", *sides.names], shares.names, shares.with_pool), "models",
        "Each selection's share of the models",
    )  # fmt: skip


def _against(kind: str, sides: SideBySide, key: str) -> None:
    if not len(sides.pool):
        nothing(NOTHING)
        return
    shares = shares_of(sides, kind)
    shown = shares.largest(MOST)
    chart(
        against_pool(sides.names, shown.names, shown.pool, shown.selected), key,
        f"Each selection's share of the {kind} against the pool's",
    )  # fmt: skip
    if len(shown.names) < len(shares.names):
        st.caption(f"The {MOST} largest of {len(shares.names):,} {kind}.")
