"""Constraints in the app: set in Tune, pinned in Browse, in the address, undone, saved and loaded."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from crowdselect.cli import main
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from crowdselect.store.recipes import save
from tests.pages.builds import plain, publish
from tests.pages.conftest import Open, failures, numbers

FIRST = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ordinary pool in two languages, whose first three rows are near-duplicates of each other."""
    data = plain(200, 9)
    tags = [["code"] if row % 8 == 0 else ["talk"] for row in range(200)]
    place = publish(tmp_path_factory.mktemp("constrained"), replace(data, tags=tags))
    with duckdb.connect(place.build("0001")) as db:
        db.execute("INSERT INTO duplicate_sets VALUES ('minhash', 0.7)")
        db.execute("INSERT INTO duplicate_links VALUES ('minhash', 0, 1, 0.9), ('minhash', 1, 2, 0.8)")
        db.execute("INSERT INTO cluster_members SELECT iid, 'language', iid % 2 FROM instructions")
        db.execute("INSERT INTO cluster_names VALUES ('language', 0, 'en'), ('language', 1, 'de')")
    return place.path


def rows(app: AppTest) -> list[str]:
    found: list[str] = app.dataframe[0].value["uuid"].tolist()
    return found


def address(app: AppTest) -> dict:
    said = app.query_params["constraints"]
    found: dict = json.loads(said if isinstance(said, str) else said[0])
    return found


def opened(app: AppTest) -> AppTest:
    """The page with the sidebar's section open."""
    app.session_state["constraints_open"] = True
    return app.run()


def texts(app: AppTest) -> str:
    return " ".join(text.value for text in app.text)


def test_a_link_with_constraints_is_the_librarys_selection(open_page: Open, workspace: Path) -> None:
    said = {"pinned": [FIRST], "shares": [{"by": "tag", "value": "code", "min": 0.4},
            {"by": "language", "value": "en", "max": 0.6}],
            "duplicates": {"by": "minhash", "threshold": 0.75}}  # fmt: skip
    link = {"size": "20", "clusters": "None", "constraints": json.dumps(said)}
    app = open_page("tune", workspace, link)
    assert failures(app) == []
    document = {"pool": {"reward_model": "rm-large"}, "select": {"size": 20}, "constraints": said}
    pool = load_pool(open_build(Workspace.of(workspace)))
    assert rows(app) == select(pool, Recipe.parse(document)).uuids.tolist()
    assert FIRST in rows(app)
    assert "In force: pinned rows, shares, no near-duplicates." in {caption.value for caption in app.caption}
    opened(app)
    assert any("at least 40 %" in button.label.replace("\\", "") for button in app.button)


def test_what_binds_is_said_and_fewer_rows_are_shown(open_page: Open, workspace: Path) -> None:
    link = {"size": "50", "constraints": '{"shares":[{"by":"tag","value":"code","min":0.8}]}'}
    app = open_page("tune", workspace, link)
    assert failures(app) == []
    assert "Min 0.8 of tag 'code' leaves 31 of 50 rows; lower it to 0.5 or lower the size to 31." in texts(app)
    assert numbers(app)["Selected"] == "31"
    opened(app).button(key="drop_share_0").click().run()
    assert "leaves" not in texts(app)
    assert numbers(app)["Selected"] == "50"
    assert "constraints" not in app.query_params


