"""Preference pairs against a plain loop over responses; limits hold, the size is met, what is left out is counted."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.cli import main
from crowdselect.errors import UserError
from crowdselect.export.lines import export_lines
from crowdselect.export.pairs_spec import PairSpec
from crowdselect.pairs import rejected_models
from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.store import Workspace, load_pool, open_build
from crowdselect.store import same_words as store
from precompute.cli import main as precompute
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
    said = drawn.integers(0, 2, (m, n))  # which of two texts of so many words
    place = {model.name: row for row, model in enumerate(pool.models)}

    def same_words(rows: np.ndarray, ones: Sequence[str], others: Sequence[str]) -> np.ndarray:
        first, second = ([place[name] for name in names] for names in (ones, others))
        return (words[first, rows] == words[second, rows]) & (said[first, rows] == said[second, rows])

    scores = {"rm": pool.scores["rm"], "other": drawn.choice(values, (m, n))}
    return replace(pool, scores=scores, response_words=words, same_words=same_words)


def equal(pool: Pool, row: int, one: int, other: int) -> bool:
    assert pool.same_words is not None
    return bool(pool.same_words(np.array([row]), [pool.models[one].name], [pool.models[other].name])[0])


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
            theirs > 0
            and ours > 0
            and not equal(pool, row, chosen, model)
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
            scored = [m for m in range(len(own)) if pool.response_words[m, row] > 0 and not math.isnan(own[m])]
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


SAME = {
    "r1": ["4", "4", " 4\n"],  # all the same but for white space
    "r2": ["Yes, and no.", "Yes,\u2003and no.", "No."],  # the second is the first
    "r3": ["one two", "onetwo", "one\ttwo"],
    "r4": ["", "   \n ", "b"],  # blank ones are nobody's
    "r5": ["a", "\u00a0", "c"],
}
SCORES = [0.9, 0.5, 0.1]


@pytest.fixture
def same(tmp_path: Path) -> Path:
    """A workspace of instructions whose answers differ by white space, or are blank."""
    lines = [
        {"id": uuid, "instruction": f"Ask {uuid}.", "model": model, "response": text, "scores": {"rm": score}}
        for uuid, texts in SAME.items()
        for model, text, score in zip("abc", texts, SCORES, strict=True)
    ]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert precompute(["ingest", str(tmp_path / "pool.jsonl"), "--workspace", str(tmp_path / "w")]) == 0
    return tmp_path


@pytest.mark.parametrize("format", ["preference", "kto"])
@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"rejected": "worst"}, {"r2": ("a", "c"), "r3": ("a", "b"), "r5": ("a", "c")}),
        ({"rejected": "random"}, {"r2": ("a", "c"), "r3": ("a", "b"), "r5": ("a", "c")}),
        ({"rejected": "kth", "k": 2}, {"r3": ("a", "b"), "r5": ("a", "c")}),
        ({"rejected": "kth", "k": 3}, {"r2": ("a", "c")}),
    ],
    ids=str,
)
def test_chosen_and_rejected_are_never_equal_after_white_space(
    pairs: dict, expected: dict[str, tuple[str, str]], format: str, same: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = same / "recipe.yaml"
    document = {"select": {"strategy": "random", "size": len(expected)}, "pairs": pairs, "export": {"format": format}}
    recipe.write_text(json.dumps(document))
    at = ["select", str(recipe), "--out", str(same / "out.jsonl"), "--workspace", str(same / "w")]
    assert main(at) == 0
    said = capsys.readouterr()
    assert f"{len(SAME) - len(expected)} instructions could not be chosen: no pair" in said.out
    assert "3 responses are blank and never chosen." in said.err
    found = {}
    lines = [json.loads(line) for line in (same / "out.jsonl").read_text().splitlines()]
    for line in lines if format == "preference" else []:
        found[line["prompt"][0]["content"]] = (line["chosen"][0]["content"], line["rejected"][0]["content"])
    for good, bad in zip(lines[::2], lines[1::2], strict=True) if format == "kto" else []:
        found[good["prompt"][0]["content"]] = (good["completion"][0]["content"], bad["completion"][0]["content"])
    text = {(uuid, model): each for uuid, texts in SAME.items() for model, each in zip("abc", texts, strict=True)}
    assert found == {f"Ask {uuid}.": (text[uuid, one], text[uuid, other]) for uuid, (one, other) in expected.items()}
    recipe.write_text(json.dumps(document | {"select": {"strategy": "random", "size": len(expected) + 1}}))
    assert main(at) == 1


def test_what_is_equal_is_found_whatever_is_asked_at_once(same: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = load_pool(open_build(Workspace.of(same / "w")))
    assert pool.same_words is not None
    cells = [(row, one, other) for row in range(5) for one in "abc" for other in "abc"] * 2
    rows, ones, others = zip(*cells, strict=True)
    texts = [dict(zip("abc", each, strict=True)) for each in SAME.values()]
    expected = [texts[row][one].split() == texts[row][other].split() for row, one, other in cells]
    for at_once in (1, 7, 10_000):
        monkeypatch.setattr(store, "AT_ONCE", at_once)
        assert pool.same_words(np.array(rows), ones, others).tolist() == expected


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
