"""Series on Compare: the current recipe at several sizes, each inside the next, and random draws by several seeds."""

import streamlit as st

from crowdselect.baselines import baseline
from crowdselect.errors import UserError
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.series import series, whole_numbers
from pages._ui.address import bound
from pages._ui.errors import show_text_error

LONGEST = 200  # characters of a list


def series_form() -> None:
    """Which sizes and which seeds; kept in the address."""
    with st.popover("Series", icon=":material/stacked_line_chart:", help="Several sizes, or several random draws."):
        bound(
            st.text_input, "Sizes", key="nested", default="", max_chars=LONGEST, placeholder="such as 100,250,500",
            help="The current choices at these sizes. Each smaller one is chosen out of the next larger, as "
            "`python -m crowdselect select --sizes` does it.",
        )  # fmt: skip
        bound(
            st.text_input, "Seeds", key="draws", default="", max_chars=LONGEST, placeholder="such as 1,2,3",
            help="Random draws of the current size by these seeds: how far chance alone goes.",
        )  # fmt: skip


def series_recipes(first: Selection) -> dict[str, Recipe]:
    """Name -> recipe of every selection that the two lists ask for; a list that cannot be read says why."""
    found: dict[str, Recipe] = {}
    try:
        sizes, seeds = _numbers("Sizes", "nested", 1), _numbers("Seeds", "draws", 0)
    except UserError as error:
        show_text_error(str(error))
        return found
    if sizes:
        made = series(first.recipe, sizes, []).values()
        found |= {f"{recipe.select.size:,} rows": recipe for recipe in made}
    if seeds:
        draws = series(baseline("random", first.recipe, None), [], seeds).values()
        found |= {f"Random, seed {recipe.select.seed}": recipe for recipe in draws}
    return found


def _numbers(what: str, key: str, least: int) -> list[int]:
    text = st.session_state.get(key, "")
    return whole_numbers(what, text, least) if text.strip() else []