def test_controls_undo_and_reset(open_page: Open, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages._ui.undo.PAUSE", 0.0)
    app = open_page("tune", workspace, {"size": "30"})
    free = rows(app)
    opened(app).number_input(key="_limit_budget").set_value(200).run()
    assert failures(app) == []
    assert address(app) == {"budget": {"max": 200}}
    assert len(rows(app)) == 25
    assert "The budget of 200 words leaves 25 of 30 rows; raise the budget to 240 words" in texts(app)
    app.number_input(key="_limit_distance").set_value(0.2).run()
    assert failures(app), "there are no embeddings here"
    app.button(key="undo").click().run()
    assert failures(app) == []
    assert app.number_input(key="_limit_budget").value == 200
    app.button(key="undo").click().run()
    assert (rows(app), app.number_input(key="_limit_budget").value) == (free, None)
    app.button(key="redo").click().run()
    assert app.number_input(key="_limit_budget").value == 200
    app.button(key="reset").click().run()
    assert "constraints" not in app.query_params
    assert app.number_input(key="_limit_budget").value is None


def test_both_ways_to_fill_a_budget_stand_side_by_side(open_page: Open, workspace: Path) -> None:
    app = opened(open_page("tune", workspace, {"size": "30", "constraints": '{"budget":{"max":200}}'}))
    asked = list(app.radio(key="_limit_fill").proto.captions)
    assert app.radio(key="_limit_fill").value == "size"
    assert [caption.split(", mean score ")[0] for caption in asked] == ["25 rows", "25 rows"], "all cost 8"
    app.radio(key="_limit_fill").set_value("best").run()
    assert failures(app) == []
    assert address(app) == {"budget": {"max": 200, "fill": "best"}}
    assert len(rows(app)) == 25
    assert any("25 rows: 30 is an upper limit" in caption.value.replace("\\", "") for caption in app.caption)
    assert "leaves" not in texts(app)


def test_pinned_and_banned_in_browse_hold_on_every_page(open_page: Open, workspace: Path) -> None:
    app = open_page("browse", workspace, {"size": "10", "row": FIRST})
    app.button(key="pin").click().run()
    assert failures(app) == []
    assert "pinned" in " ".join(markdown.value for markdown in app.markdown)
    assert app.button(key="pin").label == "Unpin"
    app.switch_page("tune.py").run()
    assert FIRST in rows(app)
    app.switch_page("browse.py").run()
    app.button(key="ban").click().run()
    assert address(app) == {"banned": [FIRST]}
    app.switch_page("tune.py").run()
    assert FIRST not in rows(app)
    opened(app).button(key=f"release_{FIRST}").click().run()
    assert "constraints" not in app.query_params


def test_a_recipe_is_loaded_with_what_this_workspace_knows(open_page: Open, workspace: Path) -> None:
    said = {"pinned": [FIRST, "nobody"], "shares": [{"by": "source", "value": "test", "max": 1.0, "min": 0.5},
            {"by": "source", "value": "elsewhere", "max": 0.5}], "budget": {"max": 900, "unit": "tokens"},
            "duplicates": {"by": "embedding"}}  # fmt: skip
    recipe = Recipe.parse({"name": "bound", "select": {"size": 12}, "pool": {"reward_model": "rm-large"},
                           "constraints": said})  # fmt: skip
    name = save(Workspace.of(workspace), recipe, overwrite=True)
    app = open_page("export", workspace)
    app.button(key=f"load_{name}").click().run()
    assert failures(app) == []
    notes = " ".join(caption.value for caption in app.caption)
    for lost in ("'nobody'", "'elsewhere'", "in tokens", "near-duplicates by embedding"):
        assert lost in notes.replace("\\", "")
    assert address(app) == {
        "pinned": [FIRST], "shares": [{"by": "source", "value": "test", "min": 0.5, "max": 1.0}],
    }  # fmt: skip


def test_what_the_address_cannot_mean_is_said(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"constraints": '{"budget":{"max":-3}}'})
    assert failures(app) == []
    assert any("constraints" in caption.value for caption in app.caption if "not possible" in caption.value)


def test_the_command_line_keeps_to_them_and_replays(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, out = tmp_path / "bound.yaml", tmp_path / "bound.jsonl"
    said = "constraints: {shares: [{by: tag, value: code, min: %s}], budget: {max: 400}}"
    body = "pool: {reward_model: rm-large}\nselect: {strategy: %s, size: 40}\n"
    for strategy in ("weighted", "matched_random"):
        recipe.write_text(body % strategy + said % 0.3)
        assert main(["select", str(recipe), "--out", str(out), "--workspace", str(workspace)]) == 0
        assert main(["replay", str(out.with_suffix(".manifest.json")), "--workspace", str(workspace)]) == 0
        chosen = {json.loads(line)["uuid"] for line in out.read_text().splitlines()}
        assert sum(int(uuid[:8]) % 8 == 0 for uuid in chosen) >= 12
    recipe.write_text(body % "weighted" + said % 0.9)
    capsys.readouterr()
    assert main(["select", str(recipe), "--out", str(out), "--workspace", str(workspace)]) == 1
    error = capsys.readouterr().err
    assert "Min 0.9 of tag 'code' leaves 27 of 40 rows; lower it to 0.625 or lower the size to 27." in error


def test_a_control_can_be_chosen_and_told_of_what(open_page: Open, workspace: Path) -> None:
    app = open_page("tune", workspace, {"strategy": "Matched random", "size": "20"})
    assert failures(app) == []
    assert app.text_input(key="matched_random.like").value == "weighted"
    first = rows(app)
    app.text_input(key="matched_random.like").set_value("length direction=bottom").run()
    assert failures(app) == []
    assert len(rows(app)) == len(first) == 20
    app.text_input(key="matched_random.like").set_value("no such").run()
    assert "matched_random.like" in texts(app)
