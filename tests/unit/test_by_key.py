"""Texts and scores are read by the store's own numbers and in batches, whatever the pool's size."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from crowdselect.export import lines
from crowdselect.export.lines import export_lines
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select
from crowdselect.store import Build, batches, load_pool, open_build
from tests.pages.builds import plain, publish

Asked = list[tuple[str, Sequence[Any], pa.Table]]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    data = plain()
    order = np.random.default_rng(1).permutation(data.scores["rm-large"].shape[1])
    uuids = [f"id-{place:02d}" for place in order]  # so that keys and rows are not the same numbers
    opened = open_build(publish(tmp_path_factory.mktemp("by_key"), type(data)(**{**vars(data), "uuids": uuids})))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pool(build: Build) -> Pool:
    return load_pool(build)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Every statement from here on, with its parameters and what it gave."""
    found: Asked = []
    query: Callable[..., pa.Table] = Build.query

    def recorded(self: Build, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        found.append((sql, params, query(self, sql, params)))
        return found[-1][2]

    monkeypatch.setattr(Build, "query", recorded)
    return found


def selection_of(pool: Pool, format: str) -> Selection:
    return select(pool, Recipe.parse({"pool": {"reward_model": "rm-large"}, "select": {"size": 40},
                                      "pairs": {"margin": 0}, "export": {"format": format}}))  # fmt: skip


@pytest.mark.parametrize("format", ["records", "preference"])
def test_an_export_in_batches_reads_each_batch_by_its_keys(
    format: str, build: Build, pool: Pool, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    selection = selection_of(pool, format)
    whole = list(export_lines(selection, build))
    monkeypatch.setattr(lines, "ROWS_AT_ONCE", 7)
    asked.clear()
    assert list(export_lines(selection, build)) == whole
    assert len(asked) == 6 * (2 if format == "records" else 3)
    assert max(table.num_rows for _, _, table in asked) == 7
    uuids = set(pool.uuids)
    assert not any(uuids & set(values) for _, params, _ in asked for values in params)


def test_an_export_says_what_the_views_say(build: Build, pool: Pool) -> None:
    table = build.query("SELECT uuid, model, instruction, response FROM responses JOIN instructions USING (uuid)")
    texts = {(row["uuid"], row["model"]): (row["instruction"], row["response"]) for row in table.to_pylist()}
    for line in export_lines(selection_of(pool, "records"), build):
        row = json.loads(line)
        assert (row["instruction"], row["response"]) == texts[row["uuid"], row["model"]]


def test_a_preview_reads_the_rows_that_it_shows(build: Build, pool: Pool, asked: Asked) -> None:
    selection = selection_of(pool, "records")
    asked.clear()
    assert list(export_lines(selection, build, 3)) == list(export_lines(selection, build))[:3]
    assert [table.num_rows for _, _, table in asked[:2]] == [3, 3]


def test_a_pool_is_loaded_in_batches(build: Build, pool: Pool, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 7)
    again = load_pool(build)
    for name, scores in pool.scores.items():
        np.testing.assert_array_equal(again.scores[name], scores)
    np.testing.assert_array_equal(again.response_words, pool.response_words)
    cells = [table.num_rows for sql, _, table in asked if "iid >= " in sql]
    assert max(cells) <= 7 * len(pool.models) * len(pool.scores)
    assert sum(cells) == len(pool) * len(pool.models) * (len(pool.scores) + 1)


def test_no_row_is_lost_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 7)
    with duckdb.connect() as db:
        db.execute("CREATE TABLE answers AS SELECT unnest([59, 100]) AS iid, 0 AS mid")
        with pytest.raises(ValueError, match="1 rows of answers belong to no instruction"):
            list(batches.in_batches(lambda sql: db.sql(sql).to_arrow_table(), "answers", "iid", 60))
