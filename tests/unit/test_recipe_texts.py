"""Texts that YAML reads as something else are refused with their quotes; names that a workspace lacks are said."""

import json
from pathlib import Path

import pytest
import yaml

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.store import Workspace, load_pool, open_build
from precompute.cli import main as precompute
from precompute.database import touch, transaction
from precompute.publish import publish
from precompute.session import writer

# what YAML 1.1 reads as no text, and what it reads; a whole number that is read as it is written may stand
WRITTEN = {
    "no": "false", "Off": "false", "yes": "true", "~": "null", "null": "null", "0123": "83", "0x1F": "31",
    "1_000": "1000", "12:30:45": "45045", "+5": "5", "1.0": "1.0", "1.5e+3": "1500.0", ".inf": "inf",
    "2024-01-01": "2024-01-01", "2024-13-45": "2024-13-45", "2024-01-01 10:00:00": "2024-01-01 10:00:00",
}  # fmt: skip
# where a text is wanted: the place, and a recipe with a gap for it
PLACES = {
    "pool.where.0.in.1": "pool: {{where: [{{field: source, in: [a, {}]}}]}}",
    "pool.where.0.not_in.0": "pool: {{where: [{{field: language, not_in: [{}]}}]}}",
    "pool.where.0.field": "pool: {{where: [{{field: {}, in: [a]}}]}}",
    "pool.where.0.contains": "pool: {{where: [{{field: text, contains: {}}}]}}",
    "name": "name: {}",
    "pool.reward_model": "pool: {{reward_model: {}}}",
    "select.clusters.name": "select: {{clusters: {{name: {}}}}}",
    "select.strategy": "select: {{strategy: {}}}",
    "response.name": "response: {{choose: model, name: {}}}",
    "constraints.pinned.0": "constraints: {{pinned: [{}]}}",
    "constraints.shares.0.value": "constraints: {{shares: [{{by: source, value: {}, max: 0.5}}]}}",
}
OPTIONAL = {"pool.reward_model", "pool.where.0.contains", "response.name", "constraints.shares.0.value"}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_text_is_refused_with_the_advice_to_quote_it(place: str, written: str) -> None:
    if WRITTEN[written] == "null" and place in OPTIONAL:
        return  # nothing there is as good as no key
    with pytest.raises(UserError) as refused:
        Recipe.from_yaml(PLACES[place].format(written))
    assert str(refused.value) == f'Recipe: {place}: {WRITTEN[written]} is no text; write it in quotes: "{written}".'


@pytest.mark.parametrize("written", [each for each in WRITTEN if each != "~"])
def test_a_key_is_a_text_too(written: str) -> None:
    with pytest.raises(UserError, match=r"is no text; write it in quotes"):
        Recipe.from_yaml(f"select: {{weights: {{{written!s} : 1}}}}".replace("{~", "{? ~"))


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "!!str {}"])
def test_in_quotes_it_is_that_text(quoted: str, written: str) -> None:
    recipe = Recipe.from_yaml(f"pool: {{where: [{{field: source, in: [{quoted.format(written)}]}}]}}")
    assert recipe.pool.where[0].any_of == (written,)
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe


def test_numbers_stay_numbers() -> None:
    recipe = Recipe.from_yaml("{select: {size: 1_000, seed: 0x10, weights: {difficulty: 1}}, name: '7'}")
    assert (recipe.select.size, recipe.select.seed, recipe.name) == (1000, 16, "7")
    assert Recipe.from_yaml("pool: {where: [{field: source, in: [7]}]}").pool.where[0].any_of == (7,)


@pytest.mark.parametrize("value", [False, None, 1.5, ["a"], {}])
def test_a_manifest_has_texts_there_too(value: object) -> None:
    with pytest.raises(UserError, match=r"pool\.where\.0\.in\.0"):
        Recipe.parse({"pool": {"where": [{"field": "source", "in": [value]}]}})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four instructions in two languages, of sources 0123, 83, english-v2 and none; tags, a clustering."""
    folder = tmp_path_factory.mktemp("names")
    sources = ["0123", "83", "english-v2", None]
    lines = [
        {"id": f"u{nth}", "instruction": f"Ask {nth}.", "model": model, "response": "Yes.", "scores": {"rm": nth},
         **({} if source is None else {"source": source})}
        for nth, source in enumerate(sources) for model in ("a", "b")
    ]  # fmt: skip
    (folder / "pool.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert precompute(["ingest", str(folder / "pool.jsonl"), "--workspace", str(folder / "w")]) == 0
    workspace = Workspace.of(folder / "w")
    with writer(workspace) as db:
        with transaction(db):
            db.execute("INSERT INTO cluster_members SELECT iid, unnest(['language', 'k2']), iid % 2 FROM instructions")
            db.execute("INSERT INTO cluster_names VALUES ('language', 0, 'no'), ('language', 1, 'en')")
            db.execute("INSERT INTO tag_values SELECT iid, 'coding', 0 FROM instructions WHERE iid % 2 = 0")
            for name in ("tags", "clusters:k2", "clusters:language"):
                touch(db, name)
        publish(db, workspace)
    return workspace


@pytest.fixture(scope="module")
def pool(workspace: Workspace) -> Pool:
    return load_pool(open_build(workspace))


UNKNOWN = {
    "source": ("english", "0123, 83, english-v2"),
    "tag": ("codes", "coding"),
    "language": ("xx", "no, en"),
    "cluster": ("k2:9", "language:0, language:1, k2:0, k2:1"),
    "best_model": ("c", "a, b"),
    "main_tag": ("codes", "coding"),
}


def chosen(workspace: Workspace, folder: Path, where: list[dict]) -> int:
    document = {"pool": {"where": where}, "select": {"strategy": "random", "size": 1}}
    (folder / "r.yaml").write_text(yaml.safe_dump(document))
    at = ["--out", str(folder / "r.jsonl"), "--workspace", str(workspace.path)]
    return main(["select", str(folder / "r.yaml"), *at])


@pytest.mark.parametrize("field", UNKNOWN)
def test_an_unknown_name_in_in_is_refused_with_those_there_are_and_in_not_in_it_is_said(
    field: str, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, known = UNKNOWN[field]
    kind = {"best_model": "best model", "main_tag": "main tag"}.get(field, field)
    assert chosen(workspace, tmp_path, [{"field": field, "in": [name]}]) == 1
    said = capsys.readouterr().err
    assert f"this workspace has no {kind} {name!r}; it has " in said
    assert set(known.split(", ")) == set(said.strip().removesuffix(".").split("; it has ")[1].split(", "))
    assert chosen(workspace, tmp_path, [{"field": field, "not_in": [name]}]) == 0
    assert capsys.readouterr().err == f"where.0.not_in: this workspace has no {kind} {name!r}.\n"


@pytest.mark.parametrize("key", ["in", "not_in"])
def test_unknown_uuids_are_said(
    key: str, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chosen(workspace, tmp_path, [{"field": "uuid", key: ["u1", "u9", "u8"]}]) == 0
    assert capsys.readouterr().err == f"where.0.{key}: this workspace has no uuid 'u9' and 1 other.\n"


def test_known_names_and_rows_without_any_are_found(workspace: Workspace, pool: Pool, tmp_path: Path) -> None:
    for where in ({"field": "source", "in": [""]}, {"field": "main_tag", "in": ["", "coding"]},
                  {"field": "source", "in": [83]}, {"field": "cluster", "in": ["k2:1"]},
                  {"field": "language", "in": ["no"]}):  # fmt: skip
        assert chosen(workspace, tmp_path, [where]) == 0
