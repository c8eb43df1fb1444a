"""The rows of a selection that are least sure, and the core to be taken away; a click opens a row."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st

from crowdselect.commands.trust import inclusion_csv
from crowdselect.export.lines import export_lines
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from crowdselect.trust import core_of
from pages._ui.cards import card, nothing
from pages._ui.download import manifest_bytes
from pages._ui.streamed import of_recipe, offered
from pages._ui.table import OPEN, row_card
from pages._ui.text import count, one_line
from pages._ui.trust import View
from pages._ui.trust_kept import robustness_of

MOST = 200  # rows shown
_SHOWN = "_least_sure"


def core_card(view: View) -> None:
    """The core as a file with a manifest that replays, and the inclusion of every row."""
    with card(
        "Take the core", key="core_card",
        help="The recipe of the core says what was drawn (`core`), so `python -m crowdselect replay` makes the same "
        "bytes from its manifest.",
    ):  # fmt: skip
        held = len(view.found.core)
        st.caption(
            f"**{held:,}** of {count(len(view.selection), 'row')} {'is' if held == 1 else 'are'} in at least "
            f"{view.spec.share:.0%} of {view.found.resamples - view.found.empty:,} resamples."
        )
        with st.container(horizontal=True, gap="small"):
            st.link_button(
                f"Download {count(held, 'row')}", _address(view), key="download_core", type="primary",
                icon=":material/download:", disabled=not held,
                help="The rows of the core in the recipe's format, one JSON object a line.",
            )  # fmt: skip
            st.download_button(
                "Manifest", lambda: manifest_bytes(_core(view), view.build, "core.jsonl"), "core.manifest.json",
                "application/json", key="core_manifest",
                on_click="ignore", icon=":material/fingerprint:", disabled=not held,
                help="Recipe, build, digests, versions: what `replay` makes the file from.",
            )  # fmt: skip
            st.download_button(
                "Inclusion (CSV)", lambda: inclusion_csv(view.selection, view.found), "inclusion.csv", "text/csv",
                key="download_inclusion", on_click="ignore", icon=":material/table:",
                help="uuid, inclusion, selected, core: a row for every instruction of the pool.",
            )  # fmt: skip


def least_sure_card(view: View) -> None:
    """Selected rows that fewest resamples choose, and rows beside the selection that most choose."""
    with card(
        "Least certain rows", key="least_card",
        help="Rows whose inclusion is nearest to one half: as many crowds choose them as do not. Click one to open it.",
    ):  # fmt: skip
        rows = least_sure(view)
        if not len(rows):
            nothing("Every row is in all resamples, or in none.")
            return
        uuids = [str(uuid) for uuid in view.selection.candidates.pool.uuids[rows]]
        pool = view.selection.candidates.pool
        frame = pd.DataFrame(
            {
                "instruction": [one_line(text) for text in instructions(view.build, pool.keys_of(rows))],
                "inclusion": 100.0 * view.found.inclusion[rows],
                "selected": np.isin(rows, view.selection.rows),
                "uuid": uuids,
            }
        )
        st.session_state[_SHOWN] = uuids
        config = st.column_config
        st.dataframe(
            frame, key="least", on_select=_open, selection_mode="single-row", hide_index=True,
            height=min(35 * len(frame) + 40, 420), alt="Rows in about half of the resamples",
            column_config={
                "instruction": config.TextColumn("Instruction", width="large", help="The start of its text."),
                "inclusion": config.ProgressColumn(
                    "Inclusion", format="%.1f %%", min_value=0, max_value=100,
                    help="The share of resamples that choose it.",
                ),
                "selected": config.CheckboxColumn("Selected", help="Whether the selection holds it now."),
                "uuid": config.TextColumn("uuid", help="The instruction's id."),
            },
        )  # fmt: skip
    opened = st.query_params.get(OPEN)
    if opened is not None and opened in uuids:
        st.page_link(
            "browse.py", label="Open in Browse", icon=":material/search:", query_params={OPEN: opened},
            help="Every response, its ladders, and why it is selected or not.",
        )  # fmt: skip
        row_card(view.selection, view.build, opened)


def least_sure(view: View) -> np.ndarray:
    """Pool rows in some resamples and not in others, those nearest to one half first, equal ones by uuid."""
    share = view.found.inclusion
    rows = np.flatnonzero((share > 0) & (share < 1))
    return rows[np.argsort(np.abs(share[rows] - 0.5), kind="stable")][:MOST]


def _core(view: View) -> Selection:
    return core_of(view.selection, view.spec, view.found)


def _address(view: View) -> str:
    spec, asked = view.spec, view.selection.recipe

    def lines(selection: Selection, build: Build) -> Iterator[bytes]:
        return export_lines(core_of(selection, spec, robustness_of(build, selection, spec)), build)

    said = f"{spec.model_dump_json()}\0{asked.to_yaml()}"
    return offered(view.build, "core.jsonl", "application/jsonl", said, of_recipe(asked, lines))


def _open() -> None:
    places = st.session_state["least"]["selection"]["rows"]
    uuids = st.session_state.get(_SHOWN, [])
    if places and places[0] < len(uuids):
        st.query_params[OPEN] = uuids[places[0]]
