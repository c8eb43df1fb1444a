"""A series: the same choices at several sizes, each inside the next, and by several seeds, as one zip."""

from collections.abc import Iterator, Mapping

import streamlit as st

from crowdselect.errors import UserError
from crowdselect.export.series_zip import series_zip
from crowdselect.export.zip_file import parts_of
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection
from crowdselect.series import SIZES, series, whole_numbers
from crowdselect.store import Build
from pages._ui.errors import show_text_error
from pages._ui.streamed import offered
from pages._ui.workspace import selected

MOST = 40  # files
LONGEST = 400  # characters of a list


def series_form(selection: Selection, build: Build) -> None:
    """Sizes and seeds, what they come to, and the button that makes the zip when it is pressed."""
    st.caption("The same choices again and again: each smaller file lies within the next larger one.")
    sizes = st.text_input(
        "Sizes", _sizes(selection), key="series_sizes", max_chars=LONGEST, placeholder="the size at the left",
        help="Whole numbers with commas between. The largest is chosen by itself, each smaller one out of the next "
        "larger by the same strategy and quotas. The paper goes from 100 to 10,000.",
    )  # fmt: skip
    seeds = st.text_input(
        "Seeds", "", key="series_seeds", max_chars=LONGEST, placeholder="the seed at the left",
        help="Such as 1,2,3: every size by each seed. A seed counts for the strategies and responses that draw.",
    )  # fmt: skip
    try:
        chosen = _chosen(selection, build, sizes, seeds)
    except UserError as error:
        show_text_error(str(error))
        return
    stem, options = selection.recipe.select.strategy, _options(sizes, seeds)
    st.link_button(
        f"Download {len(chosen)} {'file' if len(chosen) == 1 else 'files'}", _address(stem, chosen, build),
        key="download_series", type="primary", icon=":material/folder_zip:", width="stretch",
        help="Each with its manifest, from which it can be made again alone. "
        f"The same bytes as `python -m crowdselect select RECIPE.yaml --out {stem}.jsonl {options}`.",
    )  # fmt: skip


def _address(stem: str, chosen: Mapping[str, Selection], build: Build) -> str:
    recipes = {name: selection.recipe for name, selection in chosen.items()}

    def parts(build: Build, pool: Pool) -> Iterator[bytes]:
        again = {name: selected(build, pool, recipe) for name, recipe in recipes.items()}
        return parts_of(lambda out: series_zip(stem, again, build, out))

    said = "\0".join(f"{name}\0{recipe.to_yaml()}" for name, recipe in recipes.items())
    return offered(build, f"{stem}-series.zip", "application/zip", said, parts)


def _sizes(selection: Selection) -> str:
    """The paper's sizes below this one, and this one."""
    return ",".join(str(size) for size in [*(size for size in SIZES if size < len(selection)), len(selection)])


def _chosen(selection: Selection, build: Build, sizes: str, seeds: str) -> Mapping[str, Selection]:
    """The selections by what is added to the file's name. UserError where one of them cannot be."""
    recipes = series(
        selection.recipe,
        whole_numbers("Sizes", sizes, 1) if sizes.strip() else [],
        whole_numbers("Seeds", seeds, 0) if seeds.strip() else [],
    )
    if len(recipes) > MOST:
        raise UserError(f"These are {len(recipes)} files; take at most {MOST} at a time.")
    return {name: _met(selection, build, recipe) for name, recipe in recipes.items()}


def _met(selection: Selection, build: Build, recipe: Recipe) -> Selection:
    found = selected(build, selection.candidates.pool, recipe)
    if len(found) < recipe.select.size:
        raise UserError(
            f"Size {recipe.select.size:,} cannot be met: {len(found):,} rows are eligible. Choose a smaller size."
        )
    return found


def _options(sizes: str, seeds: str) -> str:
    given = {"--sizes": sizes, "--seeds": seeds}
    return " ".join(f"{name} {''.join(text.split())}" for name, text in given.items() if text.strip())
