"""The sidebar's constraints: budget, shares, distance, near-duplicates, and the rows that are pinned or banned."""

from typing import Any

import streamlit as st

from crowdselect.constraints.sentences import title
from crowdselect.constraints.spec import Share
from crowdselect.pool import Pool
from crowdselect.strategies.row_lengths import has_lengths
from pages._ui.constraints import change, constraints, release
from pages._ui.constraints_fill import fill_choice
from pages._ui.constraints_values import TITLES, clusterings, fields, offered
from pages._ui.errors import show_text_error
from pages._ui.text import literal

KEY = "_limit_"  # before the keys of these widgets, which follow the session's constraints
EVERY = ""  # a share of every value
KEEP = "keep"
SHOWN = 20  # pinned or banned rows


def constraint_controls(pool: Pool) -> None:
    """All of them; each says what it does, and does nothing while it is empty."""
    _budget(pool)
    _shares(pool)
    _distance()
    _duplicates(pool)
    for what, uuids in (("Pinned", constraints().pinned), ("Banned", constraints().banned)):
        _named(what, uuids)


def _shown(name: str, value: Any) -> str:
    """The key of a widget that shows this value."""
    st.session_state[KEY + name] = value
    return KEY + name


def _get(name: str) -> Any:
    return st.session_state.get(KEY + name)


def _budget(pool: Pool) -> None:
    now = constraints().budget
    st.number_input(
        "Budget", 1, 2**53 - 1, None, step=1000, placeholder="no limit", key=_shown("budget", now.max if now else None),
        on_change=_set_budget, help="The most words or tokens that all selected rows may have together.",
    )  # fmt: skip
    if now is None:
        return
    with st.container(horizontal=True, gap="small"):
        units = [unit for unit in ("words", "tokens") if unit == now.unit or has_lengths(pool, unit, now.of)]
        st.selectbox(
            "Unit", units, key=_shown("unit", now.unit), on_change=_set_budget, format_func=str.capitalize,
            help="Tokens where the job tokens has counted them (`run tokens`).",
        )  # fmt: skip
        st.selectbox(
            "Of", ["pair", "instruction", "response"], key=_shown("of", now.of), on_change=_set_budget,
            format_func=str.capitalize, help="A pair is the instruction with the response that is exported.",
        )  # fmt: skip
    fill_choice(pool, _shown("fill", now.fill), _set_budget)
    if not has_lengths(pool, "tokens", now.of):
        st.caption("Tokens are not counted here: run the job tokens (Data, Jobs) to set a budget in them.")


def _set_budget() -> None:
    most = _get("budget")
    parts = {"max": int(most or 0), "unit": _get("unit") or "words", "of": _get("of") or "pair",
             "fill": _get("fill") or "size"}  # fmt: skip
    change(budget=None if most is None else parts)


def _shares(pool: Pool) -> None:
    for place, share in enumerate(constraints().shares):
        st.button(
            literal(said(share), 60), key=f"drop_share_{place}", icon=":material/close:", icon_position="right",
            on_click=_drop_share, args=(share,), width="stretch", help="Take this share away.",
        )  # fmt: skip
    if fields(pool):
        with st.popover("Add a share", icon=":material/percent:", key="add_share", width="stretch",
                        help="The least or the most of the selection that a source, tag, … may make up."):  # fmt: skip
            _share_form(pool)


def said(share: Share) -> str:
    """source 'web' at most 30 %."""
    least = "" if share.min is None else f" at least {100 * share.min:g} %"
    return f"{title(share)}{least}{'' if share.max is None else f' at most {100 * share.max:g} %'}"


