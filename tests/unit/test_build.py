"""A published build: refuses every statement that writes or reaches out, answers threads rightly, survives damage."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Build, Workspace, load_pool, open_build, search, texts
from tests.pages.builds import plain, publish

HOSTILE_STATEMENTS = [
    "INSERT INTO models VALUES (9, 'x', NULL, NULL, NULL)",
    "DELETE FROM instructions",
    "UPDATE models SET model = 'x'",
    "DROP TABLE instructions",
    "CREATE TABLE x(a INT)",
    "ATTACH '{folder}/other.duckdb'",
    "COPY models TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet'",
    "EXPORT DATABASE '{folder}/dump'",
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '{folder}/secret.csv'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "PRAGMA enable_profiling",
    "SELECT * FROM python_variable",
]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    opened = open_build(publish(tmp_path, plain()))
    yield opened
    opened.close()


@pytest.mark.parametrize("statement", HOSTILE_STATEMENTS)
def test_hostile_statements_are_refused(build: Build, tmp_path: Path, statement: str) -> None:
    python_variable = [1]
    (tmp_path / "secret.csv").write_text("a\n1\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises((duckdb.Error, UserError)):
        build.query(statement.format(folder=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert python_variable == [1]


def test_every_thread_gets_its_own_answer(build: Build) -> None:
    def ask(number: int) -> bool:
        return build.query("SELECT ?::INTEGER AS n FROM range(50)", [number])["n"].to_pylist() == [number] * 50

    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(ask, range(1_000)))


def test_a_runaway_query_is_stopped_and_the_next_one_works(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_QUERY_SECONDS", "0.3")
    start = time.monotonic()
    with pytest.raises(UserError, match=r"stopped after 0.3 s.*CROWDSELECT_QUERY_SECONDS"):
        build.query("SELECT count(*) FROM range(100000000) a, range(100000) b WHERE (a.range + b.range) % 7 = 3")
    assert time.monotonic() - start < 15
    assert build.query("SELECT 1 AS one")["one"].to_pylist() == [1]


def test_a_memory_limit_is_said(build: Build) -> None:
    with pytest.raises(UserError, match="CROWDSELECT_MEMORY_LIMIT"):
        build.query("SELECT list(a.range) FROM range(400000000) a")


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no build yet: run `python -m precompute demo`"):
        open_build(Workspace.of(tmp_path))


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    workspace = publish(tmp_path, plain())
    with duckdb.connect(workspace.build("0001")) as db:
        db.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(UserError, match="schema version 999"):
        open_build(workspace)


def test_leftovers_are_never_read_as_builds(tmp_path: Path) -> None:
    workspace = publish(tmp_path, plain())
    for name in (".tmp-0002.duckdb", "0002.duckdb.wal", "x.duckdb", "0003.tmp"):
        (workspace.builds / name).write_bytes(b"junk")
    assert workspace.build_ids() == ["0001"]
    workspace.current.write_text("../../etc/passwd")
    assert workspace.current_build() is None


def test_pool_rows_ascend_by_uuid_and_are_shared_read_only(tmp_path: Path) -> None:
    data = plain(rows=20)
    order = np.random.default_rng(0).permutation(20)
    uuids = [f"id-{place:02d}" for place in order]
    shuffled = type(data)(**{**vars(data), "uuids": uuids})
    pool = load_pool(open_build(publish(tmp_path, shuffled)))
    assert list(pool.uuids) == sorted(uuids)
    np.testing.assert_array_equal(pool.scores["rm-large"][:, order], data.scores["rm-large"])
    np.testing.assert_array_equal(pool.clusterings["kmeans-5"].codes[order], data.clusters["kmeans-5"])
    with pytest.raises(ValueError, match="read-only"):
        pool.scores["rm-large"][0, 0] = 1.0


def test_texts_come_in_the_order_asked(build: Build) -> None:
    pool = load_pool(build)
    keys = pool.keys_of([7, 3, 11])
    assert [text.split()[5] for text in texts.instructions(build, keys)] == ["7", "3", "11"]
    models = [pool.models[place].name for place in (2, 0, 1)]
    everyone = texts.responses(build, keys)
    for row, model, answer, answers in zip(
        (7, 3, 11), models, texts.chosen_responses(build, keys, models), everyone, strict=True
    ):
        assert [each.model for each in answers] == [each.name for each in pool.models]
        [own] = [each for each in answers if each.model == model]
        assert own.response == answer
        place = [each.model for each in answers].index(model)
        assert own.scores == {name: scores[place, row] for name, scores in pool.scores.items()}
        assert own.n_words == pool.response_words[place, row]
    assert texts.responses(build, keys[::-1]) == everyone[::-1]
    assert texts.responses(build, [-1]) == [[]]
    assert texts.instructions(build, []) == texts.responses(build, []) == texts.chosen_responses(build, [], []) == []


def test_search_takes_every_word_as_text(build: Build) -> None:
    assert len(search.with_text(build, "PROBLEM how")) == 60
    assert len(search.with_text(build, "problem 17")) == 1
    assert len(search.with_text(build, "'; DROP TABLE instructions; -- %_")) == 0
    with pytest.raises(UserError, match="at most 20 words, not 21"):
        search.with_text(build, "x " * 21)


def test_a_recipe_may_filter_by_text(build: Build) -> None:
    where = [{"field": "text", "contains": "topic 3"}]
    recipe = Recipe.parse({"pool": {"reward_model": "rm-large", "where": where}, "select": {"size": 2}})
    pool = load_pool(build)
    found = texts.instructions(build, pool.keys_of(select(pool, recipe).rows))
    assert all("3" in text and "topic" in text for text in found)


def test_a_recipe_may_filter_by_a_drawn_shape(build: Build) -> None:
    pool = load_pool(build)
    x = pool.projections["tsne"][:, 0]
    middle = float(np.median(x))
    left = [[-1e3, -1e3], [middle, -1e3], [middle, 1e3], [-1e3, 1e3]]
    document = {
        "pool": {"reward_model": "rm-large", "where": [{"field": "tsne", "inside": left}]},
        "select": {"size": 9},
    }
    recipe = Recipe.from_yaml(Recipe.parse(document).to_yaml())
    assert (x[select(pool, recipe).rows] < middle).all()
    elsewhere = Recipe.parse({**document, "pool": {**document["pool"], "where": [{"field": "umap", "inside": left}]}})
    with pytest.raises(UserError, match="Unknown projection 'umap' in a filter; this workspace has pca, tsne"):
        select(pool, elsewhere)


def test_a_build_may_be_open_twice(build: Build, tmp_path: Path) -> None:
    again = open_build(Workspace.of(tmp_path))
    assert again.query("SELECT count(*) AS n FROM instructions")["n"].to_pylist() == [60]
    with pytest.raises(UserError):
        again.query("SET memory_limit = '100GB'")
    again.close()
    assert build.query("SELECT 1 AS one")["one"].to_pylist() == [1]
