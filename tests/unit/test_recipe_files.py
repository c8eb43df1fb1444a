"""Saved recipes: what is written comes back, and no name leaves the folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.recipe import Recipe
from crowdselect.recipe_changes import changes
from crowdselect.store import Workspace
from crowdselect.store.recipe_history import MOST, history
from crowdselect.store.recipes import delete, load, rename, restore, safe_name, save, saved


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


def sized(size: int, **select: object) -> Recipe:
    return Recipe.parse({"name": "mine", "select": {"size": size, **select}})


def test_what_is_replaced_is_kept_and_can_be_restored(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path)
    for size in (10, 20, 20, 30):  # the same again is no new version
        save(workspace, sized(size), overwrite=True)
    kept = history(workspace, "mine")
    assert [version.recipe for version in kept] == [sized(20), sized(10)]
    assert kept[0].saved > kept[1].saved
    assert saved(workspace) == ["mine"]
    assert restore(workspace, "mine", kept[1].id) == sized(10) == load(workspace, "mine")
    assert [version.recipe for version in history(workspace, "mine")] == [sized(30), sized(20), sized(10)]
    with pytest.raises(UserError, match=r"no earlier version '\.\./x'"):
        restore(workspace, "mine", "../x")


def test_the_history_is_bounded_and_goes_where_the_recipe_goes(tmp_path: Path) -> None:
    workspace = Workspace.of(tmp_path)
    for size in range(1, MOST + 10):
        save(workspace, sized(size), overwrite=True)
    kept = history(workspace, "mine")
    assert len(kept) == MOST
    assert kept[0].recipe == sized(MOST + 8)
    (tmp_path / "recipes" / "mine.history" / "notes.yaml").write_text("select: {size: 3}")  # not ours: not listed
    (tmp_path / "recipes" / "mine.history" / f"{kept[0].id}.yaml").write_text("{")
    assert rename(workspace, "mine", "yours") == "yours"
    moved = history(workspace, "yours")
    assert [version.id for version in moved] == [version.id for version in kept]
    assert moved[0].recipe is None
    assert (history(workspace, "mine"), load(workspace, "yours").select.size) == ([], MOST + 9)
    delete(workspace, "yours")
    assert list((tmp_path / "recipes").iterdir()) == []


def test_a_difference_is_said_in_words() -> None:
    old = sized(500, weights={"stability": 1.5, "reward": 1.0})
    new = Recipe.parse(
        {"name": "other", "pool": {"where": [{"field": "tag", "in": ["x"]}]}, "export": {"format": "kto"},
         "select": {"size": 1000, "weights": {"stability": 2}, "clusters": {"name": "k10"}}}
    )  # fmt: skip
    assert changes(old, new) == [
        "filters none → field tag, in x",
        "size 500 → 1,000",
        "weight stability 1.5 → 2",
        "weight reward 1 → none",
        "format records → kto",
        "clusters none → k10",
        "quota none → equal",
        "pairs rejected none → worst",
        "pairs margin none → 0",
    ]
    assert changes(old, old.model_copy(update={"name": "b"})) == []
