"""What a link leaves out where it is the default, and other data may have another: reward model, clustering, the data.

An address that says anything names these three as well. On other data they are chosen where they are there, and a line
says that the data are others; a link without them is as good as before.
"""

import streamlit as st

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.store import Build
from crowdselect.store.made_on import data_of, made_on, other_data
from pages._ui.address import DATA, MADE_ON, OVER, SCORED_BY
from pages._ui.recipe import NO_CLUSTERS, recipe_or_none, reward_models
from pages._ui.text import literal
from pages._ui.workspace import current

_SAID = "_other_data"  # what is to be said of the link that this session was opened by


def follow_link(build: Build, pool: Pool) -> None:
    """Call before the widgets: what the link names is chosen, unless the session or the link says it otherwise."""
    sentence = other_data(st.query_params.get(DATA), build, "link")
    said = [sentence] if sentence else []
    there = {"rm": reward_models(pool), "clusters": [*pool.clusterings, NO_CLUSTERS]}
    for key, parameter, kind in (("rm", SCORED_BY, "reward model"), ("clusters", OVER, "clustering")):
        name = st.query_params.get(parameter)
        if name is None or key in st.query_params or key in st.session_state:
            continue
        if name in there[key]:
            st.session_state[key] = name
        elif said:
            said.append(f"Its {kind} {name!r:.80} is not here.")
    if said:
        st.session_state[_SAID] = " ".join(said)


def say_other_data() -> None:
    """One line, where the link was made on other data."""
    if said := st.session_state.get(_SAID):
        st.caption(f":material/info: {literal(said, 400)}")


def name_data(build: Build, pool: Pool) -> None:
    """Call after the widgets: an address that says anything says what it is of, a clean one stays clean."""
    made, data = recipe_or_none(pool), data_of(build)
    wanted: dict[str, str] = {}
    if made is not None and data and not set(st.query_params) <= MADE_ON:
        clusters = made.select.clusters
        wanted = {
            DATA: data,
            SCORED_BY: made.pool.reward_model or "",
            OVER: clusters.name if clusters else NO_CLUSTERS,
        }
    for name in MADE_ON:
        if st.query_params.get(name, "") == wanted.get(name, ""):
            continue
        if name in wanted:
            st.query_params[name] = wanted[name]
        else:
            del st.query_params[name]


def naming_its_data(recipe: Recipe) -> Recipe:
    """The recipe as it is saved: with the data of the build that is shown."""
    found = current()
    return recipe if found is None else made_on(recipe, found[0])


def note_other_data(recipe: Recipe) -> list[str]:
    """What is to be said where a recipe that is loaded was saved on other data."""
    found = current()
    sentence = None if found is None else other_data(recipe.data, found[0])
    return [sentence] if sentence else []
