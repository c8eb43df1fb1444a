"""The published runs as a table that sorts by any column."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crowdselect.published import Run
from crowdselect.results import GROUPS, METHODS, TUNINGS
from pages._ui.cards import card

CROWDSELECT = "rgba(82,112,230,0.14)"


def runs_card(runs: Sequence[Run]) -> None:
    """The same runs as a table, every column sortable; CrowdSelect's lines are tinted."""
    with card("Every run", help="Click a heading to sort.", key="runs_card"):
        frame = pd.DataFrame(
            {
                "Base model": [run.base_model for run in runs],
                "Tuning": [TUNINGS.get(run.tuning, run.tuning) for run in runs],
                "Method": [METHODS[run.method].title for run in runs],
                "Group": [METHODS[run.method].group for run in runs],
                "MT-Bench": [run.mt_bench for run in runs],
                "Arena-Hard": [run.arena_hard for run in runs],
                "From": [_end(run, run.arena_hard_low) for run in runs],
                "To": [_end(run, run.arena_hard_high) for run in runs],
                "Mean tokens": [run.mean_tokens for run in runs],
                "Train loss": [run.train_loss for run in runs],
                "Eval loss": [run.eval_loss for run in runs],
            }
        )
        st.dataframe(
            frame.style.apply(_tint, axis=1), key="runs", hide_index=True, height=min(35 * len(runs) + 40, 560),
            column_config=_columns(), placeholder="–", alt="Every published run with its scores",
        )  # fmt: skip


def _end(run: Run, offset: float | None) -> float | None:
    return None if run.arena_hard is None or offset is None else run.arena_hard + offset


def _tint(row: "pd.Series[Any]") -> list[str]:
    return [f"background-color: {CROWDSELECT}" if row["Group"] == GROUPS[0] else ""] * len(row)


def _columns() -> dict[str, Any]:
    config = st.column_config
    percent = "%.1f"
    return {
        "Base model": config.TextColumn("Base model", help="The model before tuning."),
        "Tuning": config.TextColumn("Tuning", help="All weights, or LoRA."),
        "Method": config.TextColumn("Method", help="How the 1,000 pairs were chosen."),
        "Group": config.TextColumn("Group", help="What the methods filter goes by."),
        "MT-Bench": config.NumberColumn("MT-Bench", format="%.2f", help="0 to 10, by an LLM judge."),
        "Arena-Hard": config.NumberColumn("Arena-Hard", format=percent, help="Win rate in %, by an LLM judge."),
        "From": config.NumberColumn("95 % from", format=percent, help="Lower end of Arena-Hard's 95 % interval."),
        "To": config.NumberColumn("to", format=percent, help="Upper end of Arena-Hard's 95 % interval."),
        "Mean tokens": config.NumberColumn("Mean tokens", format="%.0f", help="Length of the tuned model's answers."),
        "Train loss": config.NumberColumn("Train loss", format="%.3f", help="At the end of tuning."),
        "Eval loss": config.NumberColumn("Eval loss", format="%.3f", help="On held-out pairs."),
    }
