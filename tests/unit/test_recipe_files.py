"""Saved recipes: what is written comes back, and no name leaves the folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.recipe import Recipe
from crowdselect.store import Workspace
from crowdselect.store.recipes import delete, load, rename, safe_name, save, saved


def test_save_load_rename_delete(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path)
    recipe = Recipe.parse({"name": "Hard: 1k", "select": {"size": 7}})
    name = save(workspace, recipe)
    assert (name, saved(workspace)) == ("Hard- 1k", ["Hard- 1k"])
    assert load(workspace, name) == recipe
    with pytest.raises(UserError, match="saved already"):
        save(workspace, recipe)
    save(workspace, recipe, overwrite=True)
    assert rename(workspace, name, "easy") == "easy"
    assert (saved(workspace), load(workspace, "easy").name) == (["easy"], "easy")
    delete(workspace, "easy")
    assert saved(workspace) == []
    with pytest.raises(UserError, match="No recipe named 'easy' is saved; there is none"):
        load(workspace, "easy")


@given(st.text(max_size=400))
def test_no_name_leaves_the_folder(name: str) -> None:
    plain = safe_name(name)
    folder = Path("/somewhere/recipes")
    assert (folder / f"{plain}.yaml").resolve().parent == folder
    assert 0 < len(plain) <= 90
    assert safe_name(plain) == plain


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "CON", "nul.yaml", "a/b", "..", "", "~", "a;rm"])
def test_hostile_names(name: str) -> None:
    plain = safe_name(name)
    assert not set(plain) & set("/\\;~:")
    assert plain.strip(".")
    assert plain.lower() not in {"con", "nul.yaml"}


@pytest.mark.parametrize("name", ["../secret", "nobody"])
def test_only_saved_names_are_read_or_deleted(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.yaml").write_text("name: secret")
    for act in (load, delete):
        with pytest.raises(UserError, match="No recipe named"):
            act(Workspace.of(tmp_path), name)
    assert (tmp_path / "secret.yaml").exists()
