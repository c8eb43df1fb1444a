"""The trainer bundle: which model its configs train, and the zip."""

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.export.bundle import BASE_MODEL, LONGEST, base_model_name, bundle
from crowdselect.export.trainers import TRAINERS
from crowdselect.export.zip_file import parts_of
from crowdselect.selection import Selection
from crowdselect.store import Build
from pages._ui.download import file_name
from pages._ui.errors import show_text_error
from pages._ui.streamed import of_recipe, offered
from pages._ui.text import literal


def bundle_form(selection: Selection, build: Build) -> None:
    """The base model, and the button that makes the zip when it is pressed."""
    titles = ", ".join(trainer.title for trainer in TRAINERS.values())
    st.caption(
        f"One zip: the file, ready configs for {titles}, dataset_info.json, a data card, the recipe and the manifest."
    )
    model = st.text_input(
        "Base model", BASE_MODEL, key="base_model", max_chars=LONGEST,
        help="What the configs train: a name on the Hugging Face hub, or a folder.",
    )  # fmt: skip
    try:
        name = base_model_name(model)
    except UserError as error:
        show_text_error(str(error))
        return
    st.link_button(
        "Download the bundle", _address(selection, build, name), key="download_bundle", icon=":material/folder_zip:",
        type="primary", disabled=not len(selection), width="stretch",
        help=f"For {literal(name)}. Made on the click; the same bytes as `python -m crowdselect bundle`.",
    )  # fmt: skip


def _address(selection: Selection, build: Build, model: str) -> str:
    asked = selection.recipe
    parts = of_recipe(asked, lambda found, of: parts_of(lambda out: bundle(found, of, out, model)))
    return offered(build, f"{file_name(selection)}.zip", "application/zip", f"{model}\0{asked.to_yaml()}", parts)
