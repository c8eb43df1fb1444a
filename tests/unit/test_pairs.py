"""Preference pairs against a plain loop over responses; limits hold, the size is met, what is left out is counted."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.export.pairs_spec import PairSpec
from crowdselect.pairs import rejected_models
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import load_pool, open_build
from tests.unit.pools import make_pool
from tests.unit.workspaces import small_workspace

SPECS = st.builds(
    PairSpec,
    rejected=st.sampled_from(["worst", "random"]),
    margin=st.sampled_from([0.0, 1.0, 2.5]),
    consensus=st.sampled_from([None, "all", 1, 2]),
    max_length_ratio=st.sampled_from([None, 1.0, 2.0]),
    max_length_difference=st.sampled_from([None, 0, 3]),
) | st.builds(PairSpec, rejected=st.just("kth"), k=st.integers(2, 6), margin=st.sampled_from([0.0, 1.0]))


@st.composite
def crowds(draw: st.DrawFn) -> Pool:
    """Pools of two reward models with ties, gaps, and responses of all lengths or none."""
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    drawn = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = [-1.0, 0.0, 1.0, 2.0, 5.0, np.nan]
    pool = make_pool(drawn.choice(values, (m, n)))
    words = drawn.choice([-1, 0, 1, 2, 4, 9], (m, n)).astype(np.int32)
    return replace(pool, scores={"rm": pool.scores["rm"], "other": drawn.choice(values, (m, n))}, response_words=words)


def admissible(pool: Pool, row: int, chosen: int, spec: PairSpec) -> list[int]:
    """The models whose response meets every limit, the definition read aloud."""
    found = []
    for model in range(len(pool.models)):
        gap = pool.scores["rm"][chosen, row] - pool.scores["rm"][model, row]
        ours, theirs = int(pool.response_words[chosen, row]), int(pool.response_words[model, row])
        agree = sum(scores[chosen, row] > scores[model, row] for scores in pool.scores.values())
        needed = {None: 0, "all": 2}.get(spec.consensus, spec.consensus)
        far = abs(ours - theirs)
        ratio = spec.max_length_ratio
        if (
            theirs >= 0
            and not math.isnan(gap)
            and gap > 0
            and gap >= spec.margin
            and agree >= needed
            and (spec.max_length_difference is None or far <= spec.max_length_difference)
            and (ratio is None or max(ours, theirs) <= ratio * min(ours, theirs))
        ):
            found.append(model)
    return found


@given(crowds(), SPECS, st.integers(0, 3))
def test_a_pair_is_what_a_plain_loop_finds(pool: Pool, spec: PairSpec, seed: int) -> None:
    chosen = np.random.default_rng(seed).integers(-1, len(pool.models), len(pool)).astype(np.int32)
    rows = np.arange(len(pool))
    found = rejected_models(pool, rows, chosen, pool.scores["rm"], spec, seed)
    for row in rows:
        allowed = admissible(pool, row, chosen[row], spec) if chosen[row] >= 0 else []
        own = pool.scores["rm"][:, row]
        if spec.rejected == "kth":
            scored = [m for m in range(len(own)) if pool.response_words[m, row] >= 0 and not math.isnan(own[m])]
            ranked = sorted(scored, key=lambda m: -own[m])
            at_k = ranked[spec.k - 1] if len(ranked) >= spec.k else None
            assert found[row] == (at_k if at_k in allowed else -1)
        elif not allowed:
            assert found[row] == -1
        elif spec.rejected == "worst":
            assert found[row] == min(allowed, key=lambda m: own[m])
        else:
            assert found[row] in allowed


def test_a_random_rejection_takes_each_as_often_and_goes_by_the_pool_row() -> None:
    pool = make_pool(np.tile(np.array([[0.0], [1.0], [2.0], [9.0]]), 3000))
    rows, chosen = np.arange(3000), np.full(3000, 3)
    spec = PairSpec(rejected="random")
    found = rejected_models(pool, rows, chosen, pool.scores["rm"], spec, 5)
    assert np.abs(np.bincount(found, minlength=4)[:3] - 1000).max() < 100
    some = rows[::7]
    assert np.array_equal(rejected_models(pool, some, chosen[some], pool.scores["rm"], spec, 5), found[some])


def test_more_reward_models_than_there_are() -> None:
    pool = make_pool(np.zeros((2, 3)))
    with pytest.raises(UserError, match="asks for 4 reward models; this workspace has 1"):
        rejected_models(pool, np.arange(3), np.zeros(3, int), pool.scores["rm"], PairSpec(consensus=4), 0)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"k": 3}, "k goes with rejected: kth"),
        ({"rejected": "kth", "k": 1}, "pairs.k: .*greater than or equal to 2"),
        ({"margin": -1}, "pairs.margin"),
        ({"consensus": "most"}, "pairs.consensus"),
        ({"ratio": 2}, "unknown key 'pairs.ratio'"),
    ],
)
def test_what_is_wrong_is_named(pairs: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Recipe.parse({"pairs": pairs})


def test_a_recipe_without_pairs_says_nothing_of_them_and_a_format_of_pairs_spells_them_out() -> None:
    assert "pairs" not in Recipe.parse({}).document()
    document = Recipe.parse({"export": {"format": "kto"}}).document()
    assert document["pairs"] == {"rejected": "worst", "margin": 0.0}
    assert Recipe.parse(document).document() == document


def test_rows_without_a_pair_are_left_out_before_choosing_and_the_files_agree(tmp_path: Path) -> None:
    build = open_build(small_workspace(tmp_path, rows=40))
    pool = load_pool(build)
    document = {"pool": {"reward_model": "rm-a"}, "select": {"size": 12}, "pairs": {"margin": 4, "consensus": "all"}}
    sft, dpo, kto = (
        select(pool, Recipe.parse(document | {"export": {"format": name}})) for name in ("records", "preference", "kto")
    )
    assert 0 < dpo.unpaired < 28
    assert len(dpo.candidates) + dpo.unpaired == 40
    assert sft.uuids.tolist() == dpo.uuids.tolist() == kto.uuids.tolist()
    records, pairs, labelled = ([json.loads(line) for line in export_lines(each, build)] for each in (sft, dpo, kto))
    assert (len(records), len(pairs), len(labelled)) == (12, 12, 24)
    sql = """SELECT instruction, response, reward_model, score
             FROM responses JOIN instructions USING (uuid) JOIN scores USING (uuid, model)"""
    of = {
        (row["instruction"], row["response"], row["reward_model"]): row["score"] for row in build.query(sql).to_pylist()
    }
    for record, pair, good, bad in zip(records, pairs, labelled[::2], labelled[1::2], strict=True):
        (asked,), (best,), (worse,) = pair["prompt"], pair["chosen"], pair["rejected"]
        assert (asked["content"], best["content"]) == (record["instruction"], record["response"])
        gap_a, gap_b = (
            of[asked["content"], best["content"], rm] - of[asked["content"], worse["content"], rm]
            for rm in ("rm-a", "rm-b")
        )
        assert gap_a >= 4
        assert gap_b > 0
        assert (good, bad) == (
            {"prompt": pair["prompt"], "completion": pair["chosen"], "label": True},
            {"prompt": pair["prompt"], "completion": pair["rejected"], "label": False},
        )
    with pytest.raises(UserError, match="40 have no pair of responses within the limits"):
        select(pool, Recipe.parse(document | {"pairs": {"margin": 1000}}))
