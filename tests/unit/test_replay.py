"""Fifty random recipes replay to the same bytes; after one changed score the replay fails and names what changed."""

import json
import random
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.export import EXPORTERS
from crowdselect.export.manifest import Manifest
from crowdselect.export.replay import replay
from crowdselect.export.write import manifest_path, write_export
from crowdselect.methods import METHODS
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from precompute.database import touch, transaction
from precompute.publish import publish
from precompute.session import writer
from tests.unit.workspaces import MODELS, small_workspace

ROWS = 60
BESIDE = """
INSERT INTO cluster_members SELECT iid, 'c5', iid % 5 FROM instructions;
INSERT INTO answer_signals SELECT iid, mid, unnest(['ifd', 'direct_score', 'tokens_response']),
    0.1 + ((iid * 37 + mid * 11) % 89) / 100.0 FROM answers;
INSERT INTO tag_values SELECT iid, 'tag ' || (iid * 7 % 4 + place), place FROM instructions, range(2) r(place);
INSERT INTO embedding_sets VALUES (1, 'instruction', 'minilm', 3, 'attached');
INSERT INTO vectors SELECT iid, 1, [sin(iid), cos(iid), sin(iid * 3)]::FLOAT[] FROM instructions;
"""
STRATEGIES: dict[str, list[dict[str, Any]]] = {
    "weighted": [{}],
    "difficulty": [{}, {"direction": "bottom"}],
    "separability": [{}],
    "stability": [{"direction": "bottom"}],
    "reward": [{"by": "min"}, {"by": "mean"}],
    "length": [{"of": "response"}, {}],
    "random": [{}],
    "ifd": [{}],
    "direct_score": [{}],
    "instag": [{"variant": "paper"}],
    "deita": [{"score": "reward", "threshold": 0.99}],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Sixty instructions with all that a recipe may ask for."""
    workspace = small_workspace(tmp_path_factory.mktemp("replay"), ROWS)
    with writer(workspace) as db:
        with transaction(db):
            db.execute(BESIDE)
            for name in ("clusters:c5", "signals:ifd", "tags", "vectors"):
                touch(db, name)
        publish(db, workspace)
    return workspace


def changed(workspace: Workspace, sql: str, table: str) -> None:
    """The same data but for one statement, as a new build."""
    with writer(workspace) as db:
        with transaction(db):
            db.execute(sql)
            touch(db, table)
        publish(db, workspace)


def any_recipe(draw: random.Random) -> Recipe:
    """One of the many: strategy, weights, filters, normaliser, clusters, response, pairs and format."""
    strategy = draw.choice(list(STRATEGIES))
    select_part: dict[str, Any] = {"strategy": strategy, "size": draw.randint(1, 8), "seed": draw.randrange(1000)}
    select_part |= draw.choice(STRATEGIES[strategy])
    select_part["weights"] = {
        name: draw.choice([-2, -1, 0.5, 1, 1.5])
        for name in draw.sample(["difficulty", "separability", "stability", "reward", "ifd"], draw.randint(1, 4))
    }
    select_part["normalize"] = draw.choice(["quantile", "minmax", "zscore", "rank"])
    if draw.random() < 0.4 and strategy not in ("instag", "deita"):
        select_part["clusters"] = {"name": "c5", "quota": draw.choice(list(QUOTAS))}
    where = [{"field": "n_words", "min": 2}, {"field": "source", "in": ["s0"]}, {"field": "tag", "not_in": ["tag 1"]}]
    responses = [{"choose": "best"}, {"choose": "random"}, {"choose": "top_k_random", "k": 3}]
    pairs = [{"margin": 0.5}, {"rejected": "random", "consensus": 1}, {"rejected": "kth", "k": 2},
             {"max_length_ratio": 3, "max_length_difference": 40}]  # fmt: skip
    document: dict[str, Any] = {
        "name": f"recipe-{draw.randrange(10**6)}",
        "pool": {
            "reward_model": draw.choice(["rm-a", "rm-b", "ensemble"]),
            "missing": draw.choice(["complete", "available"]),
            "ties": draw.choice(["average", "original"]),
            "where": draw.sample(where, draw.choice([0, 0, 1])),
        },
        "select": select_part,
        "response": draw.choice([*responses, {"choose": "model", "name": MODELS[2]}]),
        "export": {"format": draw.choice(list(EXPORTERS))},
    }
    if draw.random() < 0.4:
        document["pairs"] = draw.choice(pairs)
    return Recipe.parse(document)


@pytest.mark.slow
def test_fifty_random_recipes_replay_to_the_same_bytes(workspace: Workspace, tmp_path: Path) -> None:
    draw = random.Random(20)
    build = open_build(workspace)
    pool = load_pool(build)
    recipes: list[Recipe] = []
    while len(recipes) < 50:
        recipe = any_recipe(draw)
        try:
            selection = select(pool, recipe)
        except UserError as error:
            if "cannot be met" not in str(error):  # a small pool; never for another reason
                raise
            continue
        file = tmp_path / f"{len(recipes)}.jsonl"
        recipes.append(recipe)
        write_export(selection, build, file)
        found = replay(manifest_path(file), workspace)
        assert found.differences == [], recipe.to_yaml()
    assert {recipe.select.strategy for recipe in recipes} == set(STRATEGIES)
    assert {recipe.export.format for recipe in recipes} == set(EXPORTERS)
    assert len({(tmp_path / f"{n}.jsonl").read_bytes() for n in range(50)}) > 45  # they are not one recipe


@pytest.fixture
def exported(workspace: Workspace, tmp_path: Path) -> Path:
    """A manifest beside its file, of the six highest rewards by rm-a."""
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("{pool: {reward_model: rm-a}, select: {strategy: reward, size: 6}}")
    assert main(["select", str(recipe), "--out", str(tmp_path / "c.jsonl"), "--workspace", str(workspace.path)]) == 0
    return tmp_path / "c.manifest.json"


def test_one_changed_score_is_named(workspace: Workspace, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = json.loads(exported.with_name("c.jsonl").read_text().splitlines()[0])
    old = open_build(workspace)
    of = (
        "FROM score_values s JOIN instructions i USING (iid) JOIN models m USING (mid) JOIN reward_models r USING (rid)"
    )
    sql = f"SELECT s.iid, s.mid, s.rid {of} WHERE i.uuid = ? AND m.model = ? AND r.reward_model = 'rm-a'"
    iid, mid, rid = old.query(sql, [first["uuid"], first["model"]]).to_pylist()[0].values()
    cell = f"iid = {iid} AND mid = {mid} AND rid = {rid}"
    changed(workspace, f"UPDATE score_values SET score = -9 WHERE {cell}", "scores")  # noqa: S608  numbers
    at = ["replay", str(exported), "--workspace", str(workspace.path)]
    try:
        capsys.readouterr()
        assert main(at) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        cells = ROWS * len(MODELS) * 2
        assert f"differs from the recorded build {old.id} in: scores;" in said
        assert (
            f"scores: 1 of {cells} rows differs: uuid {first['uuid']}, model {first['model']}, reward_model rm-a: "
            f"score -9.0 instead of {first['reward']}"
        ) in said
        assert "1 row came into the selection (" in said
        assert f"1 row went out of the selection ({first['uuid']})" in said
        assert f"build {old.id}, still here, gives the same bytes (--build {old.id})" in said
        assert "differs from line 1 on (uuid u" in said
        assert main([*at, "--build", old.id]) == 0
    finally:
        changed(workspace, f"UPDATE score_values SET score = {first['reward']} WHERE {cell}", "scores")  # noqa: S608
    assert main(at) == 0


def test_a_build_that_was_changed_behind_its_digests(
    workspace: Workspace, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    current = workspace.build(workspace.current_build() or "")
    whole = current.read_bytes()
    try:
        with duckdb.connect(current) as db:
            db.execute("UPDATE score_values SET score = score + 1 WHERE iid = (SELECT min(iid) FROM score_values)")
            db.execute("UPDATE score_values SET score = 99 WHERE iid = (SELECT max(iid) FROM score_values)")
        assert main(["replay", str(exported), "--workspace", str(workspace.path)]) == 1
        said = capsys.readouterr().err
        assert f"build {current.stem} was changed after it was published, in: scores;" in said
        assert "c.jsonl differs from line 1 on" in said
    finally:
        current.write_bytes(whole)


def test_an_older_manifest_is_read_and_a_newer_one_names_its_commit(workspace: Workspace, exported: Path) -> None:
    document = json.loads(exported.read_text())
    commit = document.pop("commit")
    assert commit is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", commit)
    document.pop("unpaired")
    exported.write_text(json.dumps(document))
    assert Manifest.read(exported).commit is None
    assert replay(exported, workspace).differences == []
    document |= {"commit": "f" * 40, "sha256": "0" * 64}
    exported.write_text(json.dumps(document))
    said = "; ".join(replay(exported, workspace).differences)
    assert f"instead of {'f' * 40}" in said
    assert "c.jsonl itself is as made now, and not as its manifest says" in said


def of_version_1(manifest: Path) -> None:
    """The manifest as one of version 1 said it."""
    document = json.loads(manifest.read_text())
    for later in ("files", "methods"):
        del document[later]
    manifest.write_text(json.dumps(document | {"manifest_version": 1}))


@pytest.mark.parametrize(
    ("recipe", "moved_by"),
    [
        ({"select": {"strategy": "random", "size": 20}, "response": {"choose": "random"}}, ["streams"]),
        ({"select": {"strategy": "matched_random", "size": 20, "like": "difficulty"}}, ["streams"]),
        ({"select": {"strategy": "random", "size": 20}}, []),
        ({"select": {"strategy": "difficulty", "size": 20}}, []),
        ({"select": {"strategy": "difficulty", "size": 20}, "core": {"resamples": 10, "share": 0.6}}, ["streams"]),
    ],
)
def test_an_export_of_former_methods_replays_and_those_that_would_move_it_are_named(
    recipe: dict[str, Any], moved_by: list[str], workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    build = open_build(workspace)
    document = {"pool": {"reward_model": "rm-a", "missing": "available"}, **recipe}
    selection = select(load_pool(build), Recipe.parse(document), dict.fromkeys(METHODS, 1))
    write_export(selection, build, tmp_path / "old.jsonl")
    of_version_1(tmp_path / "old.manifest.json")
    assert main(["replay", str(tmp_path / "old.manifest.json"), "--workspace", str(workspace.path)]) == 0
    said = capsys.readouterr().out
    assert "byte-identical" in said
    assert [name for name in METHODS if f"{name} {METHODS[name].version} (" in said] == moved_by


def test_a_manifest_lists_its_files_and_the_methods_of_today(exported: Path) -> None:
    document = json.loads(exported.read_text())
    assert document["manifest_version"] == 2
    assert document["methods"] == {name: method.version for name, method in METHODS.items()}
    assert document["files"] == [{"file": "c.jsonl", "rows": 6, "sha256": document["sha256"]}]
    exported.write_text(json.dumps(document | {"manifest_version": 3}))
    with pytest.raises(UserError, match=r"manifest_version: .*less than or equal to 2"):
        Manifest.read(exported)


def test_what_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b" " * 5_000_001)
    with pytest.raises(UserError, match="a manifest has at most 5,000,000"):
        Manifest.read(tmp_path / "large.json")