@st.fragment
def _share_form(pool: Pool) -> None:
    by = st.selectbox("Of", fields(pool), key=f"{KEY}by", format_func=lambda by: TITLES[by],
                      help="What the rows are told apart by. Model: whose response is exported.")  # fmt: skip
    names = clusterings(pool)
    clustering = None
    if by == "cluster":
        clustering = names[0] if len(names) == 1 else st.selectbox(
            "Clustering", names, key=f"{KEY}clustering", help="Which of the workspace's clusterings.",
        )  # fmt: skip
    known = offered(pool, by, clustering)
    value = st.selectbox(
        "Value", [EVERY, *known], key=f"{KEY}value_{by}_{clustering}", help="Every value: the share holds for each.",
        format_func=lambda value: known.get(value, "Every value"),
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        low = st.number_input("At least", 0.0, 1.0, None, 0.05, key=f"{KEY}min", placeholder="any",
                              help="Of the selection: 0.1 is a tenth.")  # fmt: skip
        high = st.number_input("At most", 0.0, 1.0, None, 0.05, key=f"{KEY}max", placeholder="any",
                               help="Of the selection: 0.3 is three tenths.")  # fmt: skip
    if low is not None and high is not None and low > high:
        show_text_error(f"At least {low:g} and at most {high:g}: no share is both. Swap them.")
        return
    added = st.button("Add the share", key=f"{KEY}add", icon=":material/add:", type="primary", width="stretch",
                      disabled=low is None and high is None, help="It joins the list; all of them hold.")  # fmt: skip
    if added:
        document = {"by": by, "clustering": clustering, "value": value or None, "min": low, "max": high}
        share = Share.model_validate(document)
        change(shares=(*(one for one in constraints().shares if one != share), share))
        st.rerun()


def _drop_share(share: Share) -> None:
    change(shares=tuple(one for one in constraints().shares if one != share))


def _distance() -> None:
    now = constraints().distance
    st.number_input(
        "Minimum distance", 0.0, 2.0, None, step=0.05, placeholder="none",
        key=_shown("distance", now.min if now else None), on_change=_set_distance, format="%g",
        help="Any two selected rows are at least this far apart: 1 − cosine of their embeddings. Needs the job embed.",
    )  # fmt: skip


def _set_distance() -> None:
    least, now = _get("distance"), constraints().distance
    embeddings = now.embeddings if now else None
    change(distance={"min": least, "embeddings": embeddings} if least else None)


def _duplicates(pool: Pool) -> None:
    now = constraints().duplicates
    known = list(dict.fromkeys([*pool.duplicates, *([now.by] if now else [])]))
    if not known:
        st.caption("Near-duplicates are not known here yet: `python -m precompute run duplicates`.")
        return
    titles = {KEEP: "Keep", "minhash": "Text", "embedding": "Meaning"}
    st.segmented_control(
        "Near-duplicates", [KEEP, *known], key=_shown("duplicates", now.by if now else KEEP), required=True,
        on_change=_set_duplicates, format_func=lambda by: titles[by], width="stretch",
        help="Of rows that are nearly the same, only the best is taken. Text: MinHash over character 5-grams. Meaning: "
        "cosine similarity of the embeddings.",
    )  # fmt: skip
    if now is not None and now.by in pool.duplicates:
        least = pool.duplicates[now.by].threshold
        value = least if now.threshold is None else max(now.threshold, least)
        st.slider(
            "Alike from", least, 1.0, step=0.01, key=_shown("alike", value), on_change=_set_duplicates,
            help=f"Rows at least as similar as this are near-duplicates; the job looked from {least:g} on.",
        )  # fmt: skip


def _set_duplicates() -> None:
    by, before = _get("duplicates"), constraints().duplicates
    threshold = _get("alike") if before is not None and before.by == by else None
    change(duplicates=None if by in (KEEP, None) else {"by": by, "threshold": threshold})


def _named(what: str, uuids: tuple[str, ...]) -> None:
    """The rows, each with the way to let it go."""
    if not uuids:
        return
    with st.popover(f"{what}: {len(uuids):,}", key=f"{what.lower()}_rows", width="stretch",
                    icon=":material/keep:" if what == "Pinned" else ":material/block:",
                    help="Rows are pinned and banned in Browse."):  # fmt: skip
        for uuid in uuids[:SHOWN]:
            st.button(
                literal(uuid, 40), key=f"release_{uuid}", icon=":material/close:", icon_position="right",
                on_click=release, args=(uuid,), width="stretch", help=f"Let go: {literal(uuid, 200)}",
            )  # fmt: skip
        if len(uuids) > SHOWN:
            st.caption(f"and {len(uuids) - SHOWN:,} more")
        st.button(
            "Let all go", key=f"release_all_{what}", on_click=lambda: change(**{what.lower(): ()}), type="tertiary",
            help="Undo brings them back.",
        )  # fmt: skip
