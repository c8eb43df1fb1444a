"""The opened instruction: its text, the way to its neighbours and to itself, and every model's response."""

from urllib.parse import urlencode

import streamlit as st

from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.browse_found import Found
from pages._ui.browse_list import ROW, open_row
from pages._ui.cards import card
from pages._ui.constraints_said import pin_buttons
from pages._ui.responses import ranked_responses, response_list
from pages._ui.selection_cards import clustering_shown
from pages._ui.text import count, literal, show_text

HEIGHT = 600  # of the text and the responses together, so that the page keeps still from row to row
LINE, CHARACTERS = 24, 62  # pixels, and how many characters fit a line of a narrow window


def reading_card(what: Found, selection: Selection, build: Build, row: int) -> None:
    """The instruction above, its responses below, best first under the current reward model."""
    pool = selection.candidates.pool
    with card("Instruction", key="reading", corner=True) as corner:
        with corner:
            _ways(what, selection, row)
        _facts(what, selection, row)
        text = instructions(build, pool.keys_of([row]))[0]
        height = _height(text)
        with st.container(height=height, border=False, key="instruction_text"):
            show_text(text, key=f"whole_{row}")
        reward_model = selection.recipe.pool.reward_model
        ranked = ranked_responses(selection, build, row)
        by = literal(reward_model or "the only reward model")
        st.markdown(
            f"**{count(len(ranked), 'response')}** :gray[by score · {by}]",
            help="Highest score first. Open one to read it.",
        )
        response_list(ranked, row, HEIGHT - height)


def _height(text: str) -> int:
    """Pixels for the instruction: as many lines as it has, at most eight."""
    lines = sum(1 + len(line) // CHARACTERS for line in text[:2000].split("\n"))
    return 40 + LINE * min(max(lines, 1), 8)


def _ways(what: Found, selection: Selection, row: int) -> None:
    """Previous, next, and the link."""
    uuids = selection.candidates.pool.uuids
    place = what.place(row)
    before = None if not place else str(uuids[what.rows[place - 1]])
    after = None if place is None or place + 1 >= len(what) else str(uuids[what.rows[place + 1]])
    if place is None and len(what):
        after = str(uuids[what.rows[0]])  # opened by a link and not in the list: next goes to its first
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        if place is not None:
            st.caption(f"{place + 1:,} of {len(what):,}", width="content")
        st.button(
            "Previous", key="previous", icon=":material/arrow_back:", on_click=open_row, args=(before or "",),
            disabled=before is None, shortcut="Alt+Left", help="The instruction above it in the list.",
        )  # fmt: skip
        st.button(
            "Next", key="next", icon=":material/arrow_forward:", icon_position="right", on_click=open_row,
            args=(after or "",), disabled=after is None, shortcut="Alt+Right", help="The one below it in the list.",
        )  # fmt: skip
        with st.popover("", icon=":material/link:", key="link", help="A link that opens this row"):
            st.caption("Opens this instruction with the same choices, search and filters, in any browser.")
            st.code(link(str(uuids[row])), language=None, wrap_lines=True)


def link(uuid: str) -> str:
    """This page's address with the row in it."""
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    return f"{(st.context.url or '').split('?')[0]}?{urlencode({**query, ROW: [uuid]}, doseq=True)}"


def _facts(what: Found, selection: Selection, row: int) -> None:
    """In or out, and where it comes from, as badges."""
    pool = selection.candidates.pool
    rank = int(what.standing.rank[row])
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="facts"):
        if what.standing.selected[row]:
            st.badge("Selected", icon=":material/check_circle:", color="blue")
        else:
            st.badge("Not selected" if rank else "Not eligible", icon=":material/do_not_disturb_on:", color="gray")
        if rank:
            st.badge(f"Rank {rank:,} of {selection.eligible:,}", color="gray")
        if pool.sources[row]:
            st.badge(literal(pool.sources[row], 40), icon=":material/folder:", color="gray")
        clustering = clustering_shown(selection)
        code = int(pool.clusterings[clustering].codes[row]) if clustering else -1
        if clustering and code >= 0:
            name = pool.clusterings[clustering].names.get(code)
            said = literal(f"Cluster {code}" + (f" · {name}" if name else ""), 48)
            st.badge(said, icon=":material/bubble_chart:", color="gray")
        spoken = pool.clusterings.get("language")
        if spoken is not None and int(spoken.codes[row]) >= 0:
            said = spoken.names.get(int(spoken.codes[row]), "")
            st.badge(literal(said, 30), icon=":material/language:", color="gray")
        tags = [tag for tag, rows in pool.tags.items() if (rows == row).any()] if len(pool.tags) <= 1000 else []
        for tag in tags[:5]:
            st.badge(literal(tag, 30), icon=":material/sell:", color="gray")
        st.badge(f"{int(pool.instruction_words[row]):,} words", color="gray")
        pin_buttons(str(pool.uuids[row]))
    st.caption(literal(pool.uuids[row], 200))
