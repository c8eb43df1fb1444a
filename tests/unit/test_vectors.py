"""A pool lends its embeddings: each row beside its instruction, read only when asked for."""

from pathlib import Path

import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.store import load_pool, open_build
from crowdselect.store import vectors as store_vectors
from tests.pages.builds import plain, publish, signalled
from tests.unit.test_attach import attach, embeddings
from tests.unit.workspaces import small_workspace


@pytest.mark.parametrize("rows_at_once", [2, 10_000])
def test_rows_stand_beside_their_instructions(
    tmp_path: Path, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_vectors, "ROWS_AT_ONCE", rows_at_once)
    workspace = small_workspace(tmp_path)
    matrix = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    for name, values in (("one", matrix), ("two", -matrix)):
        file, ids = embeddings(tmp_path, values, ["u00002", "u00000", "u00005"])
        assert attach(workspace, "embeddings", file, "--ids", ids, "--name", name) == 0
    build = open_build(workspace)
    vectors = load_pool(build).vectors
    assert vectors is not None
    found = vectors("one")
    np.testing.assert_array_equal(found[[2, 0, 5]], matrix)
    assert np.isnan(found[[1, 3, 4, *range(6, 12)]]).all()
    assert found.dtype == np.float32
    assert not found.flags.writeable
    np.testing.assert_array_equal(vectors("two/instruction")[[2, 0, 5]], -matrix)
    with pytest.raises(UserError, match=r"Several embeddings could be meant; .* one/instruction, two/instruction"):
        vectors(None)
    with pytest.raises(UserError, match="Unknown embeddings 'three'; choose one of one/instruction, two/instruction"):
        vectors("three")
    build.close()


def test_the_only_set_needs_no_name_and_is_read_once(tmp_path: Path) -> None:
    build = open_build(publish(tmp_path, signalled(20)))
    vectors = load_pool(build).vectors
    assert vectors is not None
    assert vectors(None).shape == (20, 8)
    assert vectors(None) is vectors(None)
    build.close()


def test_no_embeddings_are_said(tmp_path: Path) -> None:
    build = open_build(publish(tmp_path, plain(20)))
    vectors = load_pool(build).vectors
    assert vectors is not None
    with pytest.raises(UserError, match="no embeddings in this workspace: run `python -m precompute run embed`"):
        vectors(None)
    build.close()
