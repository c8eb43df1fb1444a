"""Recipes of the workspace: save the current choices under a name, load, rename, delete, bring in a file."""

from collections.abc import Callable

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import MAX_BYTES, Recipe
from crowdselect.store.recipes import LONGEST, delete, load, rename, restore, safe_name, save, saved
from pages._ui.address import title
from pages._ui.apply import apply_recipe
from pages._ui.cards import card
from pages._ui.errors import show_text_error
from pages._ui.export_history import history_list
from pages._ui.made_on import naming_its_data
from pages._ui.text import count, literal
from pages._ui.workspace import workspace

PAGE = 8  # recipes shown at once
SAID, WRONG = "_recipe_said", "_recipe_wrong"  # what the last action came to, shown once


def recipes_card(recipe: Recipe, pool: Pool) -> None:
    """Saved recipes as a list, with what can be done with each."""
    with card(
        "Saved recipes",
        key="recipes",
        help="Files in the workspace’s folder recipes: share them, keep them.",
        corner=True,
    ) as right:
        with right, st.popover("Open a file", icon=":material/upload:", key="open_recipe", help="Load a recipe’s YAML"):
            st.file_uploader(
                "Recipe (YAML)", type=["yaml", "yml"], key="recipe_file", on_change=_upload, args=(pool,),
                max_upload_size=1, help="Sets every control to what the file says. It is saved only if you save it.",
            )  # fmt: skip
        _save_form(recipe)
        _say()
        names = saved(workspace())
        if not names:
            st.caption("None yet. Set the controls at the left, give them a name and save them.")
            return
        pages = -(-len(names) // PAGE)
        first = (st.pagination(pages, key="recipe_page") - 1) * PAGE if pages > 1 else 0
        for name in names[first : first + PAGE]:
            _row(name, pool)


def _save_form(recipe: Recipe) -> None:
    with (
        st.form("save_recipe", border=False, clear_on_submit=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(
            "Save the current choices as", key="recipe_name", max_chars=LONGEST, placeholder="my-selection",
            help="Letters, digits, space, dot, dash and underscore; other characters become dashes.",
        )  # fmt: skip
        st.form_submit_button(
            "Save", key="save", icon=":material/save:", type="primary", on_click=_save, args=(recipe,),
            help="Writes a file of this name into the workspace’s folder recipes.",
        )  # fmt: skip
    taken = st.session_state.get("_taken")
    if taken:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="taken"):
            st.caption(f"A recipe named {literal(taken)} is there already.", width="content")
            st.button(
                "Replace it", key="replace", icon=":material/save_as:", on_click=_write, args=(recipe, taken, True),
                help="The old choices are kept among the earlier versions of this name.",
            )  # fmt: skip


def _row(name: str, pool: Pool) -> None:
    """One recipe: what it says, and what can be done with it."""
    try:
        recipe = load(workspace(), name)
        about = f"{title(recipe.select.strategy)} · {count(recipe.select.size, 'row')}"
    except UserError as error:
        recipe, about = None, f"Cannot be used: {error}"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", border=True, gap="small",
        key=f"recipe_{name}",
    ):  # fmt: skip
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{literal(name)}**")
            st.caption(literal(about, 160))
        with st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center"):
            st.button(
                "Load", key=f"load_{name}", icon=":material/tune:", on_click=_load, args=(name, pool),
                disabled=recipe is None, help="Sets every control, on every page, to this recipe.",
            )  # fmt: skip
            with st.popover(
                "", icon=":material/more_vert:", key=f"more_{name}", help="Download, rename, history, delete"
            ):
                _more(name, recipe)


def _more(name: str, recipe: Recipe | None) -> None:
    if recipe is not None:
        st.download_button(
            "Download", recipe.to_yaml(), f"{name}.yaml", "application/yaml", key=f"get_{name}", on_click="ignore",
            icon=":material/download:", width="stretch", help="The file as the command line reads it.",
        )  # fmt: skip
        st.text_input(
            "New name", name, key=f"new_{name}", max_chars=LONGEST, on_change=_rename, args=(name,),
            help="Press Enter to rename it; its earlier versions go with it.",
        )  # fmt: skip
    history_list(name, recipe, _restore)
    sure = st.checkbox("Delete it for good", key=f"sure_{name}", help="Tick this, then press Delete.")
    st.button(
        "Delete", key=f"delete_{name}", icon=":material/delete:", on_click=_delete, args=(name,), disabled=not sure,
        width="stretch", help="Removes the file and its earlier versions. This cannot be undone.",
    )  # fmt: skip


def _save(recipe: Recipe) -> None:
    name = (st.session_state.get("recipe_name") or "").strip()
    if not name:
        st.session_state[WRONG] = "Give the recipe a name first."
        return
    _write(recipe, name, False)


def _write(recipe: Recipe, name: str, overwrite: bool) -> None:
    taken = not overwrite and safe_name(name) in saved(workspace())
    st.session_state["_taken"] = name if taken else None
    if not taken:
        named = naming_its_data(recipe.model_copy(update={"name": name}))
        _try(lambda: f"Saved as {save(workspace(), named, overwrite=overwrite)}.")


def _load(name: str, pool: Pool) -> None:
    _try(lambda: " ".join([f"{name} is loaded.", *_applied(load(workspace(), name), pool)]))


def _applied(recipe: Recipe, pool: Pool) -> list[str]:
    st.session_state["recipe_name"] = recipe.name[:LONGEST]
    return apply_recipe(recipe, pool)


def _rename(name: str) -> None:
    new = (st.session_state.get(f"new_{name}") or "").strip()
    if new and new != name:
        _try(lambda: f"{name} is now {rename(workspace(), name, new)}.")


def _delete(name: str) -> None:
    def gone() -> str:
        delete(workspace(), name)
        return f"{name} is deleted."

    _try(gone)


def _restore(name: str, version: str) -> None:
    def back() -> str:
        restore(workspace(), name, version)
        return f"{name} is as it was; what it replaced is kept."

    _try(back)


def _upload(pool: Pool) -> None:
    file = st.session_state.get("recipe_file")
    if file is not None:
        _try(lambda: " ".join([f"{file.name} is loaded.", *_applied(_read(file.getvalue()), pool)]))


def _read(content: bytes) -> Recipe:
    if len(content) > MAX_BYTES:
        raise UserError(f"The file has {len(content):,} bytes; a recipe has at most {MAX_BYTES:,}.")
    try:
        return Recipe.from_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError("The file is not UTF-8 text.") from None


def _try(action: Callable[[], str]) -> None:
    """What it came to is said at the top of the card; a failure with its remedy."""
    try:
        st.session_state[SAID] = action()
    except UserError as error:
        st.session_state[WRONG] = str(error)
    except OSError as error:
        st.session_state[WRONG] = f"The recipe's file cannot be written: {error.strerror}."


def _say() -> None:
    said, wrong = st.session_state.pop(SAID, None), st.session_state.pop(WRONG, None)
    if said:
        st.caption(f":material/check_circle: {literal(said, 600)}")
    if wrong:
        show_text_error(wrong)
