"""Preference pairs: the sidebar's choices of what is rejected and within which limits, and their part of the recipe."""

from typing import Any

import streamlit as st

from crowdselect.export.pairs_spec import DEFAULT_K, REJECTED, PairSpec
from crowdselect.pool import Pool
from crowdselect.selection import Selection
from pages._ui.address import bound
from pages._ui.cards import short

ON, WHICH, K, MARGIN, CONSENSUS, RATIO, GAP = (
    "with_pairs", "rejected", "pair_k", "margin", "consensus", "length_ratio", "length_gap"
)  # fmt: skip
NO_CONSENSUS, NO_RATIO, NO_GAP = "none", 0.0, -1  # what the widgets say for no limit
TITLES = {"worst": "Worst", "kth": "K-th best", "random": "Random"}


def pair_controls(pool: Pool) -> None:
    """Whether only instructions with a pair can be selected, and the limits of a pair."""
    on = bound(
        st.toggle, "Only rows with a pair", key=ON, default=False,
        help="A pair is the exported response and a lower scored one. The formats Preference and KTO always ask for "
        "one: against the worst response, unless this says otherwise.",
    )  # fmt: skip
    # Always there: a widget that a loaded recipe is the first to show would be missing from the address.
    which = bound(
        st.selectbox, "Rejected", list(REJECTED), key=WHICH, default="worst", format_func=lambda name: TITLES[name],
        disabled=not on, help="  \n".join(f"{TITLES[name]}: {about}." for name, about in REJECTED.items()),
    )  # fmt: skip
    most = max(len(pool.models), 2)
    bound(
        st.number_input, "Rank k", 2, most, key=K, default=min(DEFAULT_K, most), disabled=not on or which != "kth",
        help="For k-th best: by score among the instruction’s scored responses; 1 is the best.",
    )  # fmt: skip
    bound(
        st.number_input, "Least gap of scores", 0.0, step=0.1, key=MARGIN, default=0.0, format="%g", disabled=not on,
        help="score(chosen) − score(rejected), in units of the reward model; any gap above 0 at least.",
    )  # fmt: skip
    bound(
        st.selectbox, "Reward models that agree", consensus_options(pool), key=CONSENSUS, default=NO_CONSENSUS,
        format_func=lambda said: {NO_CONSENSUS: "Not asked", "all": "All"}.get(said, f"At least {said}"),
        disabled=not on,
        help="How many of the workspace’s reward models must score the chosen response strictly higher.",
    )  # fmt: skip
    bound(
        st.number_input, "Longer to shorter, at most", NO_RATIO, step=0.25, key=RATIO, default=NO_RATIO, format="%g",
        disabled=not on,
        help="Words of the longer response divided by those of the shorter. Below 1: no limit.",
    )  # fmt: skip
    bound(
        st.number_input, "Words apart, at most", NO_GAP, step=10, key=GAP, default=NO_GAP, disabled=not on,
        help="Difference of the two responses’ lengths in words. −1: no limit.",
    )  # fmt: skip


def consensus_options(pool: Pool) -> list[str]:
    return [NO_CONSENSUS, "all", *(str(number) for number in range(1, len(pool.scores) + 1))]


def pairs_part() -> dict[str, Any] | None:
    """The recipe's key `pairs`; None where the toggle is off."""
    state = st.session_state
    if not state.get(ON, False):
        return None
    which, said = state.get(WHICH, "worst"), state.get(CONSENSUS, NO_CONSENSUS)
    ratio, gap = state.get(RATIO, NO_RATIO), state.get(GAP, NO_GAP)
    return {
        "rejected": which,
        "k": state.get(K, DEFAULT_K) if which == "kth" else None,
        "margin": state.get(MARGIN, 0.0),
        "consensus": None if said == NO_CONSENSUS else said if said == "all" else int(said),
        "max_length_ratio": ratio if ratio >= 1 else None,
        "max_length_difference": gap if gap >= 0 else None,
    }


def apply_pairs(pairs: PairSpec | None, pool: Pool) -> list[str]:
    """Puts a recipe's pairs into the widgets. Returns what had to be changed, in words."""
    notes: list[str] = []
    state = st.session_state
    state[ON] = pairs is not None
    if pairs is None:
        return notes
    state[WHICH] = pairs.rejected
    if pairs.rejected == "kth":
        most = max(len(pool.models), 2)
        wanted = pairs.k or DEFAULT_K
        if wanted > most:
            notes.append(f"Its pairs ask for rank {wanted}; the last here is {most}.")
        state[K] = min(wanted, most)
    state[MARGIN] = float(pairs.margin)
    said = NO_CONSENSUS if pairs.consensus is None else str(pairs.consensus)
    if said not in consensus_options(pool):
        notes.append(
            f"Its pairs ask for {said} reward models that agree; here are {len(pool.scores)}, so all are asked."
        )
        said = "all"
    state[CONSENSUS] = said
    state[RATIO] = NO_RATIO if pairs.max_length_ratio is None else float(pairs.max_length_ratio)
    state[GAP] = NO_GAP if pairs.max_length_difference is None else pairs.max_length_difference
    return notes


def pairs_said(selection: Selection) -> str:
    """What the pairs are and how many instructions have none, in a sentence; empty where there are no pairs."""
    pairs = selection.recipe.pairing
    if pairs is None:
        return ""
    parts = [f"rejected is {REJECTED[pairs.rejected].replace(' at rank k', f' at rank {pairs.k or DEFAULT_K}')}"]
    if pairs.margin:
        parts.append(f"at least {short(pairs.margin)} lower")
    if pairs.consensus is not None:
        parts.append(f"{pairs.consensus} reward models agree")
    if pairs.max_length_ratio is not None:
        parts.append(f"at most {short(pairs.max_length_ratio)} times as long or short")
    if pairs.max_length_difference is not None:
        parts.append(f"at most {pairs.max_length_difference:,} words apart")
    everyone = len(selection.candidates) + selection.unpaired
    left_out = f"{selection.unpaired:,} of {everyone:,} candidates have no such pair and cannot be selected."
    return f"Pairs: {', '.join(parts)}. {left_out if selection.unpaired else 'Every candidate has one.'}"
