"""The same link and the same recipe give the same selection on other data, or a line says what is not as it was."""

from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from crowdselect.cli import main
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from crowdselect.store.made_on import data_of
from crowdselect.store.recipes import load, save
from precompute.database import touch, transaction
from precompute.publish import publish
from precompute.session import writer
from tests.pages.conftest import Open, failures, numbers
from tests.unit.workspaces import small_workspace

ROWS = 40
CLUSTERED = "INSERT INTO cluster_members SELECT iid, '{}', iid % {} FROM instructions"
# a reward model and a clustering that come first by name, and see it the other way round
OTHERS = (
    "INSERT INTO reward_models (rid, reward_model) VALUES (99, 'first')",
    "INSERT INTO score_values (iid, mid, rid, score) SELECT iid, mid, 99, -score FROM score_values WHERE rid = "
    "(SELECT rid FROM reward_models WHERE reward_model = 'rm-a')",
    CLUSTERED.format("c0", 2),
)
DROPPED = (
    "DELETE FROM score_values WHERE rid = (SELECT rid FROM reward_models WHERE reward_model = 'rm-a')",
    "DELETE FROM reward_models WHERE reward_model = 'rm-a'",
    "DELETE FROM cluster_members WHERE clustering = 'c5'",
)


def changed(workspace: Workspace, *statements: str) -> None:
    """Other data, as a new build."""
    with writer(workspace) as db:
        with transaction(db):
            for sql in statements:
                db.execute(sql)
            for name in ("scores", "clusters:c5", "clusters:c0"):
                touch(db, name)
        publish(db, workspace)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = small_workspace(tmp_path, ROWS)
    changed(workspace, CLUSTERED.format("c5", 5))
    return workspace


def texts(app: AppTest) -> str:
    said = " ".join([*(each.value for each in app.caption), *(each.value for each in app.text)])
    return said.replace("\\", "")  # marks of Markdown are escaped


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def shown(app: AppTest) -> Recipe:
    return Recipe.from_yaml(next(code.value for code in app.code if code.value.startswith("name: ")))


def chosen(workspace: Workspace, recipe: Recipe) -> list[str]:
    return select(load_pool(open_build(workspace)), recipe).uuids.tolist()


def test_an_address_that_says_anything_names_its_data_and_a_clean_one_stays_clean(
    workspace: Workspace, open_page: Open
) -> None:
    app = open_page("tune", workspace.path)
    assert address(app) == {}
    app = open_page("tune", workspace.path, {"size": "7"})
    assert failures(app) == []
    named = {"data": data_of(open_build(workspace)), "reward_model": "rm-a", "clustering": "c5"}
    assert address(app) == {"size": "7", **named}
    app.selectbox(key="rm").set_value("rm-b").run()
    assert address(app)["reward_model"] == "rm-b"


def test_a_link_chooses_the_same_on_other_data_and_says_that_they_are_others(
    workspace: Workspace, open_page: Open
) -> None:
    link = address(open_page("tune", workspace.path, {"size": "7", "seed": "3"}))
    again = open_page("tune", workspace.path, link)
    assert "made on other data" not in texts(again)
    old, before = open_build(workspace), numbers(again)
    changed(workspace, *OTHERS)
    app = open_page("tune", workspace.path, link)
    assert failures(app) == []
    assert f"This link was made on other data ({data_of(old)}, here {data_of(open_build(workspace))})" in texts(app)
    assert (app.selectbox(key="rm").value, app.selectbox(key="clusters").value) == ("rm-a", "c5")
    assert numbers(app) == before
    bare = open_page("tune", workspace.path, {"size": "7"})  # as good as ever: the defaults of these data
    assert failures(bare) == []
    assert "other data" not in texts(bare)
    assert (bare.selectbox(key="rm").value, bare.selectbox(key="clusters").value) == ("first", "c0")
    assert numbers(bare) != before


