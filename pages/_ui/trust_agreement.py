"""Do the reward models agree: the numbers, a matrix of pairs, and every model."""

import numpy as np
import pandas as pd
import streamlit as st

from crowdselect.agreement import Agreement
from crowdselect.commands.agreement import instructions_csv, models_csv
from crowdselect.figures.agreement import agreement_matrix
from crowdselect.pool import Pool
from crowdselect.store import Build
from pages._ui.address import bound
from pages._ui.cards import card, chart, nothing, number, short
from pages._ui.text import one_line
from pages._ui.trust_kept import agreement_of

KINDS = {
    "spearman": "Spearman ρ",
    "kendall": "Kendall τ-b",
    "flips": "Flips",
}


def agreement_cards(build: Build, pool: Pool) -> None:
    """Of the whole pool, whatever is selected."""
    if len(pool.scores) < 2:
        with card("Reward models", key="agreement_card", help="Whether several judges say the same."):
            nothing(
                "There is one reward model, so nobody to agree with. Score the responses by another one:",
                "python -m precompute run reward",
            )
        return
    found = agreement_of(build, pool)
    _numbers(found)
    left, right = st.columns([2, 3], gap="small")
    with left:
        _matrix_card(found)
    with right:
        _models_card(pool, found)


def _numbers(found: Agreement) -> None:
    judges = f"{len(found.reward_models)} reward models"
    with st.grid(4, min_column_width=200, key="agreement_numbers"):
        number(
            "Krippendorff’s α", short(round(found.alpha_interval, 4)), f"{judges}, z-scores",
            help="1 − observed / expected disagreement over all responses; interval level, on each reward model’s "
            "z-scores. 1: they agree; 0: as by chance. It holds how good a model and how hard an instruction is.",
        )  # fmt: skip
        number(
            "α within an instruction", short(round(found.alpha_ordinal, 4)), f"{judges}, ranks",
            help="The same, ordinal, on the ranks of an instruction’s responses: do they order the answers alike?",
        )  # fmt: skip
        number(
            "Rank correlation", short(round(_mean(found.mean_by_pair(found.spearman_rows)), 4)),
            f"Spearman ρ; Kendall τ {short(round(_mean(found.mean_by_pair(found.kendall_rows)), 4))}",
            help="Over the models’ responses to one instruction; mean over instructions and pairs.",
        )  # fmt: skip
        flips = _mean(found.flips)
        number(
            "Flips", "–" if np.isnan(flips) else f"{flips:.1%}", "another best response",
            help="The share of instructions for which two reward models name a different best response; mean over "
            "pairs. Of equal scores the first model by name is the best.",
        )  # fmt: skip


def _matrix_card(found: Agreement) -> None:
    with card(
        "Reward model × reward model", key="agreement_card",
        help="Spearman ρ and Kendall τ-b over the responses to one instruction, mean over instructions; flips: the "
        "share of instructions with another best response.", corner=True,
    ) as corner:  # fmt: skip
        with corner:
            kind = bound(
                st.segmented_control, "Measure", list(KINDS), key="measure", default="spearman", required=True,
                label_visibility="collapsed", format_func=KINDS.get, help="What the cells show.",
            )  # fmt: skip
        by_pair = {
            "spearman": lambda: found.mean_by_pair(found.spearman_rows),
            "kendall": lambda: found.mean_by_pair(found.kendall_rows),
            "flips": lambda: found.flips,
        }[kind]()
        values = found.matrix(by_pair, float("nan"))
        names = [one_line(name) for name in found.reward_models]
        chart(
            agreement_matrix(names, values, KINDS[kind], kind == "flips"), "agreement", f"{KINDS[kind]} of every pair"
        )


def _models_card(pool: Pool, found: Agreement) -> None:
    with card(
        "Model by model", key="models_card",
        help="Over all instructions: do the reward models order one model’s responses alike? Mean over pairs. Kendall "
        "takes an even sample of 5,000 instructions.", corner=True,
    ) as corner:  # fmt: skip
        with corner, st.container(horizontal=True, gap="xsmall", width="content"):
            for name, kind, write in (
                ("Models", "a row for each model and pair", lambda: models_csv(found)),
                ("Instructions", "a row for each instruction", lambda: instructions_csv(pool, found)),
            ):
                st.download_button(
                    name, write, f"agreement-{name.lower()}.csv", "text/csv", key=f"download_{name}",
                    on_click="ignore", icon=":material/download:", help=f"CSV, {kind}.",
                )  # fmt: skip
        frame = pd.DataFrame(
            {
                "model": [one_line(name) for name in found.models],
                "spearman": found.mean_by_row(found.spearman_models),
                "kendall": found.mean_by_row(found.kendall_models),
            }
        ).sort_values("spearman", kind="stable")
        config = st.column_config
        st.dataframe(
            frame, key="agreement_models", hide_index=True, placeholder="–", height=min(35 * len(frame) + 40, 330),
            alt="Agreement on each model", column_config={
                "model": config.TextColumn("Model", help="Whose responses."),
                "spearman": config.NumberColumn("Spearman ρ", format="%.3f", help="Mean over pairs of reward models."),
                "kendall": config.NumberColumn("Kendall τ-b", format="%.3f", help="Mean over pairs of reward models."),
            },
        )  # fmt: skip


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")
