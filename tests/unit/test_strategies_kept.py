"""What every strategy keeps to: the recipe's constraints, and the very bytes of its file."""

from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowdselect.constraints.spec import Constraints
from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Build, load_pool, open_build
from tests.pages.builds import publish, signalled
from tests.unit.constrained import broken, constraints, in_other_order, rich_pool, run
from tests.unit.test_strategies import CASES, SPREADS

pytestmark = pytest.mark.slow


def everything(n: int, seed: int) -> Pool:
    """A pool with all fields that can be bounded, and all signals that a strategy asks for."""
    pool, drawn = rich_pool(n, seed), np.random.default_rng(seed)
    signals = {name: drawn.choice([np.nan, 0.25, 0.5, 1.0, 1.25], n) for name in ("ifd", "ifd_ppl", "direct_score")}
    return replace(pool, signals={**pool.signals, **signals})


@pytest.mark.parametrize("strategy", CASES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), n=st.integers(1, 14), seed=st.integers(0, 9999), spread=st.sampled_from(SPREADS))
def test_constraints_are_never_broken(
    strategy: str, data: st.DataObject, n: int, seed: int, spread: dict | None
) -> None:
    pool, said = everything(n, seed), data.draw(constraints(n))
    chosen = {**CASES[strategy], "size": data.draw(st.integers(1, n)), "clusters": spread}
    document = {"select": chosen, "constraints": said}
    try:
        selection = run(pool, document)
    except UserError:  # they ask for what the pool does not have, such as a tag that no row carries
        return
    assert len(set(selection.uuids)) == len(selection) <= chosen["size"]
    if len(selection):
        assert broken(pool, selection.rows, selection.candidates.chosen, Constraints.model_validate(said)) == []
    assert list(run(in_other_order(pool, seed), document).uuids) == list(selection.uuids)


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Build]:
    """The same pool, its rows written in two orders."""
    data, order = signalled(), np.random.default_rng(3).permutation(200)
    uuids = [f"row-{row:03d}" for row in range(200)]
    assert data.vectors is not None
    again = replace(
        data,
        instructions=[data.instructions[row] for row in order],
        scores={name: scores[:, order] for name, scores in data.scores.items()},
        clusters={name: codes[order] for name, codes in data.clusters.items()},
        projections={},
        signals={name: values[order] for name, values in data.signals.items()},
        tags=[data.tags[row] for row in order],
        vectors=data.vectors[order],
        uuids=[uuids[row] for row in order],
    )
    folder = tmp_path_factory.mktemp("builds")
    written = {"one": replace(data, uuids=uuids), "other": again}
    return [open_build(publish(folder / name, each)) for name, each in written.items()]


@pytest.mark.parametrize("strategy", CASES)
def test_the_same_seed_gives_the_same_bytes_whatever_order_rows_are_stored_in(
    strategy: str, builds: list[Build]
) -> None:
    spec = CASES[strategy] | ({"unit": "words"} if strategy == "length in tokens" else {})
    for clusters in (None, {"name": "kmeans-5", "quota": "sqrt"}):
        keys = {**spec, "size": 20, "seed": 7, "clusters": clusters}
        recipe = Recipe.parse({"pool": {"reward_model": "rm-small"}, "select": keys})
        one, twice, other = (
            b"".join(map(_without_response, export_lines(select(load_pool(build), recipe), build)))
            for build in (builds[0], builds[0], builds[1])
        )
        assert one == twice == other
        assert one.count(b"\n") == 20


def _without_response(line: bytes) -> bytes:
    """The written responses say the place of their row."""
    return orjson.dumps({name: value for name, value in orjson.loads(line).items() if name != "response"}) + b"\n"
