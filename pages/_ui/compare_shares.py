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


def clusters_card(sides: SideBySide) -> None:
    """Which clusters a selection prefers, and which it leaves out."""
    with card("Clusters", key="clusters_card", help=f"A cluster's {RATIO}"):
        if clustering(sides.entries[0].selection) is None:
            nothing("No clusters yet. This groups the instructions by meaning:", "python -m precompute run cluster")
            return
        _against("clusters", sides, "cluster_shares")


def sources_card(sides: SideBySide) -> None:
    """Where its instructions come from; nothing where they all come from one place."""
    if "sources" not in kinds_of(sides):
        return
    with card("Sources", key="sources_card", help=f"A source's {RATIO}"):
        _against("sources", sides, "source_shares")


def tags_card(sides: SideBySide) -> None:
    """What they are about; nothing where there are no tags."""
    if "tags" not in kinds_of(sides):
        return
    with card(
        "Tags", key="tags_card",
        help=f"A tag's {RATIO} A row with several tags counts once for each; shares are of all tags given.",
    ):  # fmt: skip
        _against("tags", sides, "tag_shares")


def models_card(sides: SideBySide) -> None:
    """Whose responses a selection would export."""
    with card(
        "Models of the responses", key="models_card",
        help="The share of a selection's rows whose exported response is that model's. First line: the eligible pool.",
    ):  # fmt: skip
        if not len(sides.pool):
            nothing(NOTHING)
            return
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
