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
from tests.unit.workspaces import small_workspace

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


def shown(app: AppTest) -> Recipe:
    """The recipe that the page's choices make."""
    return Recipe.from_yaml(next(code.value for code in app.code if code.value.startswith("name: ")))


PAIRS = {"rejected": "kth", "k": 4, "margin": 0.25, "consensus": 1, "max_length_ratio": 2.0, "max_length_difference": 9}


def test_pairs_are_chosen_in_the_sidebar_and_stand_in_the_link(open_page: Open, workspace: Workspace) -> None:
    link = {"format": "KTO", "with_pairs": "true", "rejected": "Random", "margin": "0.5", "consensus": "All",
            "size": "10", "length_gap": "0"}  # fmt: skip
    app = open_page("export", workspace.path, link)
    assert failures(app) == []
    document = shown(app).document()
    assert document["pairs"] == {
        "rejected": "random", "margin": 0.5, "consensus": "all", "max_length_difference": 0,
    }  # fmt: skip
    assert numbers(app)["Rows"] == "10"
    assert any(str(metric.delta).endswith(" · 20 lines") for metric in app.metric)
    assert "Download 10 rows (20 lines) as JSONL" in [button.proto.label for button in app.get("link_button")]
    assert "candidates have no such pair and cannot be selected" in texts(app)
    app.toggle(key="with_pairs").set_value(False).run()
    assert failures(app) == []
    assert shown(app).document()["pairs"] == {"rejected": "worst", "margin": 0.0}  # what the format asks for
    app.selectbox(key="format").set_value("messages").run()
    assert shown(app).pairs is None


@pytest.mark.parametrize("format", ["preference", "messages"])
def test_a_recipes_pairs_are_not_lost(format: str, open_page: Open, workspace: Workspace) -> None:
    wanted = Recipe.parse(
        {"name": "mine", "pool": {"reward_model": "rm-small"}, "select": {"size": 9}, "pairs": PAIRS,
         "export": {"format": format}}
    )  # fmt: skip
    save(workspace, wanted)
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    assert shown(app).pairs == wanted.pairs
    build = open_build(publish(workspace.path.parent / "again", plain(200, 9)))
    lines = list(export_lines(select(load_pool(build), wanted), build))
    assert [json.loads(line) for line in app.code[0].value.split("\n")] == [json.loads(line) for line in lines[:3]]


def test_pairs_that_do_not_fit_are_said(open_page: Open, workspace: Workspace) -> None:
    pairs = {"rejected": "kth", "k": 40, "consensus": 7}
    save(workspace, Recipe.parse({"name": "mine", "pool": {"reward_model": "rm-small"}, "pairs": pairs}))
    app = open_page("export", workspace.path)
    app.button(key="load_mine").click().run()
    assert failures(app) == []
    assert "rank 40; the last here is 9" in texts(app)
    assert "7 reward models that agree; here are 2" in texts(app)


def recorded(app: AppTest) -> bytes:
    return next(code.value for code in app.code if '"manifest_version"' in code.value).encode()


def opened(app: AppTest, content: bytes) -> str:
    app.file_uploader(key="manifest_file").upload("x.manifest.json", content, "application/json").run()
    assert failures(app) == []
    return texts(app)


def test_a_manifest_opens_the_view_that_it_records(open_page: Open, tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path, 40)
    link = {"size": "7", "format": "KTO", "w_stability": "-0.5", "with_pairs": "true", "margin": "0.5", "seed": "9"}
    content = recorded(open_page("export", workspace.path, link))
    app = open_page("export", workspace.path)
    said = opened(app, content)
    assert "The data are as recorded (the same build)." in said
    assert "The file is the same, byte for byte" in said
    assert recorded(app) == content
    app.number_input(key="size").set_value(5).run()
    assert "The choices are not as recorded: size 7 → 5." in texts(app)
    app.button(key="close_manifest").click().run()
    assert "as recorded" not in texts(app)
    document = json.loads(content)
    score = document["digests"].pop("scores")
    said = opened(app, json.dumps(document | {"sha256": "0" * 64}).encode())
    assert score
    assert "The data are not as recorded (the same build)." in said
    assert "in: scores" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{}", "is not a manifest"), (b"\xff", "is not a manifest"), (b"[1]", "is not a manifest"),
     (b"<script>alert(1)</script>", "is not a manifest")],
)  # fmt: skip
def test_what_is_no_manifest(content: bytes, said: str, open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.file_uploader(key="manifest_file").upload("x.json", content, "application/json").run()
    assert not app.exception
    assert said in " ".join([*failures(app), texts(app)])


def test_an_earlier_version_is_shown_and_restored(open_page: Open, workspace: Workspace) -> None:
    for size in (5, 1000):
        save(workspace, Recipe.parse({"name": "mine", "select": {"size": size}}), overwrite=True)
    app = open_page("export", workspace.path)
    assert "Then size 5 → 1,000." in texts(app)
    (version,) = [button for button in app.button if (button.key or "").startswith("restore_mine")]
    version.click().run()
    assert failures(app) == []
    assert load(workspace, "mine").select.size == 5
    assert "Then size 1,000 → 5." in texts(app)


def test_the_bundle_says_what_is_no_model(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path)
    app.text_input(key="base_model").set_value(" ").run()
    assert not app.exception
    assert "is no name of a base model" in " ".join([*failures(app), texts(app)])


def test_tune_takes_the_format_of_its_first_link(open_page: Open, workspace: Workspace) -> None:
    app = open_page("tune", workspace.path, {"format": "Preference", "size": "12", "with_pairs": "true"})
    assert failures(app) == []
    assert numbers(app)["Selected"] == "12"


def test_a_series_offers_its_files_or_says_why_not(open_page: Open, workspace: Workspace) -> None:
    app = open_page("export", workspace.path, {"strategy": "Random", "size": "150"})
    app.session_state["series"] = True  # the popover is open
    app.run()
    assert app.text_input(key="series_sizes").value == "100,150"

    def offered() -> list[str]:
        return [each.proto.label for each in app.get("link_button") if "file" in each.proto.label]

    app.text_input(key="series_sizes").set_value("8, 20,40")
    app.text_input(key="series_seeds").set_value("1,2").run()
    assert failures(app) == []
    assert offered() == ["Download 6 files"]
    for wrong, said in (("8,x", "Sizes takes whole numbers from 1"), ("8,999", "Size 999 cannot be met: 200 rows")):
        app.text_input(key="series_sizes").set_value(wrong).run()
        assert said in texts(app)
        assert offered() == []