def test_a_link_names_what_is_not_here_any_more(workspace: Workspace, open_page: Open) -> None:
    link = address(open_page("tune", workspace.path, {"size": "7"}))
    changed(workspace, *DROPPED)
    app = open_page("tune", workspace.path, link)
    assert failures(app) == []
    said = texts(app)
    assert "Its reward model 'rm-a' is not here" in said
    assert "Its clustering 'c5' is not here" in said
    assert numbers(app)["Selected"] == "7"


def test_a_saved_recipe_names_its_data_and_a_loaded_one_keeps_its_name(
    workspace: Workspace, open_page: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = open_page("export", workspace.path, {"size": "7"})
    app.text_input(key="recipe_name").set_value("mine")
    app.button(key="save").click().run()
    assert failures(app) == []
    saved = load(workspace, "mine")
    data = data_of(open_build(workspace))
    assert (saved.name, saved.data, saved.pool.reward_model) == ("mine", data, "rm-a")
    assert saved.select.clusters is not None
    changed(workspace, *OTHERS)
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    assert f"This recipe was made on other data ({data}, here " in texts(app)
    assert shown(app).name == "mine"
    assert app.text_input(key="recipe_name").value == "mine"
    assert chosen(workspace, shown(app)) == chosen(workspace, saved)
    app.number_input(key="size").set_value(8).run()
    assert shown(app).name == "mine"
    app.button(key="reset").click().run()
    assert shown(app).name == "selection"
    # the command line says so, too, and the bytes are those of a recipe without
    (tmp_path / "r.yaml").write_text(saved.to_yaml())
    (tmp_path / "bare.yaml").write_text(yaml.safe_dump({**saved.document(), "data": None}))
    capsys.readouterr()
    for name, said in (("r", True), ("bare", False)):
        at = ["--out", str(tmp_path / f"{name}.jsonl"), "--workspace", str(workspace.path)]
        assert main(["select", str(tmp_path / f"{name}.yaml"), *at]) == 0
        assert ("This recipe was made on other data" in capsys.readouterr().err) == said
    assert (tmp_path / "r.jsonl").read_bytes() == (tmp_path / "bare.jsonl").read_bytes()


def test_a_recipe_without_data_loads_as_before(workspace: Workspace, open_page: Open) -> None:
    save(workspace, Recipe.parse({"name": "mine", "pool": {"reward_model": "rm-b"}, "select": {"size": 5}}))
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    assert "other data" not in texts(app)


def test_commands_take_an_older_build(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = open_build(workspace).id
    changed(workspace, *OTHERS)
    for name, rm in (("r", "rm-a"), ("s", "rm-b")):
        (tmp_path / f"{name}.yaml").write_text(f"{{name: {name}, pool: {{reward_model: {rm}}}, select: {{size: 7}}}}")
    recipe, other, at = str(tmp_path / "r.yaml"), str(tmp_path / "s.yaml"), ["--workspace", str(workspace.path)]
    for command in (
        ["select", recipe, "--out", str(tmp_path / "o.jsonl")],
        ["metrics", "--reward-model", "rm-a", "--out", str(tmp_path / "o.parquet")],
        ["compare", recipe, other, "--out", str(tmp_path / "o.csv")],
        ["bundle", recipe, "--out", str(tmp_path / "o.zip")],
    ):
        for asked, used in (([], "build "), (["--build", old], f"build {old}")):
            capsys.readouterr()
            assert main([*command, *at, *asked]) == 0
            assert used in capsys.readouterr().out
        assert f"build {old}" in used
    assert main(["metrics", "--reward-model", "first", "--out", str(tmp_path / "x.parquet"), *at, "--build", old]) == 1
    assert "Unknown reward model 'first'" in capsys.readouterr().err
    assert main(["select", recipe, "--out", str(tmp_path / "x.jsonl"), *at, "--build", "../0001"]) == 1
    assert "is missing (there: " in capsys.readouterr().err
