"""Export: recipes are kept as files and come back into the widgets, and the file is the command line's."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from crowdselect.export.lines import export_lines
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from crowdselect.store.recipes import load, save, saved
from tests.pages.builds import EDGES, plain, publish
from tests.pages.conftest import Open, failures, numbers

MARKUP = re.compile(r"(?<!\\)(<script|<img|!\[x|\[a\]|\$.sum|:red)")  # unescaped


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return publish(tmp_path / "workspace", plain(200, 9))


def texts(app: AppTest) -> str:
    return "\n".join([caption.value for caption in app.caption] + [text.value for text in app.text]).replace("\\", "")


def keep(workspace: Workspace, **select: object) -> None:
    name = str(select.pop("name", "mine"))
    save(workspace, Recipe.parse({"name": name, "pool": {"reward_model": "rm-small"}, "select": select}))


@pytest.mark.parametrize("edge", EDGES)
def test_page_stands(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("export", publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    assert numbers(app) or "ingest" in app.code[0].value


def test_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("export", tmp_path)
    assert failures(app) == []
    assert [button.label for button in app.button] == ["Build the demo"]


def test_hostile_text_is_never_markup(open_page: Open, tmp_path: Path) -> None:
    app = open_page("export", publish(tmp_path, EDGES["hostile text"]).path)
    assert failures(app) == []
    shown = [element.value for element in (*app.markdown, *app.caption)]
    for text in [*shown, *(metric.label + metric.value for metric in app.metric)]:
        assert not MARKUP.search(text)


def test_the_numbers_are_those_of_the_file(open_page: Open, workspace: Workspace, tmp_path: Path) -> None:
    app = open_page("export", workspace.path)
    record = json.loads(next(code.value for code in app.code if '"manifest_version"' in code.value))
    build = open_build(publish(tmp_path / "again", plain(200, 9)))
    lines = list(export_lines(select(load_pool(build), Recipe.parse(record["recipe"])), build))
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    assert record["sha256"] == digest
    assert (numbers(app)["Rows"], numbers(app)["SHA-256"]) == (str(len(lines)), digest[:8])
    assert f"{sum(map(len, lines)):,} bytes" in [metric.delta for metric in app.metric]
    preview = app.code[0].value.split("\n")
    assert [json.loads(line) for line in preview] == [json.loads(line) for line in lines[:3]]


def test_the_format_changes_the_lines(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.selectbox(key="format").set_value("alpaca").run()
    assert failures(app) == []
    assert list(json.loads(app.code[0].value.split("\n")[0])) == ["instruction", "input", "output"]


def test_a_link_says_the_format_at_once(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path, {"format": "Messages"})
    assert list(json.loads(app.code[0].value.split("\n")[0])) == ["messages"]


def test_choices_are_saved_under_a_name(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.number_input(key="size").set_value(17)
    app.slider(key="w_stability").set_value(-0.5).run()
    app.text_input(key="recipe_name").set_value("first try")
    app.button(key="save").click().run()
    assert failures(app) == []
    assert saved(workspace) == ["first try"]
    kept = load(workspace, "first try")
    assert (kept.name, kept.select.size, kept.select.weights["stability"]) == ("first try", 17, -0.5)
    assert "Saved as first try" in texts(app)


def test_a_name_that_is_taken_asks_first(open_page: Open, workspace: Workspace) -> None:
    keep(workspace, name="taken", size=5)
    app = open_page("export", workspace.path)
    app.text_input(key="recipe_name").set_value("taken")
    app.button(key="save").click().run()
    assert load(workspace, "taken").select.size == 5
    app.button(key="replace").click().run()
    assert failures(app) == []
    assert load(workspace, "taken").select.size == 50
    assert not [button for button in app.button if button.key == "replace"]


def test_no_name_is_said(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.button(key="save").click().run()
    assert "Give the recipe a name" in texts(app)
    assert saved(workspace) == []


@pytest.mark.parametrize(
    "recipe",
    [
        {"select": {"size": 23, "weights": {"difficulty": -1, "length_response": 0.25}, "normalize": "zscore"}},
        {"select": {"strategy": "reward", "by": "min", "direction": "bottom", "size": 9},
         "response": {"choose": "top_k_random", "k": 3}, "export": {"format": "messages"}},
        {"select": {"size": 40, "clusters": {"name": "kmeans-5", "quota": "sqrt"}, "seed": 7},
         "pool": {"missing": "available", "ties": "original"},
         "response": {"choose": "model", "name": "family-1-3b"}},
        {"select": {"strategy": "random", "seed": 3, "size": 11}},
    ],
)  # fmt: skip
def test_loading_sets_every_widget(recipe: dict, open_page: Open, workspace: Workspace) -> None:
    recipe = {**recipe, "name": "mine", "pool": {"reward_model": "rm-small", **recipe.get("pool", {})}}
    wanted = Recipe.parse(recipe)
    save(workspace, wanted)
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    assert "mine is loaded." in texts(app)
    again = next(code.value for code in app.code if code.value.startswith("name: "))
    now = Recipe.from_yaml(again)
    build = open_build(publish(workspace.path.parent / "again", plain(200, 9)))
    pool = load_pool(build)
    assert now.select.strategy == wanted.select.strategy
    assert select(pool, now).uuids.tolist() == select(pool, wanted).uuids.tolist()
    # the same bytes, so the response and the format too
    assert list(export_lines(select(pool, now), build)) == list(export_lines(select(pool, wanted), build))
    app.switch_page("tune.py").run()
    assert numbers(app)["Selected"] == str(wanted.select.size)


def test_what_does_not_fit_is_said(open_page: Open, workspace: Workspace) -> None:
    keep(workspace, size=9999, weights={"difficulty": 5, "nothing": 1}, clusters={"name": "other"})
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    said = texts(app)
    for part in ("9,999", "'nothing'", "'other'", "became 2"):
        assert part in said
    assert numbers(app)["Rows"] == "200"


def test_rename_and_delete(open_page: Open, workspace: Workspace) -> None:
    keep(workspace, size=5)
    app = open_page("export", workspace.path)
    app.text_input(key="new_mine").set_value("../yours").run()
    assert failures(app) == []
    (name,) = saved(workspace)
    assert "/" not in name
    assert app.button(key=f"delete_{name}").disabled
    app.checkbox(key=f"sure_{name}").check().run()
    app.button(key=f"delete_{name}").click().run()
    assert failures(app) == []
    assert saved(workspace) == []


def test_a_broken_recipe_does_not_break_the_page(open_page: Open, workspace: Workspace) -> None:
    keep(workspace, size=5)
    (workspace.recipes / "broken.yaml").write_text("select: {strategy: nobody}")
    app = open_page("export", workspace.path)
    assert failures(app) == []
    assert "Cannot be used" in texts(app)
    assert app.button(key="load_broken").disabled
    assert not app.button(key="load_mine").disabled


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"select: {size: 12}", "is loaded"), (b"- 1", "mapping"), (b"\xff\xfe\x00", "not UTF-8"),
     (b"select: {strategy: nobody}", "unknown strategy"), (b"a: &a [*a]", "Something"), (b"{", "not YAML")],
)  # fmt: skip
def test_an_uploaded_recipe(content: bytes, said: str, open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.file_uploader[0].upload("recipe.yaml", content, "application/yaml").run()
    assert said in texts(app) + "".join(failures(app))
    assert not app.exception
