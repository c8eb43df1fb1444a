"""Constraints are never broken, the size is met whenever it can be, and where it cannot, the reason is true."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowdselect.constraints.spec import Constraints
from crowdselect.errors import UserError
from crowdselect.pool import Clustering, Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import Selection, select, what_binds
from crowdselect.strategies import STRATEGIES
from tests.unit.constrained import broken, constraints, in_other_order, rich_pool, run

GIVEN = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
# the signals of the judged and language-model strategies are what they are elsewhere, too
STRATEGY = st.sampled_from([name for name in STRATEGIES if name not in ("ifd", "ifd_ppl", "direct_score")])


def attempt(pool: Pool, document: dict) -> Selection | None:
    """None where the constraints ask for what the pool does not have, such as a tag that no row carries."""
    try:
        return run(pool, document)
    except UserError:
        return None


@GIVEN
@given(data=st.data(), n=st.integers(1, 14), seed=st.integers(0, 9999), strategy=STRATEGY)
def test_no_strategy_breaks_a_constraint(data: st.DataObject, n: int, seed: int, strategy: str) -> None:
    pool, said = rich_pool(n, seed), data.draw(constraints(n))
    size = data.draw(st.integers(1, n))
    spread = data.draw(st.sampled_from([None, {"name": "c"}]))
    document = {"select": {"strategy": strategy, "size": size, "clusters": spread}, "constraints": said}
    selection = attempt(pool, document)
    if selection is None:
        return
    assert len(set(selection.uuids)) == len(selection) <= size
    wanted = Constraints.model_validate(said)
    if len(selection):
        assert broken(pool, selection.rows, selection.candidates.chosen, wanted) == []
    again = run(in_other_order(pool, seed), document)
    assert list(again.uuids) == list(selection.uuids) == list(run(pool, document).uuids)


@GIVEN
@given(data=st.data(), n=st.integers(1, 8), seed=st.integers(0, 9999))
def test_shares_budgets_pins_and_bans_are_met_whenever_any_selection_meets_them(
    data: st.DataObject, n: int, seed: int
) -> None:
    pool, said, size = rich_pool(n, seed), data.draw(constraints(n, linear=True)), data.draw(st.integers(1, n))
    selection = attempt(pool, {"select": {"strategy": "difficulty", "size": size}, "constraints": said})
    if selection is None or len(selection) == size:
        return
    wanted, chosen = Constraints.model_validate(said), selection.candidates.chosen
    for rows in itertools.combinations(range(n), size):
        assert broken(pool, np.array(rows), chosen, wanted), f"{rows} would have been right"
    assert what_binds(selection)


@GIVEN
@given(data=st.data(), n=st.integers(3, 14), seed=st.integers(0, 9999))
def test_what_a_reason_advises_helps(data: st.DataObject, n: int, seed: int) -> None:
    said = {name: part for name, part in data.draw(constraints(n)).items() if name != "pinned"}
    size = data.draw(st.integers(1, n))
    pool, document = rich_pool(n, seed), {"select": {"strategy": "difficulty", "size": size}}
    selection = attempt(pool, {**document, "constraints": said})
    if selection is None or len(selection) == size:
        return
    why = what_binds(selection)
    assert f" leave{'s' if ' leaves ' in why else ''} {len(selection):,} of {size:,} rows; " in why
    lower = re.search(r"lower the size to (\d+)", why)
    assert (lower is not None) == bool(len(selection))
    if lower:
        fewer = {"select": {"strategy": "difficulty", "size": int(lower[1])}, "constraints": said}
        assert len(run(pool, fewer)) == int(lower[1])
    raised = re.search(r"raise the budget to ([\d,]+)", why)
    if raised:
        money = {**said["budget"], "max": int(raised[1].replace(",", ""))}
        assert len(run(pool, {**document, "constraints": {**said, "budget": money}})) == size
    bound = re.fullmatch(r"(Max|Min) \S+ of .+ leaves .+?; (?:raise|lower) it to ([\d.]+?)(?: or .*|\.)", why)
    if bound and len(said["shares"]) == 1:
        share = {**said["shares"][0], bound[1].lower(): float(bound[2])}
        assert len(run(pool, {**document, "constraints": {**said, "shares": [share]}})) == size


def web_and_book() -> Pool:
    """Ten rows, the better half from `web`; difficulty falls from row to row."""
    pool = rich_pool(10, 0)
    scores = {"rm": np.tile(np.arange(10.0), (3, 1))}
    sources = np.array(["web"] * 5 + ["book"] * 5, dtype=object)
    words = np.arange(10, 110, 10).astype(np.int32)
    return Pool(**{**vars_of(pool), "scores": scores, "sources": sources, "instruction_words": words})


def vars_of(pool: Pool) -> dict:
    return {name: getattr(pool, name) for name in pool.__dataclass_fields__}


def chosen(said: dict, size: int = 4, **more: object) -> list[int]:
    selection = select(web_and_book(), Recipe.parse({
        "select": {"strategy": "difficulty", "size": size, **more}, "constraints": said,
    }))  # fmt: skip
    return [int(uuid[1:]) for uuid in selection.uuids]


def test_the_best_rows_that_keep_to_it() -> None:
    assert chosen({}) == [0, 1, 2, 3]
    assert chosen({"shares": [{"by": "source", "value": "web", "max": 0.5}]}) == [0, 1, 5, 6]
    assert chosen({"shares": [{"by": "source", "value": "book", "min": 0.25}]}) == [0, 1, 2, 5]
    assert chosen({"pinned": ["u0009"], "banned": ["u0000"]}) == [1, 2, 3, 9]
    words = {"max": 100, "of": "instruction"}
    assert chosen({"budget": words}) == [0, 1, 2, 3]
    assert chosen({"budget": {**words, "max": 110}, "pinned": ["u0004"]}) == [0, 1, 2, 4]
    assert chosen({"budget": {**words, "max": 160}, "banned": ["u0000", "u0001"]}, 3) == [2, 3, 4]


@pytest.mark.parametrize(
    ("said", "size", "message"),
    [
        ({"shares": [{"by": "source", "value": "web", "max": 0.4}]}, 9,
         "Size 9 cannot be met. Max 0.4 of source 'web' leaves 8 of 9 rows; raise it to 0.4445 or lower"
         " the size to 8."),
        ({"shares": [{"by": "source", "value": "book", "min": 0.9}]}, 8,
         "Min 0.9 of source 'book' leaves 5 of 8 rows; lower it to 0.625 or lower the size to 5."),
        ({"budget": {"max": 99, "of": "instruction"}}, 4,
         "The budget of 99 words of the instructions leaves 3 of 4 rows; raise the budget to 100 words of the"
         " instructions or lower the size to 3."),
        ({"banned": ["u0000", "u0001"]}, 9, "The 2 banned rows leave 8 of 9 rows; unban some or lower the size to 8."),
        ({"pinned": ["u0000", "u0001"]}, 1, "2 rows are pinned; raise the size to 2, or unpin 1."),
        ({"pinned": ["nobody"]}, 1, "The pinned row 'nobody' is not in this workspace; take it out"),
        ({"shares": [{"by": "source", "value": "x", "max": 0.1}]}, 1, "Unknown source 'x' in shares; .* has book, web"),
        ({"shares": [{"by": "tag", "value": "x", "max": 0.1}]}, 1, "Unknown tag 'x' in shares"),
        ({"shares": [{"by": "cluster", "clustering": "x", "max": 0.1}]}, 1, "Unknown clustering 'x'"),
        ({"shares": [{"by": "source", "min": 0.5, "max": 0.2}]}, 1, "constraints.shares.0: min 0.5 is above max 0.2"),
        ({"shares": [{"by": "source", "value": "web"}]}, 1, "give min, max or both"),
        ({"pinned": ["a"], "banned": ["a"]}, 1, "row 'a' is pinned and banned"),
        ({"duplicates": {"by": "minhash", "threshold": 0.5}}, 1, "are known from 0.7 on, not from 0.5"),
        ({"size": 3}, 1, "unknown key 'constraints.size'"),
    ],
)  # fmt: skip
def test_reasons_and_errors(said: dict, size: int, message: str) -> None:
    with pytest.raises(UserError, match=message if ".*" in message else re.escape(message)):
        chosen(said, size)


def test_overlapping_shares_that_a_walk_alone_misses() -> None:
    """Each best row closes the way to a minimum: only counting classes finds the two that meet both."""
    pool = rich_pool(4, 1)
    sources = np.array(["web", "web", "book", "wiki"], dtype=object)
    tags = {"code": np.array([1, 2])}
    scores = {"rm": np.tile(np.arange(4.0), (3, 1))}
    mixed = Pool(**{**vars_of(pool), "sources": sources, "tags": tags, "tag_places": {}, "scores": scores})
    said = [{"by": "source", "max": 0.5}, {"by": "tag", "value": "code", "min": 0.5, "max": 0.5},
            {"by": "source", "value": "wiki", "min": 0.5}]  # fmt: skip
    document = {"select": {"strategy": "difficulty", "size": 2}, "constraints": {"shares": said}}
    assert [str(uuid) for uuid in run(mixed, document).uuids] == ["u0001", "u0003"]


def test_nothing_changes_without_constraints() -> None:
    recipe = Recipe.parse({"select": {"size": 3}})
    assert "constraints" not in recipe.document()
    assert Recipe.parse({"select": {"size": 3}, "constraints": {}}).document()["constraints"]["pinned"] == []
    pool = rich_pool(20, 3)
    for strategy in ("weighted", "deita", "instag", "matched_random", "mmr"):
        if strategy in STRATEGIES:
            plain = {"select": {"strategy": strategy, "size": 6, "clusters": {"name": "c"}}}
            loose = {**plain, "constraints": {"budget": {"max": 10**9}}}
            assert list(run(pool, plain).uuids) == list(run(pool, loose).uuids)


@GIVEN
@given(data=st.data(), seed=st.integers(0, 9999), size=st.integers(2, 12))
def test_nested_sizes_each_keep_to_the_constraints(data: st.DataObject, seed: int, size: int) -> None:
    pool, said = rich_pool(12, seed), data.draw(constraints(12))
    large = attempt(pool, {"select": {"size": size}, "constraints": said})
    small = attempt(pool, {"select": {"size": size // 2, "within": [size]}, "constraints": said})
    if large is None or small is None:
        return
    assert set(small.uuids) <= set(large.uuids)
    if len(small):
        assert broken(pool, small.rows, small.candidates.chosen, Constraints.model_validate(said)) == []


@pytest.mark.parametrize("like", ["weighted", "length", "reward by=mean direction=bottom", "deita threshold=0.99"])
def test_a_matched_control_has_the_lengths_of_what_it_controls(like: str) -> None:
    pool = rich_pool(600, 7)
    strategy, *words = like.split()
    own = dict(word.split("=") for word in words)
    controlled = run(pool, {"select": {"strategy": strategy, "size": 60, **own}})
    control = run(pool, {"select": {"strategy": "matched_random", "like": like, "size": 60, "seed": 5}})
    assert len(control) == len(controlled) == 60
    lengths = [np.sort(each.candidates.metric("length_response")[each.positions]) for each in (control, controlled)]
    edges = np.unique(np.quantile(lengths[1], np.linspace(0, 1, 21), method="lower"))
    counts = [np.histogram(each, [*edges, edges[-1] + 1])[0].tolist() for each in lengths]
    assert counts[0] == counts[1]
    shared = len(set(control.uuids) & set(controlled.uuids))
    assert shared > 50 if strategy == "length" else shared == 0  # the longest rows have hardly any others as long
    other = run(pool, {"select": {"strategy": "matched_random", "like": like, "size": 60, "seed": 6}})
    assert strategy == "length" or set(other.uuids) != set(control.uuids)


def test_a_control_under_constraints_keeps_both() -> None:
    pool = rich_pool(300, 2)
    said = {"shares": [{"by": "source", "value": "web", "max": 0.2}], "banned": ["u0001"]}
    controlled = run(pool, {"select": {"size": 40}, "constraints": said})
    control = run(pool, {"select": {"strategy": "matched_random", "size": 40}, "constraints": said})
    assert broken(pool, control.rows, control.candidates.chosen, Constraints.model_validate(said)) == []
    means = [each.candidates.metric("length_response")[each.positions].mean() for each in (control, controlled)]
    assert abs(means[0] - means[1]) < 1


def test_what_cannot_be_controlled_is_said() -> None:
    for like, message in [("matched_random", "names the strategy to be controlled"), ("x", "unknown strategy 'x'"),
                          ("deita threshold", "is STRATEGY KEY=VALUE")]:  # fmt: skip
        with pytest.raises(UserError, match=message):
            run(rich_pool(5, 0), {"select": {"strategy": "matched_random", "like": like, "size": 2}})


def test_deita_goes_on_where_a_constraint_takes_its_row() -> None:
    """A banned row makes nothing fall: what resembles it alone may be taken, and falls again where it is not banned."""
    vectors = np.eye(6, dtype=np.float32)
    vectors[1] = vectors[0]
    scores = np.tile(np.arange(6.0, 0.0, -1.0), (3, 1))
    pool = Pool(**{**vars_of(rich_pool(6, 0)), "scores": {"rm": scores}, "vectors": lambda name: vectors})
    document = {"select": {"strategy": "deita", "threshold": 0.8, "size": 3}}
    assert sorted(run(pool, document).uuids) == ["u0000", "u0002", "u0003"]
    bound = run(pool, {**document, "constraints": {"banned": ["u0000"]}})
    assert sorted(bound.uuids) == ["u0001", "u0002", "u0003"]


def test_what_a_quota_passed_over_comes_in_the_order_of_the_strategy() -> None:
    """Two of each cluster, then the best that is left, be it in a full cluster or in none."""
    pool = rich_pool(5, 0)
    codes = np.array([0, 0, 0, -1, 1], dtype=np.int32)
    scores = {"rm": np.tile(np.arange(5.0), (3, 1))}
    placed = Pool(**{**vars_of(pool), "scores": scores, "clusterings": {"c": Clustering(codes)}})
    document = {"select": {"strategy": "difficulty", "size": 4, "clusters": {"name": "c"}}}
    loose = {**document, "constraints": {"budget": {"max": 10**6}}}
    assert list(run(placed, document).uuids) == list(run(placed, loose).uuids) == ["u0000", "u0001", "u0002", "u0004"]


def test_conflicts_that_have_nothing_to_do_with_each_other_are_all_named() -> None:
    said = {"shares": [{"by": "source", "value": "book", "min": 0.9}], "budget": {"max": 100, "of": "instruction"}}
    with pytest.raises(UserError, match=r"Min 0\.9 of source 'book', and apart from that the budget of 100 words"
                       " of the instructions leave 1 of 8 rows; loosen each of them or lower"):  # fmt: skip
        chosen(said, 8)


def test_a_cluster_is_meant_by_its_number_or_its_name() -> None:
    pool = rich_pool(30, 4)
    named = Clustering(pool.clusterings["c"].codes, {0: "poems", 1: "proofs", 2: "trips"})
    called = Pool(**{**vars_of(pool), "clusterings": {"c": named}})
    for value in (1, "1", "proofs"):
        share = {"by": "cluster", "value": value, "max": 0.1}
        selection = run(called, {"select": {"size": 10}, "constraints": {"shares": [share]}})
        assert (named.codes[selection.rows] == 1).sum() == 1
