"""Which selections Compare shows: the current one, baselines, saved recipes and uploaded ones."""

from contextlib import nullcontext

import streamlit as st

from crowdselect.baselines import BASELINES, baseline
from crowdselect.compare.entries import yardstick_recipe
from crowdselect.compare.measures import DEAR
from crowdselect.compare.sides import Entry, SideBySide
from crowdselect.errors import UserError
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.store import Build
from crowdselect.store.recipes import load, saved
from pages._ui.address import bound
from pages._ui.compare_series import series_form, series_recipes
from pages._ui.errors import show_text_error
from pages._ui.text import count, literal, one_line, show_sentence
from pages._ui.workspace import selected, workspace

CURRENT = "Current"
MOST = 24  # beside the current one: every baseline and a few recipes
MANY = 20_000  # rows over which a strategy that goes through all embeddings takes minutes
DEFAULT = ["random", "length_response", "reward"]
SAVED, UPLOADED = "saved:", "file:"
_FILES = "_uploaded_recipes"  # name -> YAML, of this session
_REFUSED = "_refused_recipe"  # why the last uploaded file was not taken


def picker(first: Selection) -> list[str]:
    """What to compare with; every choice is a chip that can be removed."""
    files: dict[str, str] = st.session_state.setdefault(_FILES, {})
    few = len(first.candidates) <= MANY
    quick = [name for name, each in BASELINES.items() if few or each.select.get("strategy") not in DEAR]
    options = [*BASELINES, *(SAVED + name for name in saved(workspace())), *(UPLOADED + name for name in files)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="picker"):
        chosen = bound(
            st.multiselect, f"Compare the current selection ({count(len(first), 'row')}) with", options, key="with",
            default=DEFAULT, format_func=title, max_selections=MOST, placeholder="Add a baseline or a recipe",
            help=f"Up to {MOST}. Baselines take the same size from the same pool: " + "; ".join(
                f"{each.title}: {each.help[0].lower()}{each.help[1:].rstrip('.')}" for each in BASELINES.values()
            ) + ".",
        )  # fmt: skip
        st.button(
            "All baselines", key="all_baselines", icon=":material/select_all:", on_click=_take_all, args=(quick,),
            disabled=set(quick) <= set(chosen),
            help="Adds every baseline. One whose signal this workspace lacks says which command makes it."
            + ("" if len(quick) == len(BASELINES) else " Those that take minutes for so many rows are left to you."),
        )  # fmt: skip
        series_form()
        with st.popover("Recipe file", icon=":material/upload_file:", help="Compare with a recipe from your computer."):
            st.file_uploader(
                "A recipe (YAML)", type=["yaml", "yml"], key="recipe_file", on_change=_take,
                help="As Tune's menu or a saved recipe gives it. It is read here and kept for this session only.",
            )  # fmt: skip
    if st.session_state.get(_REFUSED):
        show_text_error(st.session_state[_REFUSED])
    return chosen


def title(option: str) -> str:
    """An option's name in lists, charts and tables."""
    if option in BASELINES:
        return BASELINES[option].title
    kind, _, name = option.partition(":")
    return f"{one_line(name, 60)} ({'saved' if kind + ':' == SAVED else 'uploaded'})"


def _take_all(names: list[str]) -> None:
    chosen = st.session_state.get("with", DEFAULT)
    others = [option for option in chosen if option not in names]
    st.session_state["with"] = [*names, *others][:MOST]


def _take() -> None:
    """After an upload: the recipe joins the list and, where there is room, the comparison."""
    st.session_state[_REFUSED] = ""
    file = st.session_state.get("recipe_file")
    if file is None:
        return
    name = one_line(file.name.rsplit(".", 1)[0], 60)
    try:
        recipe = Recipe.from_yaml(file.getvalue().decode("utf-8-sig"))
    except UnicodeDecodeError:
        st.session_state[_REFUSED] = f"{name} is not UTF-8 text; save it as UTF-8."
        return
    except UserError as error:
        st.session_state[_REFUSED] = f"{name}: {error}"
        return
    st.session_state[_FILES][name] = recipe.to_yaml()
    chosen = st.session_state.get("with", DEFAULT)
    if UPLOADED + name not in chosen and len(chosen) < MOST:
        st.session_state["with"] = [*chosen, UPLOADED + name]
    elif UPLOADED + name not in chosen:
        st.session_state[_REFUSED] = f"{name} is in the list; remove one of the {MOST} selections to make room for it."


def entries(build: Build, first: Selection, chosen: list[str]) -> list[Entry]:
    """The current selection, every chosen one and the series; those that cannot be made say why and are left out."""
    found, notes, more = [Entry(CURRENT, first)], [], series_recipes(first)
    wanted = {title(option): option for option in chosen} | {name: name for name in more}
    if len(wanted) > MOST:
        notes.append(f"{len(wanted) - MOST} of the series are left out: there is room for {MOST}. Remove some above.")
    for name, option in [*wanted.items()][:MOST]:
        try:
            recipe = more.get(option) or _recipe(option, first)
            slow = recipe.select.strategy in DEAR
            with st.spinner(f"Choosing {literal(name, 60)}…") if slow else nullcontext():
                entry = Entry(name, selected(build, first.candidates.pool, recipe))
        except UserError as error:
            notes.append(f"{name} is left out. {error}")
            continue
        if not len(entry.selection) and len(first):
            notes.append(f"{entry.name} is left out. No row is eligible for it.")
            continue
        found.append(entry)
        if len(entry.selection) < recipe.select.size:
            notes.append(
                f"{entry.name} has {len(entry.selection):,} of {recipe.select.size:,} rows: no more are eligible."
            )
    if notes:
        with st.container(border=True, key="left_out", gap="xsmall"):
            st.caption(f":material/info: {len(found) - 1} of {len(wanted)} stand beside the current selection.")
            show_sentence("\n".join(notes))
    return found


def _recipe(option: str, first: Selection) -> Recipe:
    if option in BASELINES:
        return baseline(option, first.recipe, clustering(first))
    name = option.partition(":")[2]
    if option.startswith(SAVED):
        return load(workspace(), name)
    return Recipe.from_yaml(st.session_state[_FILES][name])


def clustering(first: Selection) -> str | None:
    """What shares are counted over: the current recipe's clustering, else the workspace's first."""
    spec = first.recipe.select.clusters
    return spec.name if spec else next(iter(first.candidates.pool.clusterings), None)


def side_by_side(build: Build, first: Selection, found: list[Entry]) -> SideBySide:
    """All of them with their yardstick: every row that the current recipe's reward model scored at all."""
    widest = yardstick_recipe(first.recipe)
    return SideBySide(found, selected(build, first.candidates.pool, widest).candidates, str(build.path))
